# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest

from simlingo_core.errors import NonFiniteError
from simlingo_core.testing import FakeWorld, curve_route
from simlingo_core.types import VehicleCommand
from simlingo_perception.pose_filter import PoseFilter

COMMAND = VehicleCommand(throttle=0.5, steer=0.1)


def test_noisy_fixes_of_a_drive_become_a_better_path() -> None:
    rng = np.random.default_rng(1)
    world = FakeWorld(curve_route(40.0, 3.0), speed_mps=6.0)
    frame = world.reset(with_image=False)
    pose_filter = PoseFilter()
    raw, filtered = [], []
    for _ in range(200):
        truth = frame.ego.pose_map.planar
        fix = truth.position_m + rng.normal(0.0, 0.5, 2)
        pose = pose_filter.step(fix, truth.yaw_rad, frame.speedometer_mps, COMMAND)
        raw.append(np.linalg.norm(fix - truth.position_m))
        filtered.append(np.linalg.norm(pose.position_m - truth.position_m))
        assert pose.yaw_rad == truth.yaw_rad
        frame = world.step(COMMAND, with_image=False)
    assert np.mean(filtered[50:]) < 0.4 * np.mean(raw[50:])


def test_the_first_measurement_is_taken_as_it_is_but_for_one_tick_of_way() -> None:
    pose = PoseFilter().step([100.0, -50.0], 3.0, 0.0, VehicleCommand())
    assert (pose.x_m, pose.y_m, pose.yaw_rad) == pytest.approx((100.0, -50.0, 3.0))


def test_nan_is_refused_and_leaves_the_filter_as_it_was() -> None:
    pose_filter = PoseFilter()
    pose_filter.step([1.0, 2.0], 0.1, 3.0, COMMAND)
    before = pose_filter.state
    for values in (([math.nan, 0.0], 0.0, 0.0), ([0.0, 0.0], math.inf, 0.0),
                   ([0.0, 0.0], 0.0, math.nan)):  # fmt: skip
        with pytest.raises(NonFiniteError):
            pose_filter.step(*values, COMMAND)
    np.testing.assert_array_equal(pose_filter.state, before)
    pose_filter.reset()
    assert pose_filter.state is None


def test_yaw_may_go_round() -> None:
    pose_filter = PoseFilter()
    for i in range(200):
        yaw = math.remainder(0.1 * i, 2 * math.pi)
        pose_filter.step([0.0, 0.0], yaw, 0.0, VehicleCommand())
        assert abs(math.remainder(pose_filter.state[2] - yaw, 2 * math.pi)) < 1e-6
