# SPDX-License-Identifier: Apache-2.0
"""Routes over the lanes of a map: shortest path, 1 m spacing, CARLA's road options.

The rules are those of CARLA's global route planner: a junction is STRAIGHT where the way turns by
less than 35 degrees, else LEFT or RIGHT; a lane change carries its own option; everything else is
LANE_FOLLOW.  Different from it, a lane change is a smooth curve of 15 m and not a jump.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlingo_core.checks import finite_array
from simlingo_core.errors import WorldError
from simlingo_core.geometry import wrap_angle_rad
from simlingo_core.route import Route
from simlingo_core.types import RoadOption
from simlingo_sim.town.carla_map import CarlaMap, LanePoint

SPACING_M = 1.0
SAMPLING_M = 0.5
TURN_THRESHOLD_RAD = math.radians(35.0)
LANE_CHANGE_LENGTH_M = 15.0
LANE_CHANGE_LEAST_LANE_M = 35.0
LANE_CHANGE_COST_M = 20.0
WAYPOINT_TO_LANE_M = 4.0

LaneKey = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class PlannedRoute:
    """A route and what is known about each of its points.

    Attributes:
        route: 1 m spacing in map.
        limits_mps: speed limit at each point, shape (N,).
        widths_m: lane width at each point, shape (N,).
        is_junction: whether the point lies in a junction, shape (N,).
    """

    route: Route
    limits_mps: NDArray[np.float64]
    widths_m: NDArray[np.float64]
    is_junction: NDArray[np.bool_]


@dataclass(frozen=True)
class _Sample:
    position_m: NDArray[np.float64]
    point: LanePoint
    option: RoadOption


class RoutePlanner:
    """Plans routes on one map; build it once and keep it."""

    def __init__(self, carla_map: CarlaMap) -> None:
        self._map = carla_map
        self._entry: dict[LaneKey, LanePoint] = {}
        self._lane: dict[LaneKey, tuple[LanePoint, ...]] = {}
        self._graph = nx.DiGraph()
        for start, end in carla_map.topology():
            self._add_lane(start)
            self._add_lane(end)
        for start, end in carla_map.topology():
            if start.lane_key != end.lane_key:
                self._graph.add_edge(
                    start.lane_key, end.lane_key, cost=self._length_m(start.lane_key), change=None
                )
        for key in sorted(self._lane):
            self._add_changes(key)

    def plan(self, waypoints_map_m: ArrayLike) -> PlannedRoute:
        """Return the shortest route through the waypoints.

        Args:
            waypoints_map_m: shape (n, 2), n >= 2; those inside junctions only count at the ends.

        Raises:
            WorldError: a waypoint is off the road, or no way leads from one to the next.
            ContractError, NonFiniteError: the waypoints are not such an array.
        """
        waypoints = finite_array('waypoints_map_m', waypoints_map_m, (None, 2))
        if len(waypoints) < 2:
            raise WorldError(f'a route needs at least 2 waypoints; got {len(waypoints)}')
        points = [
            self._map.lane_point(float(x), float(y), within_m=WAYPOINT_TO_LANE_M)
            for x, y in waypoints
        ]
        inner = [point for point in points[1:-1] if not point.is_junction]
        samples: list[_Sample] = []
        for start, end in pairwise([points[0], *inner, points[-1]]):
            samples += self._leg(start, end)
        return _resample(self._map, samples)

    def _add_lane(self, entry: LanePoint) -> None:
        if entry.lane_key in self._lane:
            return
        self._entry[entry.lane_key] = entry
        points = (entry, *self._map.until_lane_end(entry, SAMPLING_M))
        # The library may give points of the next lane at the end.
        own = [p for p in points if p.lane_key == entry.lane_key]
        self._lane[entry.lane_key] = tuple(own)
        self._graph.add_node(entry.lane_key)

    def _length_m(self, key: LaneKey) -> float:
        return SAMPLING_M * len(self._lane[key])

    def _add_changes(self, key: LaneKey) -> None:
        points = self._lane[key]
        if self._length_m(key) < LANE_CHANGE_LEAST_LANE_M:
            return
        middle = points[len(points) // 2]
        sides = (
            (middle.can_change_left, self._map.left(middle), RoadOption.CHANGE_LANE_LEFT),
            (middle.can_change_right, self._map.right(middle), RoadOption.CHANGE_LANE_RIGHT),
        )
        for allowed, beside, option in sides:
            if allowed and beside is not None and beside.lane_key in self._lane:
                self._graph.add_edge(key, beside.lane_key, cost=LANE_CHANGE_COST_M, change=option)

    def _leg(self, start: LanePoint, end: LanePoint) -> list[_Sample]:
        keys = self._lanes_between(start, end)
        samples: list[_Sample] = []
        first = self._index(start)
        for number, key in enumerate(keys):
            is_last = number + 1 == len(keys)
            points = self._lane[key]
            change = None if is_last else self._graph.edges[key, keys[number + 1]]['change']
            last = self._index(end) if is_last else len(points) - 1
            if change is not None:
                # The leg may end before the lane does.
                ends_here = number + 2 == len(keys)
                last = self._index_beside(keys[number + 1], end) if ends_here else last
                curve, last, next_first = self._change(key, keys[number + 1], first, last, change)
                samples += [_follow(p) for p in points[first : last + 1]]
                samples += curve
                first = next_first
                continue
            option = self._junction_option(key)
            samples += [
                _Sample(p.pose_map.position_m, p, option) for p in points[first : last + 1]
            ]
            first = 0
        return samples

    def _lanes_between(self, start: LanePoint, end: LanePoint) -> list[LaneKey]:
        if start.lane_key not in self._lane or end.lane_key not in self._lane:
            raise WorldError(
                f'no lane of the route graph at {start.pose_map} or {end.pose_map}; '
                'choose waypoints on through lanes'
            )
        if start.lane_key == end.lane_key and self._index(end) > self._index(start):
            return [start.lane_key]
        best: list[LaneKey] | None = None
        best_m = math.inf
        for follower in sorted(self._graph.successors(start.lane_key)):
            try:
                length_m, path = nx.single_source_dijkstra(
                    self._graph, follower, end.lane_key, weight='cost'
                )
            except nx.NetworkXNoPath:
                continue
            length_m += self._graph.edges[start.lane_key, follower]['cost']
            change = self._graph.edges[start.lane_key, follower]['change']
            if change is not None and not self._fits(start, end, path):
                continue
            if length_m < best_m:
                best, best_m = [start.lane_key, *path], length_m
        if best is None:
            raise WorldError(
                f'no way leads from ({start.pose_map.x_m:.1f}, {start.pose_map.y_m:.1f}) to '
                f'({end.pose_map.x_m:.1f}, {end.pose_map.y_m:.1f}); choose other waypoints'
            )
        return best

    def _fits(self, start: LanePoint, end: LanePoint, path: list[LaneKey]) -> bool:
        """Tell whether a lane change out of the first lane has room on the way."""
        points = self._lane[start.lane_key]
        last = self._index_beside(path[0], end) if len(path) == 1 else len(points) - 1
        return (last - self._index(start)) * SAMPLING_M > LANE_CHANGE_LENGTH_M + 5.0

    def _change(
        self, key: LaneKey, other: LaneKey, first: int, last: int, option: RoadOption
    ) -> tuple[list[_Sample], int, int]:
        """Return the curve, the last index on the old lane and the first on the new one."""
        length = round(LANE_CHANGE_LENGTH_M / SAMPLING_M)
        room = last - first - length
        if room < 0:
            raise WorldError(
                f'there are {(last - first) * SAMPLING_M:.0f} m for a lane change on road '
                f'{key[0]}; expected at least {LANE_CHANGE_LENGTH_M:g} m'
            )
        begin = first + min(room // 2, round(25.0 / SAMPLING_M))
        old, new = self._lane[key], self._lane[other]
        offset = self._nearest(new, old[begin]) - begin
        curve = []
        for k in range(1, length):
            weight = 0.5 - 0.5 * math.cos(math.pi * k / length)
            a = old[min(begin + k, len(old) - 1)]
            b = new[min(max(begin + k + offset, 0), len(new) - 1)]
            place = (1 - weight) * a.pose_map.position_m + weight * b.pose_map.position_m
            curve.append(_Sample(place, b if weight > 0.5 else a, option))
        return curve, begin, min(begin + length + offset, len(new) - 1)

    def _junction_option(self, key: LaneKey) -> RoadOption:
        points = self._lane[key]
        if not points[0].is_junction:
            return RoadOption.LANE_FOLLOW
        turn = wrap_angle_rad(points[-1].pose_map.yaw_rad - points[0].pose_map.yaw_rad)
        if abs(turn) < TURN_THRESHOLD_RAD:
            return RoadOption.STRAIGHT
        return RoadOption.LEFT if turn > 0 else RoadOption.RIGHT

    def _index(self, point: LanePoint) -> int:
        return self._nearest(self._lane[point.lane_key], point)

    def _index_beside(self, key: LaneKey, point: LanePoint) -> int:
        return self._nearest(self._lane[key], point)

    @staticmethod
    def _nearest(lane: Sequence[LanePoint], point: LanePoint) -> int:
        gaps = [
            math.hypot(p.pose_map.x_m - point.pose_map.x_m, p.pose_map.y_m - point.pose_map.y_m)
            for p in lane
        ]
        return int(np.argmin(gaps))


def _follow(point: LanePoint) -> _Sample:
    return _Sample(point.pose_map.position_m, point, RoadOption.LANE_FOLLOW)


def _resample(carla_map: CarlaMap, samples: list[_Sample]) -> PlannedRoute:
    """Return points 1 m apart; options and limits are those of the nearest sample before."""
    kept = [samples[0]]
    for sample in samples[1:]:
        # Lane ends meet in the same place, and libcarla sometimes steps back a little.
        if np.hypot(*(sample.position_m - kept[-1].position_m)) > 0.2 * SAMPLING_M:
            kept.append(sample)
    if len(kept) < 2:
        raise WorldError('the route has no length; choose waypoints further apart')
    raw = np.array([sample.position_m for sample in kept])
    arc = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(raw, axis=0).T))])
    count = max(2, round(float(arc[-1]) / SPACING_M) + 1)
    at = np.linspace(0.0, float(arc[-1]), count)
    owners = np.clip(np.searchsorted(arc, at + 1e-9, side='right') - 1, 0, len(kept) - 1)
    points = np.stack([np.interp(at, arc, raw[:, k]) for k in range(2)], axis=-1)
    chosen = [kept[i] for i in owners]
    limits: list[float] = []
    for sample in chosen:
        # In a junction the limit of the street before it holds on.
        inherits = sample.point.is_junction and limits
        limits.append(limits[-1] if inherits else carla_map.limit_mps(sample.point))
    return PlannedRoute(
        route=Route(points, [sample.option for sample in chosen]),
        limits_mps=np.array(limits),
        widths_m=np.array([sample.point.width_m for sample in chosen]),
        is_junction=np.array([sample.point.is_junction for sample in chosen]),
    )
