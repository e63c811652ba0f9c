# SPDX-License-Identifier: Apache-2.0
"""Junctions that a route passes, and the ways of others that meet it there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely

from simlingo_core.geometry import wrap_angle_rad
from simlingo_core.route import Route
from simlingo_core.types import RoadOption
from simlingo_sim.situations.crossing import path_through, straight_lanes
from simlingo_sim.situations.places import guarded_arcs
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import Town

SHORTEST_PASSAGE_M = 8.0
"""Shorter ones only join two streets."""
LIGHT_BEFORE_M = 25.0
MERGES_WITHIN_M = 1.2
LEAST_APPROACH_M = 30.0


class Origin(StrEnum):
    """Where others come from, as the ego enters the junction."""

    LEFT = 'left'
    RIGHT = 'right'
    AHEAD = 'ahead'


@dataclass(frozen=True, kw_only=True)
class Passage:
    """The route through one junction.

    Attributes:
        start_m, end_m: along the route.
        turn: LEFT, RIGHT or STRAIGHT.
        has_light: whether a traffic light faces the ego there.
        entry_limit_mps, exit_limit_mps: speed limits before and behind it.
    """

    start_m: float
    end_m: float
    turn: RoadOption
    has_light: bool
    entry_limit_mps: float
    exit_limit_mps: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Meeting:
    """A way straight through the junction that crosses the route or leads into its lane.

    Attributes:
        origin: where it comes from.
        merges: whether it leads into the lane that the route leads into.
        route_arc_m: where both meet, along the route.
        path, path_arc_m: the way, and the same place along it.
    """

    origin: Origin
    merges: bool
    route_arc_m: float
    path: Route
    path_arc_m: float


def passages(town: Town, planned: PlannedRoute) -> list[Passage]:
    """Return the junctions of a route in their order."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], planned.is_junction.astype(int), [0]])))
    lights = [arc for arc, _ in guarded_arcs(planned, town.traffic_lights)]
    found = []
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        start_m, end_m = (float(planned.route.arc_m[k]) for k in (first, last - 1))
        if end_m - start_m < SHORTEST_PASSAGE_M:
            continue
        after = min(last + 2, len(planned.limits_mps) - 1)
        found.append(
            Passage(
                start_m=start_m,
                end_m=end_m,
                turn=planned.route.option_at((start_m + end_m) / 2),
                has_light=any(-5.0 < start_m - arc < LIGHT_BEFORE_M for arc in lights),
                entry_limit_mps=float(planned.limits_mps[max(first - 2, 0)]),
                exit_limit_mps=float(planned.limits_mps[after]),
            )
        )
    return found


def meetings(town: Town, planned: PlannedRoute, passage: Passage) -> list[Meeting]:
    """Return the straight ways of others that meet the route in a junction, sorted along it."""
    route = planned.route
    own = shapely.LineString(
        route.position_at(np.arange(passage.start_m - 2.0, passage.end_m + 1.0, 0.5))
    )
    exit_m = route.position_at(passage.end_m)
    exit_rad = float(route.heading_at(min(passage.end_m + 1.0, route.length_m)))
    entry_rad = float(route.heading_at(max(passage.start_m - 1.0, 0.0)))
    middle = route.position_at((passage.start_m + passage.end_m) / 2)
    junction = town.map.lane_point(float(middle[0]), float(middle[1])).junction_id
    found = []
    for lane in straight_lanes(town.map, junction):
        turn = wrap_angle_rad(lane[0].pose_map.yaw_rad - entry_rad)
        if abs(turn) < math.radians(40.0):
            continue
        last = lane[-1].pose_map
        is_aligned = abs(wrap_angle_rad(last.yaw_rad - exit_rad)) < math.radians(30.0)
        offset = exit_m - last.position_m
        beside_m = abs(float(-np.sin(last.yaw_rad) * offset[0] + np.cos(last.yaw_rad) * offset[1]))
        merges = is_aligned and beside_m < MERGES_WITHIN_M
        line = shapely.LineString([p.pose_map.position_m for p in lane])
        crossing = own.intersection(line)
        if not merges and crossing.is_empty:
            continue
        path = path_through(town.map, lane)
        if path is None:
            continue
        point = exit_m if merges else shapely.get_coordinates(crossing)[0]
        path_arc_m = float(path.project(point)[0])
        if path_arc_m < LEAST_APPROACH_M:
            continue
        found.append(
            Meeting(
                origin=_origin(turn),
                merges=merges,
                route_arc_m=float(route.project(point, passage.start_m)[0]),
                path=path,
                path_arc_m=path_arc_m,
            )
        )
    return sorted(found, key=lambda m: (m.route_arc_m, m.path_arc_m))


def _origin(turn_rad: float) -> Origin:
    if abs(turn_rad) > math.radians(135.0):
        return Origin.AHEAD
    return Origin.RIGHT if turn_rad > 0.0 else Origin.LEFT
