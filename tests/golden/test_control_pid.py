# SPDX-License-Identifier: Apache-2.0
"""Upstream's control_pid, through the whole control core; upstream's frame is y right."""

from pathlib import Path

import numpy as np
import pytest

from simlingo_control.config import ControlConfig
from simlingo_control.core import ControlCore
from simlingo_control.gains import PedalsConfig
from simlingo_core import carla_frame
from simlingo_core.geometry import Pose3
from simlingo_core.status import SafetyLevel
from simlingo_core.types import DrivingPlan, EgoState

GOLDEN = Path(__file__).parent / 'data' / 'functions' / 'control_pid.npz'
CONFIG = ControlConfig(profile='upstream', pedals=PedalsConfig(rounds_speed=False))


def load() -> dict[str, np.ndarray]:
    with np.load(GOLDEN) as file:
        return dict(file)


def drive(core: ControlCore, t_s: float, route, speed_wps, speed) -> list[float]:
    pose = Pose3.from_roll_pitch_yaw([12.0, -7.0, 0.5], 0.0, 0.0, 0.8)
    plan = DrivingPlan(
        t_s=t_s,
        pose_map=pose,
        path_base_m=carla_frame.vector_from_carla(route),
        speed_waypoints_base_m=carla_frame.vector_from_carla(speed_wps),
        policy='golden',
    )
    output = core.step(t_s, EgoState(t_s=t_s, pose_map=pose, speed_mps=float(speed)), plan)
    assert output.safety_level is SafetyLevel.NOMINAL
    command = output.command
    return [carla_frame.steer_to_carla(command.steer), command.throttle, command.brake]


def test_two_hundred_frames() -> None:
    data = load()
    core = ControlCore(CONFIG)
    found = [
        drive(core, 0.05 * i, *frame)
        for i, frame in enumerate(
            zip(data['route_0'], data['speed_wps_0'], data['speed_0'], strict=True)
        )
    ]
    steer, throttle, brake = np.transpose(found)
    np.testing.assert_allclose(steer, data['steer_0'], atol=1e-9)
    np.testing.assert_array_equal(brake, data['brake_0'])
    # Upstream computes the target speed and the throttle in single precision; we do in double.
    np.testing.assert_allclose(throttle, data['throttle_0'], atol=5e-6)


@pytest.mark.parametrize('i', range(9))
def test_single_frames(i: int) -> None:
    data = load()
    found = drive(
        ControlCore(CONFIG), 0.0, data['case_route'][i], data['case_speed_wps'][i],
        data['case_speed'][i],
    )  # fmt: skip
    expected = data['case_steer_throttle_brake'][i]
    np.testing.assert_allclose(found, expected, atol=1e-9, err_msg=str(data['case_names'][i]))
