# SPDX-License-Identifier: Apache-2.0
"""The stage: what situations act on, and the actors they control."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from simlingo_core.errors import WorldError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.geometry import Pose2
from simlingo_core.route import Route
from simlingo_sim.actor_catalog import MODELS, STRIDE_M, pick_look
from simlingo_sim.state import ActorKind, ActorState, LightState, TrafficLight
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import LaneKind, Town

FIRST_SCRIPTED_ID = 3001
GAP_AHEAD_M = 12.0
CORRIDOR_M = 1.5


@dataclass(kw_only=True)
class ScriptedActor:
    """An actor that stands, or moves along a path at a commanded speed.

    Attributes:
        id, kind, type_id, color_rgb, extent_m: see ``ActorState``.
        path: path it moves along; None: it stands.
        arc_m: position of its centre along the path.
        lateral_m: lateral offset to the path, positive to the left.
        pose_map: its pose; follows from the path if there is one.
        speed_mps: current speed.
        target_mps: commanded speed.
        acceleration_mps2, deceleration_mps2: limits of the change of speed.
        keeps_distance: whether it brakes for traffic ahead on its path (never for the ego).
        has_hazard_lights: whether its hazard lights blink.
        has_blue_lights, open_door_rad: see ``ActorState``.
        blinks_left, blinks_right: whether an indicator blinks.
        walked_m: distance walked, for the gait of pedestrians.
    """

    id: int
    kind: ActorKind
    type_id: str
    color_rgb: tuple[int, int, int]
    extent_m: tuple[float, float, float]
    pose_map: Pose2
    path: Route | None = None
    arc_m: float = 0.0
    lateral_m: float = 0.0
    speed_mps: float = 0.0
    target_mps: float = 0.0
    acceleration_mps2: float = 2.5
    deceleration_mps2: float = 6.0
    keeps_distance: bool = False
    has_hazard_lights: bool = False
    has_blue_lights: bool = False
    open_door_rad: float = 0.0
    blinks_left: bool = False
    blinks_right: bool = False
    walked_m: float = 0.0

    @property
    def is_at_end(self) -> bool:
        """Whether it has reached the end of its path."""
        return self.path is not None and self.arc_m >= self.path.length_m - 0.1

    def move(self, tick: int) -> None:
        """Advance one tick."""
        change = self.target_mps - self.speed_mps
        self.speed_mps += min(
            max(change, -self.deceleration_mps2 * TICK_PERIOD_S),
            self.acceleration_mps2 * TICK_PERIOD_S,
        )
        if self.path is None:
            return
        self.arc_m = min(self.arc_m + self.speed_mps * TICK_PERIOD_S, self.path.length_m)
        self.walked_m += self.speed_mps * TICK_PERIOD_S
        self.pose_map = pose_on(self.path, self.arc_m, self.lateral_m)
        if self.is_at_end:
            self.speed_mps = self.target_mps = 0.0

    def state(self, t_s: float) -> ActorState:
        """Return its state at a time."""
        is_lit = math.fmod(t_s, 0.8) < 0.4
        is_walking = self.kind.is_walker
        phase = math.fmod(2 * math.pi * self.walked_m / STRIDE_M, 2 * math.pi)
        return ActorState(
            id=self.id,
            kind=self.kind,
            type_id=self.type_id,
            role='scenario',
            pose_map=self.pose_map,
            speed_mps=self.speed_mps,
            extent_m=self.extent_m,
            is_braking=self.kind.is_vehicle and self.target_mps < self.speed_mps - 0.05,
            blinks_left=is_lit and (self.has_hazard_lights or self.blinks_left),
            blinks_right=is_lit and (self.has_hazard_lights or self.blinks_right),
            has_blue_lights=self.has_blue_lights,
            open_door_rad=self.open_door_rad,
            color_rgb=self.color_rgb,
            walk_phase=phase if is_walking else 0.0,
        )


class StagedTraffic(Protocol):
    """What situations ask of the traffic: SUMO in the embedded world, others on a server."""

    def clear(self, places_map_m: NDArray[np.float64], radius_m: float) -> None:
        """Remove all vehicles within ``radius_m`` of one of the places, shape (n, 2)."""
        ...

    def hold_light(self, light: TrafficLight, wanted: LightState) -> None:
        """Let a light show this until it is released."""
        ...

    def release_light(self, light: TrafficLight) -> None:
        """Let a junction continue its program."""
        ...

    def add_vehicle(
        self, kind: ActorKind, edges: Sequence[str], lane_index: int, at_m: float, speed_mps: float
    ) -> int:
        """Insert one vehicle that drives along ``edges`` and return its id."""
        ...

    def command_speed(self, actor_id: int, speed_mps: float | None, decel_mps2: float) -> None:
        """Command the speed of such a vehicle; None: it becomes ordinary traffic."""
        ...


@dataclass(kw_only=True)
class Stage:
    """What situations may read and control.

    Attributes:
        town: the town.
        planned: the planned route.
        traffic: SUMO; None where the town has no network.
        rng: source of random numbers for situations.
        ego: state of the ego.
        ego_arc_m: position of the ego along the route.
        tick, t_s: current tick and simulation time.
        others: traffic and parked cars at the last tick.
        parked: parked cars and street furniture.
        actors: actors that situations control, by id.
    """

    town: Town
    planned: PlannedRoute
    traffic: StagedTraffic | None
    rng: np.random.Generator
    ego: ActorState
    ego_arc_m: float = 0.0
    tick: int = 0
    t_s: float = 0.0
    others: tuple[ActorState, ...] = ()
    parked: tuple[ActorState, ...] = ()
    actors: dict[int, ScriptedActor] = field(default_factory=dict)
    _next_id: int = FIRST_SCRIPTED_ID

    def spawn(
        self,
        kind: ActorKind,
        pose_map: Pose2,
        *,
        path: Route | None = None,
        arc_m: float = 0.0,
        lateral_m: float = 0.0,
    ) -> ScriptedActor:
        """Add an actor to the world.

        Args:
            kind: kind of the actor.
            pose_map: its pose, if it has no path.
            path: path it moves along; None: it stands.
            arc_m: start along the path.
            lateral_m: lateral offset to the path, positive to the left.

        Raises:
            WorldError: it would overlap another actor.
        """
        look = pick_look(kind, self.rng)
        actor = ScriptedActor(
            id=self._next_id,
            kind=kind,
            type_id=look.type_id,
            color_rgb=look.color_rgb,
            extent_m=MODELS[kind].extent_m,
            pose_map=pose_map,
            path=path,
            arc_m=arc_m,
            lateral_m=lateral_m,
        )
        if path is not None:
            actor.pose_map = pose_on(path, arc_m, lateral_m)
        check_free(actor.state(self.t_s), [self.ego, *self.others, *self.states()])
        self._next_id += 1
        self.actors[actor.id] = actor
        return actor

    def remove(self, actor: ScriptedActor) -> None:
        """Remove an actor from the world."""
        del self.actors[actor.id]

    def clear_parked(self, places_map_m: NDArray[np.float64], radius_m: float) -> None:
        """Remove parked cars and furniture within ``radius_m`` of one of the places, (n, 2)."""

        def is_kept(actor: ActorState) -> bool:
            gaps_m = np.hypot(*(places_map_m - actor.pose_map.position_m).T)
            return bool(gaps_m.min() > radius_m)

        gone = {actor.id for actor in self.parked if not is_kept(actor)}
        self.parked = tuple(actor for actor in self.parked if actor.id not in gone)
        self.others = tuple(actor for actor in self.others if actor.id not in gone)

    def states(self) -> list[ActorState]:
        """Return the states of all actors of situations, sorted by id."""
        return [self.actors[key].state(self.t_s) for key in sorted(self.actors)]

    def move(self) -> None:
        """Advance the actors one tick."""
        for key in sorted(self.actors):
            actor = self.actors[key]
            if actor.keeps_distance and actor.path is not None:
                target_mps = actor.target_mps
                actor.target_mps = min(target_mps, self.speed_behind_others(actor))
                actor.move(self.tick)
                actor.target_mps = target_mps
            else:
                actor.move(self.tick)

    def speed_behind_others(self, actor: ScriptedActor) -> float:
        """Return the highest speed that keeps an actor behind vehicles on its path."""
        path = actor.path
        if path is None:
            return math.inf
        slowest = math.inf
        for other in (*self.others, *self.states()):
            if other.id == actor.id or not other.kind.is_vehicle or other.role == 'parked':
                continue
            gap = other.pose_map.position_m - actor.pose_map.position_m
            if float(np.hypot(*gap)) > 40.0:
                continue
            arc, lateral = path.project(other.pose_map.position_m, actor.arc_m, 45.0)
            ahead = arc - actor.arc_m - other.extent_m[0] - actor.extent_m[0]
            if arc > actor.arc_m and abs(lateral) < CORRIDOR_M and ahead < GAP_AHEAD_M:
                slowest = min(slowest, max(0.0, other.speed_mps + 0.8 * (ahead - 3.0)))
        return slowest


def pose_on(path: Route, arc_m: float, lateral_m: float = 0.0) -> Pose2:
    """Return the pose along a path, shifted to the left by ``lateral_m``."""
    place = path.position_at(arc_m)
    base = Pose2(float(place[0]), float(place[1]), float(path.heading_at(arc_m)))
    x_m, y_m = base.transform([0.0, lateral_m])
    return Pose2(float(x_m), float(y_m), base.yaw_rad)


def check_free(actor: ActorState, others: list[ActorState]) -> None:
    """Check that a new actor overlaps no other.

    Raises:
        WorldError: it overlaps one.
    """
    box = shapely.Polygon(actor.corners_map_m())
    for other in others:
        gap = other.pose_map.position_m - actor.pose_map.position_m
        if float(np.hypot(*gap)) > actor.extent_m[0] + other.extent_m[0] + 1.0:
            continue
        if box.intersects(shapely.Polygon(other.corners_map_m())):
            raise WorldError(
                f'a {actor.kind.value} at {actor.pose_map} would stand inside actor {other.id} '
                f'({other.kind.value}); choose another place'
            )


def edges_along(town: Town, points_map_m: NDArray[np.float64]) -> tuple[str, ...]:
    """Return the ids of the edges that a line follows, in order, without junctions."""
    lanes = [lane for lane in town.lanes if lane.kind is LaneKind.DRIVING]
    tree = shapely.STRtree([shapely.LineString(lane.centre_map_m) for lane in lanes])
    edges: list[str] = []
    for index in tree.nearest(shapely.points(points_map_m)):
        lane = lanes[int(index)]
        if not lane.in_junction and (not edges or edges[-1] != lane.edge_id):
            edges.append(lane.edge_id)
    return tuple(edges)
