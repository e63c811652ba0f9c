# SPDX-License-Identifier: Apache-2.0
"""Speed along the car from satellite fixes, where no speedometer sends."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

WINDOW_S = 0.25


class DerivedSpeed:
    """Displacement over the last quarter of a second along the yaw; with noisy fixes it is noisy.

    CARLA's satellite sensor has no noise unless its blueprint asks for some; the leaderboard's has
    5e-6 degrees, which is 3 m/s here: use the speedometer there.
    """

    def __init__(self) -> None:
        self._fixes: deque[tuple[float, NDArray[np.float64]]] = deque()

    def reset(self) -> None:
        """Forget all fixes."""
        self._fixes.clear()

    def update(self, t_s: float, position_map_m: NDArray[np.float64], yaw_rad: float) -> float:
        """Take a position, shape (2,), and return the speed in m/s, 0 for the first one."""
        self._fixes.append((t_s, position_map_m))
        while t_s - self._fixes[0][0] > WINDOW_S:
            self._fixes.popleft()
        before_s, before_m = self._fixes[0]
        if t_s - before_s <= 0.0:
            return 0.0
        moved = position_map_m - before_m
        ahead = np.array([math.cos(yaw_rad), math.sin(yaw_rad)])
        return float(moved @ ahead) / (t_s - before_s)
