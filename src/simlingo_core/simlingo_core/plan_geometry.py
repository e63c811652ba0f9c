# SPDX-License-Identifier: Apache-2.0
"""Where the points of a plan lie in map, and how fast the car is to be at them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlingo_core.types import SPEED_WAYPOINT_PERIOD_S, DrivingPlan


def path_map_m(plan: DrivingPlan) -> NDArray[np.float64]:
    """Return the path of a plan in map, shape (20, 3), on the ground where the plan was made."""
    return _to_map(plan, plan.path_base_m)


def waypoints_map_m(plan: DrivingPlan) -> NDArray[np.float64]:
    """Return the speed waypoints of a plan in map, shape (10, 3)."""
    return _to_map(plan, plan.speed_waypoints_base_m)


def waypoint_speeds_mps(plan: DrivingPlan) -> NDArray[np.float64]:
    """Return the mean speed on the way to each speed waypoint, shape (10,)."""
    points_base_m = np.vstack([np.zeros(2), plan.speed_waypoints_base_m])
    steps_m = np.linalg.norm(np.diff(points_base_m, axis=0), axis=1)
    speeds_mps: NDArray[np.float64] = steps_m / SPEED_WAYPOINT_PERIOD_S
    return speeds_mps


def _to_map(plan: DrivingPlan, points_base_m: NDArray[np.float64]) -> NDArray[np.float64]:
    flat = np.column_stack([points_base_m, np.zeros(len(points_base_m))])
    return plan.pose_map.transform(flat)
