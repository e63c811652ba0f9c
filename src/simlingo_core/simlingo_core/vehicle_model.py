# SPDX-License-Identifier: Apache-2.0
"""Kinematic models of the ego car and of other vehicles.

The pose follows a bicycle with World-on-Rails' constants; the ego's speed follows the regression
that PDM-Lite fitted to CARLA's Lincoln MKZ (both bound to golden data).  The formulas are odd in
y, yaw and steering, so they hold in REP-103 as they do in CARLA's axes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simlingo_core.checks import finite_number
from simlingo_core.errors import ConfigError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.geometry import Pose2
from simlingo_core.types import VehicleCommand

FRONT_LENGTH_M = -0.090769015
REAR_LENGTH_M = 1.4178275
WHEEL_ANGLE_RAD = 0.36848336
BRAKE_ACCELERATION_MPS2 = -4.952399
THROTTLE_ACCELERATION_MPS2 = 0.5633837
_KMH_PER_MPS = 3.6
LEAST_THROTTLE = 0.3
# Speed after one braking tick: polynomial of the speed, both in km/h, powers 1 to 7.
BRAKE_POLYNOMIAL = (
    9.31711370e-3,
    8.20967431e-2,
    -2.83832427e-3,
    5.06587474e-5,
    -4.90357228e-7,
    2.44419284e-9,
    -4.91381935e-12,
)
# Weights of v, v^2, t, t^2, v t, v t^2, v^2 t, v^2 t^2 with v in km/h and t the throttle.
THROTTLE_WEIGHTS = (
    9.63873001e-1,
    4.37535692e-4,
    -3.80192912e-1,
    1.74950069,
    9.16787414e-2,
    -7.05461530e-2,
    -1.05996152e-3,
    6.71079346e-4,
)


@dataclass(frozen=True)
class MotionState:
    """Planar pose and forward speed of a vehicle."""

    pose_map: Pose2
    speed_mps: float

    def __post_init__(self) -> None:
        finite_number('MotionState.speed_mps', self.speed_mps)


def move_bicycle(pose: Pose2, speed_mps: float, steer: float, dt_s: float) -> Pose2:
    """Return the pose after ``dt_s`` at constant speed and steering (-1 to 1, positive left)."""
    wheel_rad = WHEEL_ANGLE_RAD * steer
    slip_rad = math.atan(REAR_LENGTH_M / (FRONT_LENGTH_M + REAR_LENGTH_M) * math.tan(wheel_rad))
    course_rad = pose.yaw_rad + slip_rad
    return Pose2(
        pose.x_m + speed_mps * math.cos(course_rad) * dt_s,
        pose.y_m + speed_mps * math.sin(course_rad) * dt_s,
        pose.yaw_rad + speed_mps / REAR_LENGTH_M * math.sin(slip_rad) * dt_s,
    )


def advance_ego(state: MotionState, command: VehicleCommand) -> MotionState:
    """Return the ego's state one tick (0.05 s, the period the regression was fitted for) later.

    Any brake above 0 is a full brake, as in the regression.
    """
    return MotionState(
        move_bicycle(state.pose_map, state.speed_mps, command.steer, TICK_PERIOD_S),
        _ego_speed_after_tick(state.speed_mps, command.throttle, command.brake > 0.0),
    )


def advance_vehicle(
    state: MotionState, command: VehicleCommand, dt_s: float = TICK_PERIOD_S
) -> MotionState:
    """Return another vehicle's state ``dt_s`` later; any brake above 0 is a full brake.

    Raises:
        ConfigError: ``dt_s`` is not positive.
    """
    if not dt_s > 0.0:
        raise ConfigError(f'dt_s is {dt_s}; expected a positive number of seconds')
    acceleration = THROTTLE_ACCELERATION_MPS2 * command.throttle
    if command.brake > 0.0:
        acceleration = BRAKE_ACCELERATION_MPS2
    return MotionState(
        move_bicycle(state.pose_map, state.speed_mps, command.steer, dt_s),
        max(0.0, state.speed_mps + acceleration * dt_s),
    )


def _ego_speed_after_tick(speed_mps: float, throttle: float, is_braking: bool) -> float:
    """Return the ego's speed one tick later; below a throttle of 0.3 it stays the same."""
    v = speed_mps * _KMH_PER_MPS
    t = throttle
    if is_braking:
        powers = np.array([v**k for k in range(1, len(BRAKE_POLYNOMIAL) + 1)])
        v = float(powers @ np.array(BRAKE_POLYNOMIAL))
    elif t >= LEAST_THROTTLE:
        features = [v, v**2, t, t**2, v * t, v * t**2, v**2 * t, v**2 * t**2]
        v = float(np.array(features) @ np.array(THROTTLE_WEIGHTS))
    return max(0.0, v / _KMH_PER_MPS)
