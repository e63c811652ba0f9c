# SPDX-License-Identifier: Apache-2.0
"""Round trips of stamps, poses and paths, through the wire format of the real messages."""

import math

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from conversion_samples import (
    STAMP,
    point_tables,
    poses,
    same_pose,
    ticks,
    wire,
)
from geometry_msgs.msg import Pose
from hypothesis import given
from hypothesis import strategies as st

import simlingo_ros.conversions as convert
from simlingo_core.errors import ContractError, NonFiniteError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.geometry import Pose3

pytestmark = pytest.mark.ros


@given(st.integers(0, 2**31 * 1_000_000_000 - 1))
def test_every_nanosecond_survives(time_ns):
    stamp = wire(convert.nanoseconds_to_stamp(time_ns))
    assert convert.stamp_to_nanoseconds(stamp) == time_ns
    if time_ns < 2**21 * 1_000_000_000:  # a float of seconds holds no more nanoseconds
        assert convert.seconds_to_stamp(convert.stamp_to_seconds(stamp)) == stamp


@given(ticks)
def test_every_tick_survives(tick):
    stamp = convert.tick_to_stamp(tick)
    assert convert.stamp_to_nanoseconds(stamp) == round(tick * 0.05e9)
    assert convert.seconds_to_stamp(tick * TICK_PERIOD_S) == stamp
    assert convert.stamp_to_seconds(stamp) == tick * TICK_PERIOD_S
    assert convert.stamp_to_tick(wire(stamp)) == tick
    clock = wire(convert.seconds_to_clock(tick * TICK_PERIOD_S))
    assert convert.clock_to_seconds(clock) == tick * TICK_PERIOD_S


@pytest.mark.parametrize('t_s', [-0.1, 2.0**31, math.nan, math.inf])
def test_times_outside_a_stamp_are_refused(t_s):
    with pytest.raises(ContractError, match='time'):
        convert.seconds_to_stamp(t_s)


def test_odd_stamps_are_refused():
    with pytest.raises(ContractError, match='past a tick'):
        convert.stamp_to_tick(Time(sec=1, nanosec=1))
    with pytest.raises(ContractError, match='stamp is'):
        convert.stamp_to_seconds(Time(sec=-1))


@given(poses)
def test_pose(pose):
    same_pose(convert.message_to_pose('pose', wire(convert.pose_to_message(pose))), pose)
    stamped = wire(convert.pose_to_stamped(pose, STAMP))
    assert stamped.header.stamp == STAMP
    same_pose(convert.stamped_to_pose('goal', stamped), pose)


@given(st.sampled_from(['position.x', 'position.z', 'orientation.w', 'orientation.y']))
def test_a_pose_that_is_not_finite_is_refused_by_name(field):
    for bad in (math.nan, math.inf):
        message = convert.pose_to_message(Pose3.identity())
        part, axis = field.split('.')
        setattr(getattr(message, part), axis, bad)
        with pytest.raises(NonFiniteError, match=f'DrivingPlan.pose.{field} is'):
            convert.message_to_pose('DrivingPlan.pose', wire(message))


def test_a_rotation_that_is_none_is_refused():
    message = Pose()
    message.orientation.w = 0.5
    with pytest.raises(ContractError, match='unit quaternion'):
        convert.message_to_pose('pose', message)


@given(point_tables(7))
def test_path(points):
    message = wire(convert.path_to_message(points, STAMP))
    np.testing.assert_array_equal(convert.message_to_path('route', message), points)


def test_an_empty_path_is_a_path_and_another_frame_is_not():
    message = convert.path_to_message(np.zeros((0, 2)), STAMP)
    assert convert.message_to_path('route', message).shape == (0, 2)
    message.header.frame_id = 'odom'
    with pytest.raises(ContractError, match="'odom'; expected 'map'"):
        convert.message_to_path('route', message)
