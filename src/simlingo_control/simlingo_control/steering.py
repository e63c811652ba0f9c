# SPDX-License-Identifier: Apache-2.0
"""Steering as upstream's agent: aim at a point of the path whose distance grows with speed."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simlingo_control.gains import SteeringConfig
from simlingo_core.pid import PidController, PidGains
from simlingo_core.resampling import resample_dense

_KMH_PER_MPS = 3.6
_DECIMALS = 3
_HERE_M = 1e-6


class Steering:
    """Heading error to the aim point through a PID; remembers the last errors."""

    def __init__(self, config: SteeringConfig) -> None:
        self._config = config
        self._pid = PidController(
            PidGains(
                proportional=config.proportional,
                integral=config.integral,
                derivative=config.derivative,
                window=config.window,
                is_prefilled=False,
            )
        )

    def reset(self) -> None:
        """Forget the past."""
        self._pid.reset()

    def step(self, path_base_m: NDArray[np.float64], speed_mps: float) -> float:
        """Return the steering, -1 to 1, positive left.

        Args:
            path_base_m: shape (N, 2), N >= 1, in base_link now.
            speed_mps: of the car.

        Raises:
            ContractError: the path is empty or not finite.
        """
        aim_x_m, aim_y_m = self._aim_point(resample_dense(path_base_m), speed_mps)
        # A point at the car has no direction; rounding would give it one by chance.
        is_here = math.hypot(aim_x_m, aim_y_m) < _HERE_M
        error = 0.0 if is_here else math.degrees(math.atan2(aim_y_m, aim_x_m)) / 90.0
        steer = self._pid.step(error)
        return round(min(max(steer, -1.0), 1.0), _DECIMALS)

    def _aim_point(
        self, dense_path_m: NDArray[np.float64], speed_mps: float
    ) -> NDArray[np.float64]:
        config = self._config
        wanted = config.lookahead_per_kmh * speed_mps * _KMH_PER_MPS + config.lookahead_offset
        wanted = min(max(wanted, config.lookahead_shortest), config.lookahead_longest)
        aim: NDArray[np.float64] = dense_path_m[int(min(wanted, len(dense_path_m) - 1))]
        return aim
