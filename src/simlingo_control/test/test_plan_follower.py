# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlingo_control.plan_follower import predict_pose, rebase_plan, speed_at_age
from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.types import DrivingPlan, EgoState

poses = st.builds(Pose2, st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.floats(-3.1, 3.1))


def make_plan(pose=None, path=None, speed=5.0, t_s=0.0) -> DrivingPlan:
    straight = np.column_stack([np.arange(20.0), np.zeros(20)])
    waypoints = np.column_stack([speed * 0.25 * np.arange(1, 11), np.zeros(10)])
    return DrivingPlan(
        t_s=t_s,
        pose_map=Pose3.from_planar(pose or Pose2(0, 0, 0)),
        path_base_m=straight if path is None else path,
        speed_waypoints_base_m=waypoints,
        policy='test',
    )


def ego_at(pose: Pose2, t_s: float = 0.0, speed: float = 5.0, yaw_rate: float = 0.0) -> EgoState:
    return EgoState(
        t_s=t_s, pose_map=Pose3.from_planar(pose), speed_mps=speed, yaw_rate_radps=yaw_rate
    )


@given(poses, st.floats(0.0, 0.5), st.floats(0.0, 8.0), st.floats(-0.2, 0.2), st.floats(-0.5, 0.5))
def test_the_path_stays_where_it_is_in_map(pose, age, ahead, turn, left) -> None:
    plan = make_plan(pose)
    now = pose @ Pose2(ahead, left, turn)
    rebased = rebase_plan(age, ego_at(now, t_s=age), plan)
    in_map = now.transform(rebased.path_base_m)
    expected = pose.transform(plan.path_base_m)[-len(in_map) :]
    np.testing.assert_allclose(in_map, expected, atol=1e-9)
    # All that is left lies ahead of the car along the path, and nothing ahead is missing.
    assert np.all(pose.inverse_transform(in_map)[:, 0] > ahead - 1e-5)
    assert len(in_map) >= 20 - math.ceil(ahead + 1e-5)
    assert rebased.offset_m == pytest.approx(abs(left), abs=1e-9)
    assert rebased.age_s == age


@given(poses)
def test_a_fresh_plan_is_not_changed(pose) -> None:
    loop = np.column_stack([np.sin(np.arange(20.0)), 1.0 - np.cos(np.arange(20.0))])
    plan = make_plan(pose, loop)
    rebased = rebase_plan(0.0, ego_at(pose), plan)
    np.testing.assert_allclose(rebased.path_base_m, loop, atol=1e-9)
    assert rebased.target_speed_mps == pytest.approx(5.0)


def test_a_path_driven_to_its_end_is_empty_and_one_that_returns_is_not_cut() -> None:
    at_end = rebase_plan(0.5, ego_at(Pose2(19.5, 0, 0), t_s=0.5), make_plan())
    assert len(at_end.path_base_m) == 0
    there = np.column_stack([np.arange(10.0), np.zeros(10)])
    back = np.column_stack([np.arange(9.0, -1.0, -1.0), np.full(10, 0.5)])
    returning = make_plan(path=np.vstack([there, back]))
    rebased = rebase_plan(0.2, ego_at(Pose2(1.0, 0.4, 0.0), t_s=0.2), returning)
    assert len(rebased.path_base_m) == 18


def test_the_target_speed_moves_with_the_age() -> None:
    # Position 4 t - t^2: braking at 2 m/s^2 from 4 m/s; the chord speed is that of its middle.
    times = 0.25 * np.arange(1, 11)
    waypoints = np.column_stack([4.0 * times - times**2, np.zeros(10)])
    for age in (0.0, 0.25, 0.5, 1.0):
        assert speed_at_age(waypoints, age) == pytest.approx(4.0 - 2.0 * (0.5 + age))
    assert speed_at_age(waypoints, 0.1) == pytest.approx(2.8)
    assert speed_at_age(waypoints, 99.0) == 0.0


def test_an_old_ego_state_is_moved_on() -> None:
    ego = ego_at(Pose2(1.0, 2.0, math.pi / 2), speed=10.0)
    assert predict_pose(ego, 0.1).y_m == pytest.approx(3.0)
    turning = ego_at(Pose2(0, 0, 0), speed=math.pi, yaw_rate=math.pi / 2)
    quarter = predict_pose(turning, 0.2)  # radius 2 m, turned by 18 degrees
    assert quarter.x_m == pytest.approx(2.0 * math.sin(math.pi / 10), abs=0.01)
    assert quarter.y_m == pytest.approx(2.0 * (1 - math.cos(math.pi / 10)), abs=0.01)
    assert predict_pose(ego, 0.0) == ego.pose_map.planar
