# SPDX-License-Identifier: Apache-2.0
"""Lanes beside a point of the map, and the junction and the roads ahead of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from simlingo_sim.town.carla_map import CarlaMap, LanePoint

MOST_LANES = 12
"""On one side of a lane."""
STEP_M = 4.0
REACH_M = 100.0
"""How far ahead junctions and roads are looked for."""
DRIVING, BIKING = 'Driving', 'Biking'


@dataclass(frozen=True, kw_only=True)
class BesideLane:
    """A lane beside another one: OpenDRIVE's kind such as ``Driving``, width, direction."""

    kind: str
    width_m: float
    is_oncoming: bool = False


@dataclass(frozen=True, kw_only=True)
class LaneSides:
    """The lanes beside a point, each side from the point outwards."""

    left: tuple[BesideLane, ...]
    right: tuple[BesideLane, ...]

    def count(self, *, is_oncoming: bool) -> int:
        """Return the number of driving lanes of one direction beside the point."""
        both = (*self.left, *self.right)
        return sum(x.kind == DRIVING and x.is_oncoming is is_oncoming for x in both)

    @property
    def number(self) -> int:
        """Number of the lane itself within its direction, from the left, from 0."""
        return sum(lane.kind == DRIVING and not lane.is_oncoming for lane in self.left)

    def has(self, kind: str, *, on_left: bool) -> bool:
        """Return whether one side has a lane of a kind."""
        return any(lane.kind == kind for lane in (self.left if on_left else self.right))


@dataclass(frozen=True, kw_only=True)
class RoadAhead:
    """What follows a point on its lane.

    Attributes:
        junction_m: distance to the next junction; None: none within reach.
        junction_id: of it; None: none within reach.
        next_road_ids: roads that follow the one of the point.
        next_next_road_ids: roads that follow those.
    """

    junction_m: float | None
    junction_id: int | None
    next_road_ids: tuple[int, ...]
    next_next_road_ids: tuple[int, ...]


def sides_of(town_map: CarlaMap, point: LanePoint) -> LaneSides:
    """Return the lanes beside a point.

    Oncoming lanes, and what lies behind them, follow the leftmost lane of the same direction.
    """
    left = _walk(point.waypoint, on_left=True)
    opposing = town_map.opposing(point)
    if opposing is not None:
        here = opposing.waypoint
        left += [_lane(here, is_oncoming=True), *_walk(here, on_left=False, is_oncoming=True)]
    return LaneSides(left=tuple(left), right=tuple(_walk(point.waypoint, on_left=False)))


def road_ahead(town_map: CarlaMap, point: LanePoint) -> RoadAhead:
    """Return the junction and the roads ahead of a point."""
    junction_m, junction_id = _junction(town_map, point)
    following = _next_roads(town_map, [point])
    after = _next_roads(town_map, following)
    return RoadAhead(
        junction_m=junction_m,
        junction_id=junction_id,
        next_road_ids=tuple(sorted({p.road_id for p in following})),
        next_next_road_ids=tuple(sorted({p.road_id for p in after})),
    )


def _junction(town_map: CarlaMap, point: LanePoint) -> tuple[float | None, int | None]:
    distance_m = 0.0
    while not point.is_junction and distance_m < REACH_M:
        ahead = town_map.ahead(point, STEP_M)
        if not ahead:
            return None, None
        point, distance_m = ahead[0], distance_m + STEP_M
    return (distance_m, point.junction_id) if point.is_junction else (None, None)


def _next_roads(town_map: CarlaMap, points: Iterable[LanePoint]) -> list[LanePoint]:
    """Return one point on each road that follows the roads of points, within reach."""
    found: dict[int, LanePoint] = {}
    for start in points:
        front, distance_m = [start], 0.0
        while front and distance_m < REACH_M:
            distance_m += STEP_M
            further = [after for point in front for after in town_map.ahead(point, STEP_M)]
            found |= {p.road_id: p for p in further if p.road_id != start.road_id}
            front = [p for p in further if p.road_id == start.road_id]
    return list(found.values())


def _walk(first: Any, *, on_left: bool, is_oncoming: bool = False) -> list[BesideLane]:
    """Return the lanes of one side that point the same way as ``first``, outwards."""
    found: list[BesideLane] = []
    lane = first
    while len(found) < MOST_LANES:
        lane = lane.get_left_lane() if on_left else lane.get_right_lane()
        if lane is None or lane.lane_id * first.lane_id <= 0:
            break
        found.append(_lane(lane, is_oncoming=is_oncoming))
    return found


def _lane(lane: Any, *, is_oncoming: bool) -> BesideLane:
    return BesideLane(
        kind=str(lane.lane_type), width_m=float(lane.lane_width), is_oncoming=is_oncoming
    )
