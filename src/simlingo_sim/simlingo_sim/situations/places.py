# SPDX-License-Identifier: Apache-2.0
"""Places on a route where a situation can be staged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import numpy as np
import shapely

from simlingo_core.geometry import wrap_angle_rad
from simlingo_core.types import RoadOption
from simlingo_sim.state import StopSign, TrafficLight
from simlingo_sim.town.carla_map import CarlaMap, LanePoint
from simlingo_sim.town.route_planner import PlannedRoute

GuardT = TypeVar('GuardT', TrafficLight, StopSign)
STRAIGHT_RAD = np.radians(25.0)


def stretches(planned: PlannedRoute) -> list[tuple[float, float]]:
    """Return start and end of the parts of a route between junctions, without lane changes."""
    plain = np.array(
        [
            not inside and option is RoadOption.LANE_FOLLOW
            for inside, option in zip(planned.is_junction, planned.route.options, strict=True)
        ]
    )
    arcs = planned.route.arc_m
    edges = np.flatnonzero(np.diff(np.concatenate([[False], plain, [False]]).astype(int)))
    return [
        (float(arcs[first]), float(arcs[last - 1]))
        for first, last in zip(edges[::2], edges[1::2], strict=True)
    ]


def arc_within(
    planned: PlannedRoute,
    rng: np.random.Generator,
    *,
    before_m: float,
    after_m: float,
    from_start_m: float,
    straight: bool = False,
) -> float | None:
    """Return a random place with space before and after it between the same junctions.

    Args:
        planned: the route.
        rng: source of the choice.
        before_m: space needed before the place.
        after_m: space needed after the place.
        from_start_m: least distance from the start of the route.
        straight: whether the space must be nearly straight.

    Returns:
        The place along the route in metres; None if there is none.
    """
    places = []
    for start, end in stretches(planned):
        low = max(start + before_m, from_start_m)
        for arc in np.arange(low, end - after_m + 1e-6, 2.0):
            if not straight or is_straight(planned, float(arc) - before_m, float(arc) + after_m):
                places.append(float(arc))
    return places[int(rng.integers(len(places)))] if places else None


def is_straight(planned: PlannedRoute, first_m: float, last_m: float) -> bool:
    """Return whether a part of the route turns by less than 25 degrees."""
    headings = np.unwrap(planned.route.heading_at(np.arange(first_m, last_m, 4.0)))
    return bool(np.ptp(headings) < STRAIGHT_RAD)


def guarded_arcs(planned: PlannedRoute, guards: Iterable[GuardT]) -> list[tuple[float, GuardT]]:
    """Return where the route crosses stop lines of lights or signs that face it, with each."""
    line = shapely.LineString(planned.route.points_map_m)
    found = []
    for guard in guards:
        stop = shapely.LineString(guard.stop_line_map_m)
        if not line.intersects(stop):
            continue
        for point in shapely.get_coordinates(line.intersection(stop)):
            arc, _ = planned.route.project(point)
            left, right = guard.stop_line_map_m
            across = np.arctan2(*(right - left)[::-1]) + np.pi / 2
            if np.cos(across - planned.route.heading_at(arc)) > 0.7:
                found.append((arc, guard))
    return sorted(found, key=lambda pair: pair[0])


def trace_lane(
    carla_map: CarlaMap, start: LanePoint, distance_m: float, *, is_forward: bool
) -> list[LanePoint]:
    """Return points 1 m apart up to the next junction, straight on where the lane forks."""
    step = carla_map.ahead if is_forward else carla_map.behind
    points: list[LanePoint] = []
    at = start
    while len(points) < distance_m:
        choices = step(at, 1.0)
        if not choices or (points and choices[0].is_junction):
            break
        yaw = at.pose_map.yaw_rad
        at = min(choices, key=lambda p: abs(wrap_angle_rad(p.pose_map.yaw_rad - yaw)))
        points.append(at)
    return points
