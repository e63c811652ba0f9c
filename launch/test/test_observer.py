# SPDX-License-Identifier: Apache-2.0
"""What the observer notes and draws when messages reach it late."""

import av
import numpy as np
import pytest
import rclpy

from simlingo_bringup.observer.node import VIDEO_FILE, ObserverNode
from simlingo_core.geometry import Pose3
from simlingo_core.types import EgoState
from simlingo_msgs.msg import Commentary, Instruction, InstructionStatus
from simlingo_ros.conversions.time import seconds_to_stamp
from simlingo_ros.conversions.vehicle import ego_state_to_odometry
from simlingo_ros.images import array_to_image

pytestmark = pytest.mark.ros


@pytest.fixture
def observer(tmp_path):
    rclpy.init(args=['--ros-args', '-p', f'folder:={tmp_path}'])
    node = ObserverNode()
    try:
        node.trigger_configure()
        yield node
    finally:
        node.destroy_node()
        rclpy.shutdown()


def move_to(node, t_s):
    ego = EgoState(t_s=t_s, pose_map=Pose3.identity(), speed_mps=0.0)
    node._on_odometry(ego_state_to_odometry(ego, 'ego_vehicle'))


def show(node, t_s):
    pixels = np.zeros((512, 1024, 4), np.uint8)
    node._on_image(array_to_image(pixels, 'bgra8', stamp=seconds_to_stamp(t_s)))


def test_an_image_far_ahead_of_the_cars_state_is_left_out(observer, tmp_path):
    move_to(observer, 1.0)
    for t_s in (1.0, 1.1, 3.0, 5.0):
        show(observer, t_s)
    move_to(observer, 5.0)
    show(observer, 5.0)
    observer.trigger_cleanup()
    with av.open(str(tmp_path / VIDEO_FILE)) as video:
        shown_s = [float(frame.time) for frame in video.decode(video=0)]
    assert shown_s == pytest.approx([0.0, 0.1, 4.0], abs=0.02)


def test_an_instruction_ends_when_its_status_says(observer):
    move_to(observer, 2.0)
    given = Instruction(id='1', text='Slow down.', kind=Instruction.KIND_INSTRUCT)
    observer._on_instruction(given)
    status = InstructionStatus(id='1', state=InstructionStatus.STATE_DONE, reason='over')
    status.header.stamp = seconds_to_stamp(12.0)
    observer._on_instruction_status(status)
    assert observer._log.series.events[-1] == (12.0, '"Slow down." has ended: over')


def test_the_video_shows_the_last_complete_commentary(observer):
    move_to(observer, 2.0)
    for text, is_growing in (
        ('Follow the road.', False),
        ('Stop', True),
        ('Stop at the', True),
        ('Follow the road.', False),
        ('Wa', True),
    ):
        observer._on_commentary(Commentary(text=text, is_growing=is_growing))
    log = observer._log
    moment = log.moment(2.0, log.ego)
    assert (moment.commentary, moment.event) == ('Follow the road.', '')
    assert log.series.events == [(2.0, 'says: Follow the road.')]
