# SPDX-License-Identifier: Apache-2.0
"""Upstream's filter; its frame is y right, and its own rounding errors reach millimetres."""

from pathlib import Path

import numpy as np

from simlingo_core import carla_frame
from simlingo_core.geometry import wrap_angle_rad
from simlingo_core.types import VehicleCommand
from simlingo_perception.pose_filter import PoseFilter

GOLDEN = Path(__file__).parent / 'data' / 'functions' / 'filter_and_frames.npz'
FLIP = np.diag([1.0, -1.0, -1.0, 1.0])


def test_two_hundred_steps() -> None:
    with np.load(GOLDEN) as file:
        data = dict(file)
    pose_filter = PoseFilter()
    states, variances = [], []
    for measured, (steer, throttle, brake) in zip(
        data['measurement_0'], data['control_0'], strict=True
    ):
        x, y, yaw, speed = FLIP @ measured
        command = VehicleCommand(
            steer=carla_frame.steer_from_carla(steer), throttle=throttle, brake=brake
        )
        pose = pose_filter.step([x, y], yaw, speed, command)
        states.append(FLIP @ pose_filter.state)
        variances.append(FLIP @ pose_filter.variance @ FLIP)
        assert (pose.x_m, pose.y_m) == tuple(pose_filter.state[:2])
        assert abs(wrap_angle_rad(pose.yaw_rad - yaw)) < 1e-12
    difference = np.array(states) - data['state_0']
    difference[:, 2] = [wrap_angle_rad(angle) for angle in difference[:, 2]]
    np.testing.assert_allclose(difference[:, :2], 0.0, atol=2e-3)
    np.testing.assert_allclose(difference[:, 2:], 0.0, atol=1e-9)
    np.testing.assert_allclose(variances, data['P_0'], atol=5e-6)
    measured_error = np.abs(data['measurement_0'][:, :2] - data['state_0'][:, :2]).max()
    assert measured_error > 0.1, 'the filter has something to do'
