# SPDX-License-Identifier: Apache-2.0
"""The same seed drives the same way in-process and over ROS."""

import math
import subprocess
import sys
import time

import numpy as np
import pytest
from sim_fingerprint import run_expert

pytestmark = pytest.mark.ros

ROUTE, SEED, TICKS = 'train:1', 5, 200
TOLERANCE_M = 1e-6
TOLERANCE_RAD = 1e-9


def listen_to_the_expert():
    """Return position, yaw and speed by tick as the simulator's node says them."""
    import rclpy
    from nav_msgs.msg import Odometry

    context = rclpy.Context()
    rclpy.init(context=context)
    node = rclpy.create_node('listener', context=context)
    executor = rclpy.executors.SingleThreadedExecutor(context=context)
    executor.add_node(node)
    seen = {}

    def take(message):
        stamp, pose = message.header.stamp, message.pose.pose
        tick = round(stamp.sec * 20 + stamp.nanosec / 5e7)
        yaw = 2 * math.atan2(pose.orientation.z, pose.orientation.w)
        seen[tick] = [pose.position.x, pose.position.y, yaw, message.twist.twist.linear.x]

    node.create_subscription(Odometry, '/carla/ego_vehicle/odometry', take, 50)
    end_s = time.monotonic() + 90.0
    try:
        while max(seen, default=0) < TICKS and time.monotonic() < end_s:
            executor.spin_once(timeout_sec=0.2)
    finally:
        executor.shutdown()
        node.destroy_node()
        context.try_shutdown()
    return seen


@pytest.fixture
def trajectory_over_ros():
    parameters = {
        'route': ROUTE,
        'seed': SEED,
        'lockstep': 'true',
        'autopilot': 'true',
        'has_camera': 'false',
    }
    pairs = [part for name, value in parameters.items() for part in ('-p', f'{name}:={value}')]
    process = subprocess.Popen(
        [sys.executable, '-m', 'simlingo_sim', '--ros-args', *pairs],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield listen_to_the_expert()
    finally:
        process.terminate()
        try:
            output, _ = process.communicate(timeout=20)
        finally:
            process.kill()
            process.wait()
    assert 'Traceback' not in output, output


def test_in_process_and_over_ros_are_one_drive(trajectory_over_ros):
    expected = np.array(run_expert(ROUTE, SEED, TICKS)['trajectory'])
    other = np.array(run_expert(ROUTE, SEED + 1, TICKS)['trajectory'])
    ticks = sorted(tick for tick in trajectory_over_ros if tick <= TICKS)
    # Discovery may cost the first frames; afterwards every one arrives.
    assert ticks[-1] == TICKS
    assert ticks == list(range(ticks[0], TICKS + 1))
    assert len(ticks) > TICKS // 2

    received = np.array([trajectory_over_ros[tick] for tick in ticks])
    gap = received - expected[ticks]
    assert np.hypot(gap[:, 0], gap[:, 1]).max() <= TOLERANCE_M
    assert np.abs(np.remainder(gap[:, 2] + np.pi, 2 * np.pi) - np.pi).max() <= TOLERANCE_RAD
    assert np.abs(gap[:, 3]).max() <= TOLERANCE_M

    moved_m = np.hypot(*(received[-1, :2] - expected[0, :2]))
    assert moved_m > 20.0
    # The traffic matters: with another seed it is another episode.
    assert np.hypot(*(other[TICKS, :2] - expected[TICKS, :2])) > 1.0
