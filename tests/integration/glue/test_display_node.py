# SPDX-License-Identifier: Apache-2.0
"""The display node over ROS: what it makes, where and when it lies, and that it waits for ears."""

import signal

import numpy as np
import pytest

from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.images import decode_rgb, encode_jpeg
from simlingo_core.status import InstructionState, InstructionStatus
from simlingo_core.types import DrivingPlan, Instruction, Observation
from simlingo_ros import interfaces
from simlingo_ros.conversions.driving import observation_to_message, plan_to_message
from simlingo_ros.conversions.language import (
    instruction_status_to_message,
    instruction_to_message,
)
from simlingo_ros.endpoints import create_publisher, create_subscription

pytestmark = pytest.mark.ros
POSE = Pose3.from_planar(Pose2(100.0, 50.0, 0.0))
IMAGE = encode_jpeg(np.full((64, 128, 3), 90, np.uint8), 'rgb8')


def make_messages(t_s):
    observation = Observation(
        t_s=t_s,
        image_jpeg=IMAGE,
        pose_map=POSE,
        speed_mps=4.0,
        target_points_base_m=np.array([[20.0, 0.0], [50.0, 0.0]]),
    )
    ahead = np.column_stack([np.arange(20.0), np.zeros(20)])
    plan = DrivingPlan(
        t_s=t_s,
        pose_map=POSE,
        path_base_m=ahead,
        speed_waypoints_base_m=ahead[1:11],
        policy='own',
    )
    return observation_to_message(observation), plan_to_message(plan)


def test_outputs_are_made_while_somebody_listens(start, observer):
    node = observer.node
    process = start('-m', 'simlingo_view.display', '--ros-args', '-p', 'use_sim_time:=true')
    out = {
        name: create_publisher(node, getattr(interfaces, name))
        for name in ('PLAN', 'OBSERVATION', 'INSTRUCTION', 'INSTRUCTION_STATUS')
    }
    observer.spin_until(lambda: out['INSTRUCTION_STATUS'].get_subscription_count() == 1)
    observer.spin_until(lambda: out['INSTRUCTION'].get_subscription_count() == 1)
    observer.spin_for(1.0)
    assert out['PLAN'].get_subscription_count() == 0
    assert out['OBSERVATION'].get_subscription_count() == 0
    out['INSTRUCTION'].publish(instruction_to_message(Instruction(id='a', text='slow down')))
    status = InstructionStatus(t_s=1.0, id='a', state=InstructionState.ACTIVE)
    out['INSTRUCTION_STATUS'].publish(instruction_status_to_message(status))

    received = {name: [] for name in ('PLAN_PATH', 'PLAN_WAYPOINTS', 'MARKERS', 'OVERLAY')}
    subscriptions = [
        create_subscription(node, getattr(interfaces, name), messages.append)
        for name, messages in received.items()
    ]
    observer.spin_until(lambda: out['PLAN'].get_subscription_count() == 1)
    observer.spin_until(lambda: out['OBSERVATION'].get_subscription_count() == 1)
    t_s = 2.0

    def have_all_come():
        nonlocal t_s
        t_s += 0.05
        for name, message in zip(('OBSERVATION', 'PLAN'), make_messages(t_s), strict=True):
            out[name].publish(message)
            observer.spin_for(0.05)
        return all(received.values())

    observer.spin_until(have_all_come)
    path, waypoints = received['PLAN_PATH'][-1], received['PLAN_WAYPOINTS'][-1]
    assert path.header.frame_id == 'map'
    assert (path.poses[5].pose.position.x, path.poses[5].pose.position.y) == (105.0, 50.0)
    first = waypoints.poses[0].header.stamp
    begin = waypoints.header.stamp
    assert (first.sec - begin.sec) * 10**9 + first.nanosec - begin.nanosec == 250_000_000
    markers = {marker.ns: marker for marker in received['MARKERS'][-1].markers}
    assert markers['instruction'].text == 'instruction: slow down'
    assert markers['target_points'].points[0].x == pytest.approx(120.0)
    overlay = received['OVERLAY'][-1]
    assert decode_rgb(memoryview(overlay.data)).shape == (64 + 62, 128, 3)

    for subscription in subscriptions:
        node.destroy_subscription(subscription)
    observer.spin_until(lambda: out['PLAN'].get_subscription_count() == 0)
    process.signal_group(signal.SIGINT)
    assert process.wait() == 0, process.output
