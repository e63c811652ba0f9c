# SPDX-License-Identifier: Apache-2.0
"""Pedals with limited acceleration and jerk: the smooth way to a target speed."""

from __future__ import annotations

from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.geometry import Pose2
from simlingo_core.types import VehicleCommand
from simlingo_core.vehicle_model import MotionState, advance_ego
from simlingo_sim.expert.config import ExpertConfig
from simlingo_sim.expert.longitudinal import pedals_for

FOLLOWING_S = 0.4
SUDDEN_MPS = 4.0
STANDING_MPS = 0.1
LEAST_THROTTLE, COASTING_MPS2 = 0.3, 0.5
HALVINGS = 12


class SmoothPedals:
    """Follows the target speed with the accelerations and the jerk of the configuration.

    A hazard, or a target speed that is suddenly much lower, is braked for as ever.

    Args:
        config: parameters of the expert.
    """

    def __init__(self, config: ExpertConfig) -> None:
        self._config = config
        self._acceleration_mps2 = 0.0

    def pedals_for(
        self, target_mps: float, speed_mps: float, *, is_hazard: bool
    ) -> tuple[float, float]:
        """Return throttle and brake, 0 to 1; to be called once per tick."""
        config = self._config
        if is_hazard or speed_mps - target_mps > SUDDEN_MPS:
            throttle, brakes = pedals_for(target_mps, speed_mps, is_hazard=is_hazard)
            self._acceleration_mps2 = -config.full_brake_mps2 if brakes else 0.0
            return throttle, float(brakes)
        if target_mps < STANDING_MPS and speed_mps < STANDING_MPS:
            self._acceleration_mps2 = 0.0
            return 0.0, 1.0
        wanted = (target_mps - speed_mps) / FOLLOWING_S
        wanted = min(max(wanted, -config.smooth_braking_mps2), config.smooth_acceleration_mps2)
        step = config.jerk_limit_mps3 * TICK_PERIOD_S
        last = self._acceleration_mps2
        self._acceleration_mps2 = min(max(wanted, last - step), last + step)
        return self._pedals(self._acceleration_mps2, speed_mps)

    def _pedals(self, wanted_mps2: float, speed_mps: float) -> tuple[float, float]:
        """Return the pedals for an acceleration."""
        least = _acceleration_mps2(LEAST_THROTTLE, speed_mps)
        coasting = min(least, 0.0) - COASTING_MPS2
        if wanted_mps2 < coasting:
            return 0.0, min(-wanted_mps2 / self._config.full_brake_mps2, 1.0)
        if wanted_mps2 < least:
            return LEAST_THROTTLE * (wanted_mps2 - coasting) / (least - coasting), 0.0
        low, high = LEAST_THROTTLE, 1.0
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            is_enough = _acceleration_mps2(middle, speed_mps) > wanted_mps2
            low, high = (low, middle) if is_enough else (middle, high)
        return low, 0.0


def _acceleration_mps2(throttle: float, speed_mps: float) -> float:
    """Return the acceleration of CARLA's car by upstream's regression, throttle 0.3 or more."""
    speed = max(speed_mps, 0.0)
    state = MotionState(Pose2(0.0, 0.0, 0.0), speed)
    after = advance_ego(state, VehicleCommand(throttle=throttle)).speed_mps
    return (after - speed) / TICK_PERIOD_S
