# SPDX-License-Identifier: Apache-2.0
"""Routes of simple shapes, points 1 m apart, beginning at a pose of choice."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simlingo_core.geometry import Pose2
from simlingo_core.route import Route
from simlingo_core.types import RoadOption

_ORIGIN = Pose2(0.0, 0.0, 0.0)


def straight_route(length_m: float = 200.0, start_map: Pose2 = _ORIGIN) -> Route:
    """Return a straight route."""
    return _route(start_map, _straight(length_m), RoadOption.LANE_FOLLOW)


def curve_route(
    radius_m: float = 30.0, angle_rad: float = math.pi / 2, start_map: Pose2 = _ORIGIN
) -> Route:
    """Return a bend to the left, or to the right where the angle is negative."""
    return _route(start_map, _arc(radius_m, angle_rad), RoadOption.LANE_FOLLOW)


def junction_route(
    option: RoadOption = RoadOption.LEFT, approach_m: float = 60.0, start_map: Pose2 = _ORIGIN
) -> Route:
    """Return a route straight to a junction, through it as commanded, and on for 60 m."""
    turn = {RoadOption.LEFT: math.pi / 2, RoadOption.RIGHT: -math.pi / 2}.get(option, 0.0)
    inside = _arc(12.0, turn) if turn else _straight(20.0)
    approach = _straight(approach_m)
    leave = _pose_at(inside[-1], turn).transform(_straight(60.0))
    corner = _pose_at(approach[-1], 0.0)
    points = np.vstack([approach, corner.transform(inside[1:]), corner.transform(leave[1:])])
    options = [RoadOption.LANE_FOLLOW] * len(points)
    options[len(approach) : len(approach) + len(inside) - 1] = [option] * (len(inside) - 1)
    return Route(start_map.transform(points), options)


def round_trip_route(radius_m: float = 40.0, start_map: Pose2 = _ORIGIN) -> Route:
    """Return a circle to the left that ends 1 m before its start."""
    return curve_route(radius_m, 2.0 * math.pi - 1.0 / radius_m, start_map)


def _straight(length_m: float) -> NDArray[np.float64]:
    x_m = np.linspace(0.0, length_m, max(2, round(length_m) + 1))
    return np.column_stack([x_m, np.zeros_like(x_m)])


def _arc(radius_m: float, angle_rad: float) -> NDArray[np.float64]:
    count = max(2, round(abs(angle_rad) * radius_m) + 1)
    angles = np.linspace(0.0, abs(angle_rad), count)
    left = np.column_stack([np.sin(angles), 1.0 - np.cos(angles)]) * radius_m
    mirrored: NDArray[np.float64] = left * [1.0, math.copysign(1.0, angle_rad)]
    return mirrored


def _pose_at(point_m: NDArray[np.float64], yaw_rad: float) -> Pose2:
    return Pose2(float(point_m[0]), float(point_m[1]), yaw_rad)


def _route(start: Pose2, points: NDArray[np.float64], option: RoadOption) -> Route:
    return Route(start.transform(points), [option] * len(points))
