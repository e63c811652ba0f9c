# SPDX-License-Identifier: Apache-2.0
"""Strategies and helpers of the tests of conversions."""

import math

import numpy as np
from builtin_interfaces.msg import Time
from hypothesis import strategies as st
from rclpy.serialization import deserialize_message, serialize_message

from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.geometry import Pose3
from simlingo_core.types import (
    RoadOption,
)

STAMP = Time(sec=3, nanosec=50_000_000)


def single(low, high):
    """Numbers that a 32-bit field holds exactly."""
    return st.floats(low, high, width=32, allow_subnormal=False)


def wire(message):
    """Send a message through CDR."""
    return deserialize_message(serialize_message(message), type(message))


def vectors(count, low=-1e4, high=1e4):
    return st.lists(st.floats(low, high), min_size=count, max_size=count).map(np.array)


def point_tables(count, high=100.0):
    rows = st.tuples(single(-high, high), single(-high, high))
    return st.lists(rows, min_size=count, max_size=count).map(np.array)


angles = st.floats(-math.pi, math.pi)
poses = st.builds(Pose3.from_roll_pitch_yaw, vectors(3), angles, angles, angles)
ticks = st.integers(0, 2**21 * 20 - 1)
times = ticks.map(lambda tick: tick * TICK_PERIOD_S)
texts = st.text(st.characters(codec='utf-8', exclude_characters='\0'), max_size=60)
phrases = texts.filter(str.strip)
options = st.sampled_from(RoadOption)
shares = single(0.0, 1.0)


def same_pose(a, b):
    np.testing.assert_array_equal(a.translation_m, b.translation_m)
    np.testing.assert_allclose(a.quaternion_xyzw, b.quaternion_xyzw, atol=1e-15)
