# SPDX-License-Identifier: Apache-2.0
"""Commands to the world's node in real time."""

import time

import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor

from simlingo_core.types import VehicleCommand
from simlingo_ros import interfaces
from simlingo_ros.conversions.time import tick_to_stamp
from simlingo_ros.conversions.vehicle import command_to_message
from simlingo_ros.endpoints import create_publisher
from simlingo_sim.node import SimNode

pytestmark = pytest.mark.ros
STEERS = [0.1 * number for number in range(-9, 1)]


@pytest.fixture
def world():
    words = ['route:=train:2', 'vehicles:=0', 'pedestrians:=0', 'has_camera:=false']
    rclpy.init(args=['--ros-args', *[part for word in words for part in ('-p', word)]])
    node = SimNode()
    node.start()
    yield node
    node.stop()
    node.destroy_node()
    rclpy.shutdown()


def test_a_world_that_needs_its_whole_tick_drives_by_the_newest_command(world, monkeypatch):
    """It takes one message a tick: one by one a queue of ten would never become shorter."""
    talker = rclpy.create_node('talker')
    publisher = create_publisher(talker, interfaces.CONTROL_COMMAND, qos=interfaces.BRIDGE)
    executor = SingleThreadedExecutor()
    executor.add_node(world)
    while not publisher.get_subscription_count():
        executor.spin_once(timeout_sec=0.1)
    monkeypatch.setattr(world, '_advance', lambda: time.sleep(0.06))
    for steer in STEERS:
        publisher.publish(command_to_message(VehicleCommand(steer=steer), tick_to_stamp(1)))
    time.sleep(0.2)  # all have arrived
    authority = world._session.authority
    for _ in range(4):
        executor.spin_once(timeout_sec=1.0)
    assert authority.stack_command.steer == pytest.approx(STEERS[-1])
    talker.destroy_node()
