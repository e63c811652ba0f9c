# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np

from simlingo_core.geometry import Pose3
from simlingo_core.plan_geometry import path_map_m, waypoint_speeds_mps, waypoints_map_m
from simlingo_core.reasons import reason_in_words
from simlingo_core.types import DrivingPlan


def make_plan(pose_map):
    path = np.column_stack([np.arange(20.0), np.zeros(20)])
    waypoints = np.column_stack([np.linspace(1.0, 10.0, 10), np.zeros(10)])
    return DrivingPlan(
        t_s=1.0, pose_map=pose_map, path_base_m=path, speed_waypoints_base_m=waypoints, policy='p'
    )


def test_a_plan_lies_where_it_was_made():
    north = Pose3.from_roll_pitch_yaw([100.0, 50.0, 3.0], 0.0, 0.0, math.pi / 2)
    plan = make_plan(north)

    np.testing.assert_allclose(path_map_m(plan)[10], [100.0, 60.0, 3.0])
    np.testing.assert_allclose(waypoints_map_m(plan)[-1], [100.0, 60.0, 3.0])


def test_a_plan_on_a_slope_follows_the_ground():
    uphill = Pose3.from_roll_pitch_yaw([0.0, 0.0, 0.0], 0.0, -0.1, 0.0)

    heights_m = path_map_m(make_plan(uphill))[:, 2]

    np.testing.assert_allclose(heights_m, np.arange(20.0) * math.sin(0.1))


def test_speeds_are_those_on_the_way_to_each_waypoint():
    np.testing.assert_allclose(waypoint_speeds_mps(make_plan(Pose3.identity())), np.full(10, 4.0))


def test_reasons_are_phrases_and_keep_their_detail():
    assert reason_in_words('plan_stale') == 'the plan is too old'
    assert reason_in_words('other_commander:/teleop') == 'another node commands the car (/teleop)'
    assert reason_in_words('of_ones_own') == 'of ones own'
