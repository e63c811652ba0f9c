# SPDX-License-Identifier: Apache-2.0
"""Steering towards a point of the route: the lateral PID of PDM-Lite, in REP-103.

Upstream computes in CARLA's mirrored axes, where positive steering is right; mirrored into
REP-103 the same numbers make positive steering left.  Verified against the golden data
``expert_lateral`` to 1e-9.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlingo_core.geometry import wrap_angle_rad

KMH_PER_MPS = 3.6


@dataclass(frozen=True, kw_only=True)
class LateralGains:
    """Constants of the lateral PID; upstream's values."""

    proportional: float = 3.118357247806046
    derivative: float = 1.3782508892109167
    integral: float = 0.6406067986034124
    window: int = 6
    lookahead_per_kmh: float = 0.9755321901954155
    lookahead_offset: float = 1.9152884533402488
    shortest_lookahead: int = 24
    longest_lookahead: int = 105


class LateralPid:
    """Steers towards a point ahead on a dense route; a PID over the last heading errors."""

    def __init__(self, gains: LateralGains | None = None) -> None:
        self.gains = gains or LateralGains()
        self._errors: deque[float] = deque(maxlen=self.gains.window)

    def reset(self) -> None:
        """Discard the past errors."""
        self._errors.clear()

    def copy(self) -> LateralPid:
        """Return a controller with the same past errors, for forecasts."""
        twin = LateralPid(self.gains)
        twin._errors.extend(self._errors)
        return twin

    def lookahead_index(self, speed_mps: float, point_count: int, *, spacing_m: float) -> int:
        """Return the index of the point to aim at.

        Args:
            speed_mps: current speed.
            point_count: number of points left on the route.
            spacing_m: spacing of the route: 0.1 for driving, 1.0 for upstream's labels, which use
                m/s where driving uses km/h (kept as in the golden data).
        """
        gains = self.gains
        is_dense = spacing_m < 0.5
        speed = speed_mps * KMH_PER_MPS if is_dense else speed_mps
        wanted = gains.lookahead_per_kmh * speed + gains.lookahead_offset
        wanted = min(max(wanted, gains.shortest_lookahead), gains.longest_lookahead)
        if not is_dense:
            wanted = wanted / 10.0 - 2.0
        return int(min(wanted, point_count - 1))

    def steer_for(
        self, aim_map_m: NDArray[np.float64], position_map_m: NDArray[np.float64], yaw_rad: float
    ) -> float:
        """Return the steering (-1 to 1, positive to the left) towards a point; stores the error.

        Args:
            aim_map_m: point to steer towards, shape (2,).
            position_map_m: position of the car, shape (2,).
            yaw_rad: heading of the car in map.
        """
        heading = math.atan2(aim_map_m[1] - position_map_m[1], aim_map_m[0] - position_map_m[0])
        error = wrap_angle_rad(heading - yaw_rad) * 180.0 / math.pi / 90.0
        self._errors.append(error)
        change = error - self._errors[-2] if len(self._errors) > 1 else 0.0
        gains = self.gains
        steer = (
            gains.proportional * error
            + gains.derivative * change
            + gains.integral * sum(self._errors) / len(self._errors)
        )
        return min(max(steer, -1.0), 1.0)
