# SPDX-License-Identifier: Apache-2.0
"""Latency compensation: an old plan seen from where the car is now.

A plan is made in base_link at its stamp.  It is put into map by the pose it carries and from
there into base_link now; the part of the path already driven is dropped, and the speed waypoints
are read at the plan's age.  At age zero and an unchanged pose all of this changes nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlingo_core.geometry import Pose2
from simlingo_core.types import SPEED_WAYPOINT_PERIOD_S, DrivingPlan, EgoState

_EARLY_WAYPOINT_S = 0.25
_END_S = 1.0
_LATE_WAYPOINT_S = 0.75
# The car is looked for on the path no farther than this beyond the way it has covered, so that
# a path that comes back to itself is not cut short.
_SEARCH_MARGIN_M = 2.0
_STILL_AT_THE_BEGINNING_M = 1e-6


@dataclass(frozen=True, kw_only=True)
class RebasedPlan:
    """A plan seen from the car now.

    Attributes:
        path_base_m: the part ahead, shape (N, 2), in base_link now; empty: driven to the end.
        target_speed_mps: of the plan now.
        end_speed_mps: of the plan at its end.
        max_speed_mps: not to be exceeded; inf: no limit.
        age_s: of the plan.
        offset_m: from the car to the nearest point of the path.
        moved_m: from where the car was at the plan's stamp to where it is.
    """

    path_base_m: NDArray[np.float64]
    target_speed_mps: float
    end_speed_mps: float
    max_speed_mps: float
    age_s: float
    offset_m: float
    moved_m: float


def rebase_plan(t_s: float, ego: EgoState, plan: DrivingPlan) -> RebasedPlan:
    """Return the plan as seen from the car at ``t_s``.

    Absurdly large coordinates overflow into infinite or NaN distances, which the gate refuses.
    """
    with np.errstate(over='ignore', invalid='ignore'):
        return _rebase(t_s, ego, plan)


def _rebase(t_s: float, ego: EgoState, plan: DrivingPlan) -> RebasedPlan:
    now_map = predict_pose(ego, t_s - ego.t_s)
    now_from_plan = now_map.inverse() @ plan.pose_map.planar
    moved_m = math.hypot(now_from_plan.x_m, now_from_plan.y_m)
    path = now_from_plan.transform(plan.path_base_m)
    begin = now_from_plan.position_m
    first, offset_m = _first_point_ahead(np.vstack([begin, path]), moved_m + _SEARCH_MARGIN_M)
    age_s = t_s - plan.t_s
    return RebasedPlan(
        path_base_m=path[first:],
        target_speed_mps=speed_at_age(plan.speed_waypoints_base_m, max(age_s, 0.0)),
        end_speed_mps=speed_at_end(plan.speed_waypoints_base_m),
        max_speed_mps=plan.max_speed_mps,
        age_s=age_s,
        offset_m=offset_m,
        moved_m=moved_m,
    )


def predict_pose(ego: EgoState, dt_s: float) -> Pose2:
    """Return where the car is ``dt_s`` after its state, at constant speed and yaw rate."""
    turn_rad = ego.yaw_rate_radps * dt_s
    way_m = ego.speed_mps * dt_s
    half = Pose2(way_m * math.cos(turn_rad / 2), way_m * math.sin(turn_rad / 2), turn_rad)
    return ego.pose_map.planar @ half


def speed_at_age(waypoints_base_m: NDArray[np.float64], age_s: float) -> float:
    """Return the speed that the waypoints ask for at an age of the plan.

    Upstream takes twice the distance between the points at 0.25 s and 0.75 s; both move with the
    plan's age.  Between waypoints positions are interpolated; after the last one they stay.
    """
    count = len(waypoints_base_m)
    times_s = SPEED_WAYPOINT_PERIOD_S * np.arange(count + 1)
    points = np.vstack([np.zeros((1, 2)), waypoints_base_m])
    wanted_s = np.array([_EARLY_WAYPOINT_S, _LATE_WAYPOINT_S]) + age_s
    early, late = np.stack([np.interp(wanted_s, times_s, points[:, i]) for i in (0, 1)], axis=1)
    return float(np.linalg.norm(late - early)) / (_LATE_WAYPOINT_S - _EARLY_WAYPOINT_S)


def speed_at_end(waypoints_base_m: NDArray[np.float64]) -> float:
    """Return the mean speed between the last waypoint and the one a second before it."""
    steps = min(round(_END_S / SPEED_WAYPOINT_PERIOD_S), len(waypoints_base_m) - 1)
    way_m = float(np.linalg.norm(waypoints_base_m[-1] - waypoints_base_m[-1 - steps]))
    return way_m / (steps * SPEED_WAYPOINT_PERIOD_S)


def _first_point_ahead(polyline: NDArray[np.float64], search_m: float) -> tuple[int, float]:
    """Find the car (the origin) on a polyline.

    Args:
        polyline: shape (N + 1, 2), in base_link now; where the plan began, then its path.
        search_m: how far along it to look.

    Returns:
        Index into the path of the first point ahead of the car, distance to the polyline [m].
    """
    segments = np.diff(polyline, axis=0)
    lengths = np.linalg.norm(segments, axis=1)
    arc = np.concatenate([[0.0], np.cumsum(lengths)])
    squared = np.where(lengths > 0.0, lengths**2, 1.0)
    share = np.clip(-(polyline[:-1] * segments).sum(axis=1) / squared, 0.0, 1.0)
    distance = np.linalg.norm(polyline[:-1] + share[:, None] * segments, axis=1)
    distance[arc[:-1] > search_m] = np.inf
    best = int(np.argmin(distance))
    found_m = arc[best] + share[best] * lengths[best]
    if found_m < _STILL_AT_THE_BEGINNING_M:
        return 0, float(distance[best])
    return int(np.searchsorted(arc[1:], found_m, side='right')), float(distance[best])
