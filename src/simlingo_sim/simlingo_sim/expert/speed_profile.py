# SPDX-License-Identifier: Apache-2.0
"""Target speed on a free road from speed limit, junctions and curves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlingo_sim.expert.config import ExpertConfig
from simlingo_sim.expert.dense_route import SPACING_M, DenseRoute

LEAST_SPEED_MPS = 2.5
CURVATURE_FLOOR_PER_M = 1e-4


class SpeedProfile:
    """Target speed at every point of a route.

    Args:
        route: the expert's route; its shifts are followed.
        config: parameters of the expert.
    """

    def __init__(self, route: DenseRoute, config: ExpertConfig) -> None:
        self._route, self._config = route, config
        self._base_mps = self._base()
        self._shifts_seen = -1
        self._profile_mps = self._base_mps

    def target_mps(self, index: int, *, is_passing: bool = False) -> float:
        """Return the target speed at a point, with braking for the points after it."""
        if self._route.shift_count != self._shifts_seen:
            self._shifts_seen = self._route.shift_count
            self._profile_mps = self._slow_down_in_time(
                np.minimum(self._base_mps, self._curve_mps(self._route.shifted_curvature_per_m()))
            )
        target = float(self._profile_mps[min(index, len(self._profile_mps) - 1)])
        return min(target, self._config.passing_speed_mps) if is_passing else target

    def _base(self) -> NDArray[np.float64]:
        config, route = self._config, self._route
        wanted = np.minimum(config.limit_share * route.limits_mps, config.top_speed_mps)
        reach = round(config.junction_ahead_m / SPACING_M)
        starts = np.flatnonzero(route.is_junction)
        near = np.zeros(len(route), dtype=bool)
        for index in starts:
            near[max(0, index - reach) : index + 1] = True
        is_fast = route.limits_mps > config.fast_limit_mps
        slow = np.where(is_fast, config.fast_junction_speed_mps, config.junction_speed_mps)
        return np.where(near, np.minimum(wanted, slow), wanted)

    def _curve_mps(self, curvature_per_m: NDArray[np.float64]) -> NDArray[np.float64]:
        allowed = self._config.lateral_acceleration_mps2
        curvature = np.maximum(curvature_per_m, CURVATURE_FLOOR_PER_M)
        return np.maximum(LEAST_SPEED_MPS, np.sqrt(allowed / curvature))

    def _slow_down_in_time(self, wanted: NDArray[np.float64]) -> NDArray[np.float64]:
        """Lower the speed before each slower point, so that moderate braking suffices."""
        gained = 2.0 * self._config.curve_braking_mps2 * SPACING_M
        squares = wanted**2
        # Backward running minimum of v^2 + 2 b s, computed in one pass.
        ramp = gained * np.arange(len(squares))
        lowest = np.minimum.accumulate((squares + ramp)[::-1])[::-1]
        profile: NDArray[np.float64] = np.sqrt(np.maximum(lowest - ramp, 0.0))
        return profile
