# SPDX-License-Identifier: Apache-2.0
"""Passing obstacles on the lane: decide, wait for a gap, shift the route."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from simlingo_sim.expert.config import ExpertConfig
from simlingo_sim.expert.dense_route import SPACING_M
from simlingo_sim.expert.leaders import OBSTACLE_GAP, Leader
from simlingo_sim.expert.reason import RouteAction
from simlingo_sim.expert.scene import Neighbour, Scene

IN_WAY_M = 0.35
GROUP_GAP_M = 14.0
GROUP_BESIDE_M = 1.6
STILL_MPS = 0.1
SLOW_MPS = 5.0
AHEAD_OF_SLOW_M = 4.0
LEAST_TRANSITION_M = 5.0
ACCELERATION_MPS2 = 1.8
BEHIND_HEADWAY_S = 3.0
BEHIND_GAP_M = 6.0
BESIDE_M = 0.3
ONCOMING_GAP_M = 10.0
LANE_TOLERANCE_M = 0.2
GIVE_UP_GAP_M = 4.0
GIVE_UP_BRAKING_MPS2 = 4.0


@dataclass(frozen=True, kw_only=True)
class ObstacleView:
    """Obstacles at one tick.

    Attributes:
        leader: the obstacle to wait behind, None if there is none.
        ids: ids of the obstacles that are waited for or passed.
        action: passing, returning or waiting; None: no obstacle.
    """

    leader: Leader | None = None
    ids: tuple[int, ...] = ()
    action: RouteAction | None = None


@dataclass(frozen=True, kw_only=True)
class _Group:
    ids: tuple[int, ...]
    kind: str
    start_m: float
    end_m: float
    low_m: float
    high_m: float
    speed_mps: float


@dataclass(frozen=True, kw_only=True)
class _Pass:
    ids: tuple[int, ...]
    last: int
    end: int
    offset_m: float


class ObstaclePasser:
    """Shifts the expert's route around standing obstacles, one group at a time.

    Args:
        config: parameters of the expert.
    """

    def __init__(self, config: ExpertConfig) -> None:
        self._config = config
        self._pass: _Pass | None = None

    @property
    def is_passing(self) -> bool:
        """Whether an obstacle is being passed."""
        return self._pass is not None

    def view(self, scene: Scene) -> ObstacleView:
        """Return the obstacles at one tick; may shift the route."""
        if self._pass is not None:
            self._pass = self._follow(scene, self._pass)
            if self._gives_up(scene, self._pass):
                scene.route.drop_shift(self._pass.end, self._config.transition_m)
                self._pass = None
        if self._pass is not None:
            index = scene.route.index
            if index < self._pass.end:
                returning = index > self._pass.last
                action = RouteAction.RETURN_TO_LANE if returning else RouteAction.PASS_OBSTACLE
                return ObstacleView(ids=self._pass.ids, action=action)
            self._pass = None
        group = self._next_group(scene)
        if group is None:
            return ObstacleView()
        offset_m = self._offset(scene, group)
        if self._is_free(scene, group, offset_m):
            self._shift(scene, group, offset_m)
            return ObstacleView(ids=group.ids, action=RouteAction.PASS_OBSTACLE)
        return ObstacleView(
            leader=Leader(
                kind=group.kind,
                id=group.ids[0],
                distance_m=group.start_m,
                speed_mps=0.0,
                length_m=scene.ego.extent_m[0] + 0.75 * self._config.transition_m,
                gap=OBSTACLE_GAP,
            ),
            ids=group.ids,
            action=RouteAction.WAIT_FOR_GAP,
        )

    def _next_group(self, scene: Scene) -> _Group | None:
        """Return the nearest obstacle, with those directly behind it."""
        half_m = scene.ego.extent_m[1]
        standing = [
            n
            for n in scene.neighbours
            if is_obstacle(scene, n) and n.start_m > scene.ego.extent_m[0] * 0.5
        ]
        standing.sort(key=lambda n: n.start_m)
        blocking = [n for n in standing if n.gap_beside_m(0.0, half_m) < IN_WAY_M]
        if not blocking or blocking[0].start_m > self._config.obstacle_range_m:
            return None
        group = [blocking[0]]
        for neighbour in standing:
            # Cars in the parking strip are near the lane everywhere and are passed anyway.
            reach_m = IN_WAY_M if neighbour.actor.role == 'parked' else GROUP_BESIDE_M
            beside = neighbour.gap_beside_m(0.0, half_m) < reach_m
            near = neighbour.start_m - max(n.end_m for n in group) < GROUP_GAP_M
            if neighbour is not group[0] and near and beside:
                group.append(neighbour)
        return _Group(
            ids=tuple(n.actor.id for n in group),
            kind=str(group[0].actor.kind),
            start_m=min(n.start_m for n in group),
            end_m=max(n.end_m for n in group),
            low_m=min(n.low_m for n in group),
            high_m=max(n.high_m for n in group),
            speed_mps=max(n.actor.speed_mps for n in group),
        )

    def _offset(self, scene: Scene, group: _Group) -> float:
        """Return the smaller shift that passes the group; to the right only within the lane."""
        room_m = self._config.obstacle_clearance_m + scene.ego.extent_m[1]
        left_m, right_m = group.high_m + room_m, group.low_m - room_m
        stays = self._stays_in_lane(scene, right_m)
        return right_m if stays and abs(right_m) < abs(left_m) else left_m

    def _stays_in_lane(self, scene: Scene, offset_m: float) -> bool:
        half_lane_m = 0.5 * float(scene.route.widths_m[scene.route.index])
        return abs(offset_m) + scene.ego.extent_m[1] < half_lane_m + LANE_TOLERANCE_M

    def _is_free(self, scene: Scene, group: _Group, offset_m: float) -> bool:
        """Return whether the space beside the obstacle stays free while it is passed."""
        if self._stays_in_lane(scene, offset_m):
            return True
        length_m = group.end_m + scene.ego.extent_m[0] + self._config.transition_m
        length_m += self._drift_m(group)
        duration_s = self._duration_s(scene, length_m)
        return all(
            self._leaves_room(scene, n, offset_m, length_m, duration_s)
            for n in scene.neighbours
            if n.actor.kind.is_vehicle and n.actor.id not in group.ids
        )

    def _duration_s(self, scene: Scene, length_m: float) -> float:
        """Return the time the ego takes, from its current speed with moderate acceleration."""
        speed, top = scene.ego.speed_mps, self._config.passing_speed_mps
        speed = min(speed, top)
        gaining_s = (top - speed) / ACCELERATION_MPS2
        gaining_m = 0.5 * (speed + top) * gaining_s
        if gaining_m >= length_m:
            end_mps = math.sqrt(speed**2 + 2.0 * ACCELERATION_MPS2 * length_m)
            return (end_mps - speed) / ACCELERATION_MPS2
        return gaining_s + (length_m - gaining_m) / top

    def _leaves_room(
        self, scene: Scene, n: Neighbour, offset_m: float, length_m: float, duration_s: float
    ) -> bool:
        if n.gap_beside_m(offset_m, scene.ego.extent_m[1]) > BESIDE_M:
            return True
        if n.is_oncoming:
            if n.end_m < -scene.ego.extent_m[0]:
                return True
            margin_s = duration_s + self._config.oncoming_margin_s
            return n.start_m - n.actor.speed_mps * margin_s > length_m + ONCOMING_GAP_M
        if n.ahead_m < 0.0 and n.is_same_way:
            gap_m = -n.end_m - scene.ego.extent_m[0]
            closing_mps = max(0.0, n.actor.speed_mps - scene.ego.speed_mps)
            return gap_m > BEHIND_GAP_M + BEHIND_HEADWAY_S * closing_mps
        # Another vehicle stands or crosses in that space.
        return n.start_m > length_m

    def _shift(self, scene: Scene, group: _Group, offset_m: float) -> None:
        route, half_m = scene.route, scene.ego.extent_m[0]
        to_start_m = group.start_m - half_m - 0.5
        transition_m = min(self._config.transition_m, max(LEAST_TRANSITION_M, to_start_m))
        first = route.index + round(max(to_start_m, 0.0) / SPACING_M)
        end_m = group.end_m + self._drift_m(group)
        last = route.index + round((end_m + half_m + 0.5) / SPACING_M)
        route.shift(first, last, offset_m, transition_m)
        end = last + round(0.8 * transition_m / SPACING_M)
        self._pass = _Pass(ids=group.ids, last=last, end=end, offset_m=offset_m)

    def _gives_up(self, scene: Scene, passed: _Pass) -> bool:
        """Return whether somebody comes towards an ego that has not left its lane yet.

        A vehicle that came into sight, or set off, after passing began would meet it head to head.
        """
        beside = [n for n in scene.neighbours if n.actor.id in passed.ids]
        if not beside or self._stays_in_lane(scene, passed.offset_m):
            return False
        offset_m, half_m = scene.offset_at(0.0), scene.ego.extent_m[0]
        start_m = min(n.start_m for n in beside) - half_m
        stops_m = scene.ego.speed_mps**2 / (2.0 * GIVE_UP_BRAKING_MPS2)
        if not self._stays_in_lane(scene, offset_m) or start_m < stops_m + OBSTACLE_GAP.distance_m:
            return False
        length_m = (passed.last - scene.route.index) * SPACING_M
        duration_s = self._duration_s(scene, length_m)
        return any(
            n.is_oncoming
            and n.actor.id not in passed.ids
            and n.end_m > 0.0
            and n.gap_beside_m(passed.offset_m, scene.ego.extent_m[1]) < BESIDE_M
            and n.start_m - n.actor.speed_mps * duration_s < length_m + GIVE_UP_GAP_M
            for n in scene.neighbours
        )

    def _drift_m(self, group: _Group) -> float:
        """Return how far a slow group moves on while it is passed."""
        closing_mps = max(self._config.passing_speed_mps - group.speed_mps, 1.0)
        return group.speed_mps * max(group.end_m, 0.0) / closing_mps

    def _follow(self, scene: Scene, passed: _Pass) -> _Pass:
        """Return the pass, longer where those that are passed have moved on."""
        half_m = scene.ego.extent_m[0]
        beside = [
            n.end_m
            for n in scene.neighbours
            if n.actor.id in passed.ids and n.actor.speed_mps > STILL_MPS and n.end_m > -half_m
        ]
        if not beside:
            return passed
        last = scene.route.index + round((max(beside) + half_m + AHEAD_OF_SLOW_M) / SPACING_M)
        if last <= passed.last:
            return passed
        transition_m = self._config.transition_m
        scene.route.shift(passed.last, last, passed.offset_m, transition_m)
        return replace(passed, last=last, end=last + round(0.8 * transition_m / SPACING_M))


def is_obstacle(scene: Scene, neighbour: Neighbour) -> bool:
    """Return whether an actor stands, or must be passed and is slow."""
    actor = neighbour.actor
    if actor.speed_mps > STILL_MPS:
        is_slow = actor.speed_mps < SLOW_MPS and neighbour.is_same_way
        return is_slow and actor.id in scene.passable_ids
    return actor.kind.is_static or actor.role == 'parked' or actor.id in scene.passable_ids
