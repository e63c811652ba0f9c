# SPDX-License-Identifier: Apache-2.0
"""The lanes of a map as a graph, whose edges follow a lane or change to the one beside it."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np

from simlingo_core.errors import WorldError
from simlingo_core.types import RoadOption
from simlingo_sim.town.carla_map import CarlaMap, LanePoint

SAMPLING_M = 0.5
LANE_CHANGE_LENGTH_M = 15.0
# Out of town a lane change takes so long at the speed limit.
FAST_LIMIT_MPS = 60.0 / 3.6
FAST_LANE_CHANGE_S = 2.2
LANE_CHANGE_LEAST_ROOM_M = 20.0
LANE_CHANGE_COST_M = 20.0
LANE_CHANGE_MARGIN_M = 5.0

LaneKey = tuple[int, int, int]


class LaneGraph:
    """All driving lanes of a map, sampled every 0.5 m, and their connections.

    Args:
        carla_map: the map.
    """

    def __init__(self, carla_map: CarlaMap) -> None:
        self._map = carla_map
        self._lanes: dict[LaneKey, tuple[LanePoint, ...]] = {}
        self._graph = nx.DiGraph()
        for start, end in carla_map.topology():
            self._add_lane(start)
            self._add_lane(end)
        for start, end in carla_map.topology():
            if start.lane_key != end.lane_key:
                self._graph.add_edge(
                    start.lane_key, end.lane_key, cost=self._length_m(start.lane_key), change=None
                )
        for key in sorted(self._lanes):
            self._add_changes(key)

    def lane(self, key: LaneKey) -> tuple[LanePoint, ...]:
        """Return the points of a lane in driving direction."""
        return self._lanes[key]

    def change(self, key: LaneKey, other: LaneKey) -> RoadOption | None:
        """Return the lane change between two connected lanes, None where the second follows."""
        option: RoadOption | None = self._graph.edges[key, other]['change']
        return option

    def followers(self, key: LaneKey) -> list[LaneKey]:
        """Return the lanes that follow a lane without a change, in a fixed order."""
        return sorted(n for n in self._graph.successors(key) if self.change(key, n) is None)

    def beside(self, key: LaneKey) -> list[LaneKey]:
        """Return the lanes that a car may change to, in a fixed order."""
        return sorted(n for n in self._graph.successors(key) if self.change(key, n) is not None)

    def change_length_m(self, key: LaneKey) -> float:
        """Return how long a change out of a lane is; longer on fast roads."""
        limit_mps = self._map.limit_mps(self._lanes[key][0])
        is_fast = limit_mps > FAST_LIMIT_MPS
        return FAST_LANE_CHANGE_S * limit_mps if is_fast else LANE_CHANGE_LENGTH_M

    def nearest_index(self, key: LaneKey, point: LanePoint) -> int:
        """Return the index of the point of a lane that is nearest to another point."""
        gaps = [
            math.hypot(p.pose_map.x_m - point.pose_map.x_m, p.pose_map.y_m - point.pose_map.y_m)
            for p in self._lanes[key]
        ]
        return int(np.argmin(gaps))

    def lanes_between(self, start: LanePoint, end: LanePoint) -> list[LaneKey]:
        """Return the lanes of the shortest way between two points, theirs included.

        An end at or behind the start on the same lane is reached by a loop.

        Raises:
            WorldError: a point is on no lane of the graph, or no way leads there.
        """
        if start.lane_key not in self._lanes or end.lane_key not in self._lanes:
            raise WorldError(
                f'no lane of the route graph at {start.pose_map} or {end.pose_map}; '
                'choose waypoints on through lanes'
            )
        if start.lane_key == end.lane_key and self._is_ahead(start, end):
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
            is_change = self.change(start.lane_key, follower) is not None
            if is_change and not self._has_room_to_change(start, end, path):
                continue
            if length_m < best_m:
                best, best_m = [start.lane_key, *path], length_m
        if best is None:
            raise WorldError(
                f'no way leads from ({start.pose_map.x_m:.1f}, {start.pose_map.y_m:.1f}) to '
                f'({end.pose_map.x_m:.1f}, {end.pose_map.y_m:.1f}); choose other waypoints'
            )
        return best

    def _add_lane(self, entry: LanePoint) -> None:
        if entry.lane_key in self._lanes:
            return
        points = (entry, *self._map.until_lane_end(entry, SAMPLING_M))
        # The library may give points of the next lane at the end.
        own = [p for p in points if p.lane_key == entry.lane_key]
        self._lanes[entry.lane_key] = tuple(own)
        self._graph.add_node(entry.lane_key)

    def _add_changes(self, key: LaneKey) -> None:
        points = self._lanes[key]
        if self._length_m(key) < self.change_length_m(key) + LANE_CHANGE_LEAST_ROOM_M:
            return
        middle = points[len(points) // 2]
        sides = (
            (middle.can_change_left, self._map.left(middle), RoadOption.CHANGE_LANE_LEFT),
            (middle.can_change_right, self._map.right(middle), RoadOption.CHANGE_LANE_RIGHT),
        )
        for allowed, beside, option in sides:
            if allowed and beside is not None and beside.lane_key in self._lanes:
                self._graph.add_edge(key, beside.lane_key, cost=LANE_CHANGE_COST_M, change=option)

    def _length_m(self, key: LaneKey) -> float:
        return SAMPLING_M * len(self._lanes[key])

    def _is_ahead(self, start: LanePoint, end: LanePoint) -> bool:
        key = start.lane_key
        return self.nearest_index(key, end) > self.nearest_index(key, start)

    def _has_room_to_change(self, start: LanePoint, end: LanePoint, path: list[LaneKey]) -> bool:
        """Return whether the way has room for a lane change out of its first lane."""
        points = self._lanes[start.lane_key]
        ends_beside = len(path) == 1
        last = self.nearest_index(path[0], end) if ends_beside else len(points) - 1
        room_m = (last - self.nearest_index(start.lane_key, start)) * SAMPLING_M
        return room_m > self.change_length_m(start.lane_key) + LANE_CHANGE_MARGIN_M
