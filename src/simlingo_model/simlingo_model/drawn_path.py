# SPDX-License-Identifier: Apache-2.0
"""The path of a model that plans speed waypoints only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlingo_core.resampling import resample_equidistant
from simlingo_core.types import PATH_POINTS

LEAST_STEP_M = 0.2
"""Waypoints of a standing car scatter by less; they have no direction."""


def path_through(speed_waypoints_base_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 20 points 1 m apart through the waypoints, straight on behind the last one.

    Args:
        speed_waypoints_base_m: shape (N, 2).
    """
    kept = [np.zeros(2)]
    for point in speed_waypoints_base_m:
        if np.linalg.norm(point - kept[-1]) >= LEAST_STEP_M:
            kept.append(point)
    way = kept[-1] - kept[-2] if len(kept) > 1 else np.array([1.0, 0.0])
    straight_on = kept[-1] + PATH_POINTS * way / np.linalg.norm(way)
    return resample_equidistant(np.array([*kept[1:], straight_on]), PATH_POINTS)
