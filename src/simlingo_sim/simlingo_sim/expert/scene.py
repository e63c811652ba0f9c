# SPDX-License-Identifier: Apache-2.0
"""The scene of one tick: all actors relative to the expert's route."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.geometry import wrap_angle_rad
from simlingo_sim.expert.dense_route import SPACING_M, DenseRoute
from simlingo_sim.situations.situation import Way
from simlingo_sim.state import DOOR_M, ActorState, WorldState

SIGHT_AHEAD_M = 220.0
SIGHT_BEHIND_M = 60.0
STANDING_SIGHT_M = 90.0


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """One actor relative to the route.

    Attributes:
        actor: state of the actor.
        ahead_m: distance along the route from the ego's centre to the actor's centre.
        left_m: lateral offset of the actor's centre to the unshifted route.
        low_m, high_m: lateral offsets of its rightmost and leftmost corner, an open door
            included.
        start_m, end_m: distance along the route to its nearest and farthest corner.
        turn_rad: its heading relative to the heading of the route beside it.
        yaw_rate_radps: yaw rate, estimated from the last tick.
        acceleration_mps2: acceleration, estimated from the last tick.
    """

    actor: ActorState
    ahead_m: float
    left_m: float
    low_m: float
    high_m: float
    start_m: float
    end_m: float
    turn_rad: float
    yaw_rate_radps: float
    acceleration_mps2: float

    @property
    def along_mps(self) -> float:
        """Speed along the route, negative for oncoming actors."""
        return self.actor.speed_mps * math.cos(self.turn_rad)

    @property
    def is_same_way(self) -> bool:
        """Whether it heads along the route within 35 degrees."""
        return abs(self.turn_rad) < math.radians(35.0)

    @property
    def is_oncoming(self) -> bool:
        """Whether it heads against the route within 60 degrees."""
        return abs(self.turn_rad) > math.radians(120.0)

    def gap_beside_m(self, offset_m: float, half_width_m: float) -> float:
        """Return the lateral gap to a car on the route shifted by ``offset_m``."""
        return max(self.low_m - offset_m, offset_m - self.high_m) - half_width_m


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Everything the expert's rules need at one tick.

    Attributes:
        state: state of the world.
        route: the expert's route; its index is the position of the ego.
        neighbours: all actors within range.
        passable_ids: ids of actors that must be passed and not waited for.
        ways: ways of vehicles that cross the ego's way, by id, where they are known.
    """

    state: WorldState
    route: DenseRoute
    neighbours: tuple[Neighbour, ...]
    passable_ids: frozenset[int] = frozenset()
    ways: Mapping[int, Way] = field(default_factory=dict)

    @property
    def ego(self) -> ActorState:
        """State of the ego car."""
        return self.state.ego

    def offset_at(self, ahead_m: float) -> float:
        """Return the shift of the route at a distance ahead of the ego."""
        index = self.route.index + round(ahead_m / SPACING_M)
        return float(self.route.offsets_m[min(max(index, 0), len(self.route) - 1)])


class SceneReader:
    """Builds scenes; keeps the last tick to estimate yaw rates and accelerations."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[float, float, float]] = {}
        self._last_t_s = -math.inf

    def read(
        self,
        state: WorldState,
        route: DenseRoute,
        passable_ids: frozenset[int] = frozenset(),
        ways: Mapping[int, Way] = MappingProxyType({}),
    ) -> Scene:
        """Return the scene of this tick."""
        ego = state.ego
        near = [a for a in state.actors if _distance_m(a, ego) < _sight_m(a)]
        neighbours = self._locate(near, route, state.t_s) if near else ()
        if state.t_s > self._last_t_s:
            self._last = {a.id: (a.pose_map.yaw_rad, a.speed_mps, state.t_s) for a in near}
            self._last_t_s = state.t_s
        return Scene(
            state=state,
            route=route,
            neighbours=neighbours,
            passable_ids=passable_ids,
            ways=ways,
        )

    def _locate(
        self, actors: list[ActorState], route: DenseRoute, t_s: float
    ) -> tuple[Neighbour, ...]:
        centres = np.array([a.pose_map.position_m for a in actors])
        ahead, left = route.locate(centres, behind_m=SIGHT_BEHIND_M, ahead_m=SIGHT_AHEAD_M)
        found = []
        for actor, ahead_m, left_m in zip(actors, ahead, left, strict=True):
            index = min(max(route.index + round(ahead_m / SPACING_M), 0), len(route) - 1)
            turn = wrap_angle_rad(actor.pose_map.yaw_rad - float(route.headings_rad[index]))
            reach = _half_reach(actor, turn)
            door_m = _door_m(actor) * math.cos(turn)
            yaw_rate, acceleration = self._rates(actor, t_s)
            found.append(
                Neighbour(
                    actor=actor,
                    ahead_m=float(ahead_m),
                    left_m=float(left_m),
                    low_m=float(left_m - reach[1] + min(door_m, 0.0)),
                    high_m=float(left_m + reach[1] + max(door_m, 0.0)),
                    start_m=float(ahead_m - reach[0]),
                    end_m=float(ahead_m + reach[0]),
                    turn_rad=turn,
                    yaw_rate_radps=yaw_rate,
                    acceleration_mps2=acceleration,
                )
            )
        return tuple(found)

    def _rates(self, actor: ActorState, t_s: float) -> tuple[float, float]:
        last = self._last.get(actor.id)
        if last is None or not 0.0 < t_s - last[2] <= 4 * TICK_PERIOD_S:
            return 0.0, 0.0
        dt_s = t_s - last[2]
        yaw_rate = wrap_angle_rad(actor.pose_map.yaw_rad - last[0]) / dt_s
        return yaw_rate, (actor.speed_mps - last[1]) / dt_s


def _sight_m(actor: ActorState) -> float:
    """Return the range for an actor: large for moving ones, small for standing ones."""
    return SIGHT_AHEAD_M if actor.speed_mps > 0.0 else STANDING_SIGHT_M


def _door_m(actor: ActorState) -> float:
    """Return the reach of an open door to the left; one that begins to open will open wide."""
    return math.copysign(DOOR_M, actor.open_door_rad) if actor.open_door_rad else 0.0


def _half_reach(actor: ActorState, turn_rad: float) -> NDArray[np.float64]:
    """Return the half sizes of the bounding box along and across the route, shape (2,)."""
    cosine, sine = abs(math.cos(turn_rad)), abs(math.sin(turn_rad))
    length, width = actor.extent_m[0], actor.extent_m[1]
    return np.array([cosine * length + sine * width, sine * length + cosine * width])


def _distance_m(a: ActorState, b: ActorState) -> float:
    return math.hypot(a.pose_map.x_m - b.pose_map.x_m, a.pose_map.y_m - b.pose_map.y_m)
