# SPDX-License-Identifier: Apache-2.0
"""Turns by words: a new route from where the car is, over the junction that is meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import WorldError
from simlingo_core.geometry import Pose2, wrap_angle_rad
from simlingo_core.intents import Direction, Turn
from simlingo_sim.town.carla_map import CarlaMap, LanePoint
from simlingo_sim.town.lane_graph import SAMPLING_M, LaneGraph, LaneKey
from simlingo_sim.town.route_planner import TURN_THRESHOLD_RAD, PlannedRoute, RoutePlanner

BRAKING_MPS2 = 2.0
REACTION_M = 5.0
LANE_CHANGE_ROOM_M = 40.0
DETOUR_M = 40.0
AFTER_M = 25.0
ONWARD_M = 250.0
FARTHEST_M = 600.0
JUNCTION_M = 20.0
MOST_LANES = 60


@dataclass(frozen=True)
class _Exit:
    """A way over a junction: where it leads, and the first lane behind it."""

    direction: Direction
    lane: LaneKey


class TurnPlanner:
    """Finds the junction that a turn by words means, and plans the route over it.

    Args:
        carla_map: the map.
        planner: of routes on it.
    """

    def __init__(self, carla_map: CarlaMap, planner: RoutePlanner) -> None:
        self._map, self._planner = carla_map, planner
        self._graph: LaneGraph = planner.graph

    def plan(
        self,
        ego_map: Pose2,
        speed_mps: float,
        turn: Turn,
        goal_map_m: NDArray[np.float64],
    ) -> tuple[PlannedRoute, str]:
        """Return the new route and what the car will do, in words.

        The old goal stays, if a way leads there; else the route goes on straight.

        Args:
            ego_map: pose of the car.
            speed_mps: of the car; a junction nearer than its way to brake is not the next one.
            turn: that is asked for.
            goal_map_m: end of the route so far, shape (2,).

        Raises:
            WorldError: no junction ahead lets the car turn so, or no way leads on.
        """
        here = self._map.lane_point(*ego_map.position_m)
        start = ego_map.position_m
        if turn.direction is Direction.AROUND:
            return self._around(here, start)
        needed_m = REACTION_M + speed_mps**2 / (2.0 * BRAKING_MPS2)
        lane, distance_m, passed_map_m = self._exit(here, turn, needed_m)
        points = self._graph.lane(lane)
        behind = points[min(round(AFTER_M / SAMPLING_M), len(points) - 1)].pose_map.position_m
        onward = self._onward(lane)
        for goal in (goal_map_m, onward):
            try:
                planned = self._planner.plan(np.array([start, *passed_map_m, behind, goal]))
            except WorldError:
                continue
            passed_m = float(planned.route.project(behind)[0])
            if passed_m < distance_m + AFTER_M + DETOUR_M:
                way = 'go straight on' if turn.direction is Direction.STRAIGHT else 'turn'
                side = '' if turn.direction is Direction.STRAIGHT else f' {turn.direction.value}'
                return planned, f'I {way}{side} in {distance_m:.0f} m.'
        raise WorldError(f'no way leads on behind the junction where the car could {turn.words}')

    def _around(self, here: LanePoint, start: NDArray[np.float64]) -> tuple[PlannedRoute, str]:
        opposing = self._map.opposing(here)
        if opposing is None:
            raise WorldError('this street has no lane in the other direction; say it elsewhere')
        planned = self._planner.plan(np.array([start, opposing.pose_map.position_m]))
        return planned, f'I turn around; that takes {planned.route.length_m:.0f} m.'

    def _exit(
        self, here: LanePoint, turn: Turn, needed_m: float
    ) -> tuple[LaneKey, float, list[NDArray[np.float64]]]:
        """Return the lane behind the junction that is meant, how far it is, and places before."""
        lane = here.lane_key
        length = len(self._graph.lane(lane))
        distance_m = (length - self._graph.nearest_index(lane, here)) * SAMPLING_M
        count = 0
        passed_map_m: list[NDArray[np.float64]] = []
        for _ in range(MOST_LANES):
            exits = [] if self._is_junction(lane) else list(self._exits(lane))
            own = [way for way in exits if way.direction is turn.direction]
            beside = [
                way
                for other in self._graph.beside(lane)
                if distance_m > needed_m + LANE_CHANGE_ROOM_M
                for way in self._exits(other)
                if way.direction is turn.direction
            ]
            if (own or beside) and distance_m > needed_m:
                count += 1
                if count == turn.ordinal:
                    return (own or beside)[0].lane, distance_m, passed_map_m
            following = self._following(lane, exits)
            if following is None:
                break
            if exits:
                distance_m += JUNCTION_M
            lane = following
            points = self._graph.lane(lane)
            distance_m += len(points) * SAMPLING_M
            if distance_m > FARTHEST_M:
                break
            if not self._is_junction(lane):
                passed_map_m.append(points[len(points) // 2].pose_map.position_m)
        raise WorldError(f'no junction within {FARTHEST_M:.0f} m lets the car {turn.words}')

    def _exits(self, lane: LaneKey) -> Iterator[_Exit]:
        """Yield the ways over the junction at the end of a lane."""
        before_rad = self._graph.lane(lane)[-1].pose_map.yaw_rad
        open_keys = [key for key in self._graph.followers(lane) if self._is_junction(key)]
        while open_keys:
            key = open_keys.pop(0)
            if self._is_junction(key):
                open_keys += self._graph.followers(key)
                continue
            turned = wrap_angle_rad(self._graph.lane(key)[0].pose_map.yaw_rad - before_rad)
            direction = Direction.STRAIGHT
            if abs(turned) >= TURN_THRESHOLD_RAD:
                direction = Direction.LEFT if turned > 0.0 else Direction.RIGHT
            yield _Exit(direction, key)

    def _following(self, lane: LaneKey, exits: list[_Exit]) -> LaneKey | None:
        """Return the lane to walk on along: straight over junctions where that is possible."""
        straight = [way.lane for way in exits if way.direction is Direction.STRAIGHT]
        others = [way.lane for way in exits]
        found = straight or others or self._graph.followers(lane)
        return found[0] if found else None

    def _onward(self, lane: LaneKey) -> NDArray[np.float64]:
        """Return a place further on along a lane, straight over junctions."""
        walked_m = 0.0
        for _ in range(MOST_LANES):
            walked_m += len(self._graph.lane(lane)) * SAMPLING_M
            exits = [] if self._is_junction(lane) else list(self._exits(lane))
            following = self._following(lane, exits)
            if following is None or (walked_m > ONWARD_M and not self._is_junction(lane)):
                break
            lane = following
        points = self._graph.lane(lane)
        place: NDArray[np.float64] = points[len(points) // 2].pose_map.position_m
        return place

    def _is_junction(self, key: LaneKey) -> bool:
        return self._graph.lane(key)[0].is_junction
