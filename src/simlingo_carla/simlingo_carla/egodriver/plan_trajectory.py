# SPDX-License-Identifier: Apache-2.0
"""A plan as poses in time, for a runtime that follows poses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlingo_core.geometry import Pose2
from simlingo_core.types import DrivingPlan

PERIOD_S, HORIZON_S = 0.1, 2.5
WAYPOINT_PERIOD_S = 0.25
BRAKING_MPS2 = 4.0
HARDEST_BRAKING_MPS2, HARDEST_START_MPS2 = 8.0, 4.0
SHORTEST_M, NEAREST_M = 0.01, 1.5


def times_s() -> NDArray[np.float64]:
    """Return the times of the poses after the stamp of the plan."""
    return np.asarray(np.arange(1, round(HORIZON_S / PERIOD_S) + 1) * PERIOD_S, np.float64)


def plan_poses(plan: DrivingPlan, speed_mps: float) -> list[Pose2]:
    """Return base_link at ``times_s`` in base_link at the plan's stamp.

    The path says where the car goes; the distances between the speed waypoints say how fast,
    within what a car can do.  A plan with a reason to stop brakes along its path.

    Args:
        plan: to follow.
        speed_mps: of the car at the plan's stamp.
    """
    if plan.stop_reason:
        return poses_along(plan.path_base_m, braking_m(speed_mps))
    steps_m = np.linalg.norm(np.diff(plan.speed_waypoints_base_m, axis=0), axis=1)
    middles_s = (np.arange(len(steps_m)) + 1.5) * WAYPOINT_PERIOD_S
    wanted_mps = np.interp(times_s(), middles_s, steps_m / WAYPOINT_PERIOD_S)
    wanted_mps = np.minimum(wanted_mps, plan.max_speed_mps)
    return poses_along(plan.path_base_m, _drivable_m(wanted_mps, speed_mps))


def _drivable_m(wanted_mps: NDArray[np.float64], speed_mps: float) -> NDArray[np.float64]:
    """Return how far a car goes at ``times_s`` that approaches the speeds as fast as it can."""
    speed, gone_m, arc_m = max(speed_mps, 0.0), 0.0, []
    for wanted in wanted_mps:
        low = speed - HARDEST_BRAKING_MPS2 * PERIOD_S
        speed = float(np.clip(wanted, max(low, 0.0), speed + HARDEST_START_MPS2 * PERIOD_S))
        gone_m += speed * PERIOD_S
        arc_m.append(gone_m)
    return np.array(arc_m)


def braking_m(speed_mps: float) -> NDArray[np.float64]:
    """Return how far a car has gone at ``times_s`` that brakes to a stop."""
    speed_mps = max(speed_mps, 0.0)
    t_s = np.minimum(times_s(), speed_mps / BRAKING_MPS2)
    return np.asarray(speed_mps * t_s - 0.5 * BRAKING_MPS2 * t_s**2)


def poses_along(path_m: NDArray[np.float64], arc_m: NDArray[np.float64]) -> list[Pose2]:
    """Return the poses at distances along a path from the origin; it goes on straight at its end.

    Args:
        path_m: shape (N, 2).
        arc_m: shape (M,), not negative.
    """
    # A network's first points lie about the origin, and the way between them says nothing.
    is_ahead = np.append(np.linalg.norm(path_m, axis=1) > NEAREST_M, True)
    points = np.concatenate([np.zeros((1, 2)), path_m[np.argmax(is_ahead) :]])
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    points = points[np.concatenate([[True], steps > SHORTEST_M])]
    if len(points) < 2:
        points = np.array([[0.0, 0.0], [1.0, 0.0]])
    steps_m = np.diff(points, axis=0)
    lengths_m = np.linalg.norm(steps_m, axis=1)
    starts_m = np.concatenate([[0.0], np.cumsum(lengths_m)])[:-1]
    index = np.clip(np.searchsorted(starts_m, arc_m, side='right') - 1, 0, len(steps_m) - 1)
    ahead_m = (arc_m - starts_m[index])[:, None]
    places = points[index] + steps_m[index] / lengths_m[index, None] * ahead_m
    # The headings of the middles of the pieces, so that the car turns smoothly between them.
    middles_m = starts_m + 0.5 * lengths_m
    headings = np.unwrap(np.arctan2(steps_m[:, 1], steps_m[:, 0]))
    yaws = np.interp(arc_m, np.concatenate([[0.0], middles_m]), np.concatenate([[0.0], headings]))
    return [
        Pose2(float(x), float(y), float(yaw)) for (x, y), yaw in zip(places, yaws, strict=True)
    ]
