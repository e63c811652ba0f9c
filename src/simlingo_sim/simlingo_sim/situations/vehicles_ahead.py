# SPDX-License-Identifier: Apache-2.0
"""Situations with a vehicle in the ego's lane: it brakes hard, blocks the lane, or is parked."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import WorldError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_sim.actor_catalog import MODELS
from simlingo_sim.situations.places import arc_within
from simlingo_sim.situations.situation import CodedSituation
from simlingo_sim.situations.stage import ScriptedActor, Stage, edges_along, pose_on
from simlingo_sim.state import ActorKind, ActorState
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import Lane, LaneKind, Town

STANDING_MPS = 0.3
LONGEST_WAIT_S = 60.0
HARD_BRAKE_MPS2 = 7.0
ORDINARY_BRAKE_MPS2 = 4.0
ALIGNED_WITHIN_M = 0.6
CRAWLING_MPS, LEAD_LIMIT_MPS = 3.0, 12.0
LOST_BEYOND_M = 30.0
FOLLOWED_WITHIN_M, FOLLOWED_BESIDE_M, FOLLOWED_MPS = 14.0, 2.0, 7.0


class LeadVehicleBrakes(CodedSituation):
    """A vehicle ahead brakes to a stop, waits, and continues."""

    name = 'lead_vehicle_brakes'
    summary = 'the car ahead brakes hard to a stop'
    drives_on_m = math.inf
    drives_ahead = True

    _gap_m = 18.0

    def __init__(self, arc_m: float) -> None:
        super().__init__(arc_m)
        self._lead_id: int | None = None
        self._hold_s = 0.0
        self._braked_s = 0.0

    @classmethod
    def find_place(
        cls, town: Town, planned: PlannedRoute, rng: np.random.Generator
    ) -> float | None:
        """Return a place with enough space to stop behind the vehicle before the next junction."""
        return arc_within(planned, rng, before_m=8.0, after_m=36.0, from_start_m=35.0)

    def actor_ids(self) -> tuple[int, ...]:
        """Return the id of the vehicle ahead."""
        return () if self._lead_id is None else (self._lead_id,)

    def begin(self, stage: Stage) -> None:
        """Place the vehicle in front of the ego."""
        self._hold_s = float(stage.rng.uniform(2.5, 5.0))
        start_m = stage.ego.extent_m[0] + self._gap_m
        kind = _pick_kind(stage)
        clear_route(stage, 0.0, start_m + 25.0)
        self._lead_id = add_on_route(stage, kind, start_m, 0.0)

    def step(self, stage: Stage) -> None:
        """Keep the distance until the place is reached, then brake."""
        traffic, lead_id = stage.traffic, self._lead_id
        if self.is_over or lead_id is None or traffic is None:
            return
        lead = actor_by_id(stage, lead_id)
        if lead is None:
            # SUMO does not report it before the first tick.
            return
        _, lateral_m = stage.planned.route.project(
            lead.pose_map.position_m, stage.ego_arc_m + self._gap_m
        )
        is_there = stage.ego_arc_m >= self.arc_m and abs(lateral_m) < ALIGNED_WITHIN_M
        if self._braked_s == 0.0 and not is_there:
            gap = float(np.hypot(*(lead.pose_map.position_m - stage.ego.pose_map.position_m)))
            gap -= lead.extent_m[0] + stage.ego.extent_m[0]
            speed = stage.ego.speed_mps + 0.5 * (self._gap_m - gap)
            # If a traffic light separates the two, it waits for the ego.
            least = CRAWLING_MPS if gap < LOST_BEYOND_M else 0.0
            if _is_followed(stage, lead):
                least = FOLLOWED_MPS
            speed = min(max(speed, least), LEAD_LIMIT_MPS)
            traffic.command_speed(lead_id, speed, ORDINARY_BRAKE_MPS2)
            return
        traffic.command_speed(lead_id, 0.0, HARD_BRAKE_MPS2)
        self._braked_s += TICK_PERIOD_S
        if lead.speed_mps < STANDING_MPS:
            self.has_happened = True
            self._hold_s -= TICK_PERIOD_S
        elif self._braked_s > 5.0:
            raise WorldError(f'the lead vehicle {lead_id} did not brake when commanded')
        if self._hold_s < 0.0:
            traffic.command_speed(lead_id, None, ORDINARY_BRAKE_MPS2)
            self.is_over = True


class BlockedLane(CodedSituation):
    """A vehicle stands in the lane behind a junction and continues after the ego has waited."""

    name = 'blocked_lane'
    summary = 'a standing vehicle blocks the lane and must be waited for'
    drives_on_m = math.inf

    def __init__(self, arc_m: float) -> None:
        super().__init__(arc_m)
        self._blocker_id: int | None = None
        self._hold_s = 0.0

    @classmethod
    def find_place(
        cls, town: Town, planned: PlannedRoute, rng: np.random.Generator
    ) -> float | None:
        """Return a place just behind a junction, else any place with enough space."""
        behind = [
            float(planned.route.arc_m[i]) + float(rng.uniform(12.0, 18.0))
            for i in np.flatnonzero(planned.is_junction[:-1] & ~planned.is_junction[1:])
        ]
        last = planned.route.length_m - 25.0
        fitting = [arc for arc in behind if 40.0 < arc < last]
        if fitting:
            return fitting[int(rng.integers(len(fitting)))]
        return arc_within(planned, rng, before_m=30.0, after_m=20.0, from_start_m=45.0)

    def closed_edges(self, town: Town, planned: PlannedRoute) -> tuple[str, ...]:
        """Return the edges before it, so that no vehicle queues between it and the ego."""
        return edges_near(town, planned, self.arc_m - 30.0, self.arc_m)

    def actor_ids(self) -> tuple[int, ...]:
        """Return the id of the blocking vehicle."""
        return () if self._blocker_id is None else (self._blocker_id,)

    def begin(self, stage: Stage) -> None:
        """Place the vehicle in the lane."""
        self._hold_s = float(stage.rng.uniform(2.0, 5.0))
        kind = _pick_kind(stage)
        clear_route(stage, self.arc_m - 15.0, self.arc_m + 15.0)
        self._blocker_id = add_on_route(stage, kind, self.arc_m, 0.0)
        if stage.traffic is not None:
            stage.traffic.command_speed(self._blocker_id, 0.0, HARD_BRAKE_MPS2)

    def step(self, stage: Stage) -> None:
        """Continue once the ego has waited, or after two minutes."""
        traffic, blocker_id = stage.traffic, self._blocker_id
        if self.is_over or blocker_id is None or traffic is None:
            return
        left_m = self.arc_m - stage.ego_arc_m
        if left_m < 35.0:
            self.has_happened = True
        if left_m < 25.0 and stage.ego.speed_mps < STANDING_MPS:
            self._hold_s -= TICK_PERIOD_S
        if self._hold_s < 0.0 or stage.t_s > 2 * LONGEST_WAIT_S:
            traffic.command_speed(blocker_id, None, ORDINARY_BRAKE_MPS2)
            self.is_over = True


class ParkedObstacle(CodedSituation):
    """A parked vehicle blocks most of the lane and must be passed."""

    name = 'parked_obstacle'
    summary = 'a parked vehicle in the lane that must be passed'
    must_be_passed = True

    def __init__(self, arc_m: float) -> None:
        super().__init__(arc_m)
        self._obstacle: ScriptedActor | None = None

    @classmethod
    def find_place(
        cls, town: Town, planned: PlannedRoute, rng: np.random.Generator
    ) -> float | None:
        """Return a nearly straight place with enough space to pass, and a lane to the left."""
        arc = arc_within(
            planned, rng, before_m=32.0, after_m=32.0, from_start_m=45.0, straight=True
        )
        if arc is None:
            return None
        place = planned.route.position_at(arc)
        point = town.map.lane_point(float(place[0]), float(place[1]))
        beside = town.map.left(point) or town.map.opposing(point)
        return None if beside is None else arc

    def closed_edges(self, town: Town, planned: PlannedRoute) -> tuple[str, ...]:
        """Return the edges around it, so that no vehicle waits between it and the ego."""
        return edges_near(town, planned, self.arc_m - 5.0, self.arc_m + 5.0)

    def actor_ids(self) -> tuple[int, ...]:
        """Return the id of the parked vehicle."""
        return () if self._obstacle is None else (self._obstacle.id,)

    def begin(self, stage: Stage) -> None:
        """Park the vehicle at the right edge of the lane."""
        lateral_m = -float(stage.rng.uniform(0.4, 0.8))
        clear_route(stage, self.arc_m - 20.0, self.arc_m + 20.0)
        self._obstacle = stage.spawn(
            _pick_kind(stage), pose_on(stage.planned.route, self.arc_m, lateral_m)
        )
        self._obstacle.has_hazard_lights = True

    def step(self, stage: Stage) -> None:
        """Mark it as happened when the ego is near, and as over when the ego has passed."""
        self.has_happened = self.has_happened or abs(self.arc_m - stage.ego_arc_m) < 30.0
        self.is_over = self.is_over or stage.ego_arc_m > self.arc_m + 12.0


def _is_followed(stage: Stage, lead: ActorState) -> bool:
    """Return whether a vehicle of another situation is behind, which must not queue up."""
    for other in stage.actors.values():
        ahead_m, left_m = lead.pose_map.inverse_transform(other.pose_map.position_m)
        is_near = -FOLLOWED_WITHIN_M < ahead_m < 0.0 and abs(left_m) < FOLLOWED_BESIDE_M
        if other.kind.is_vehicle and other.path is not None and is_near:
            return True
    return False


def _pick_kind(stage: Stage) -> ActorKind:
    kinds = (ActorKind.CAR, ActorKind.SUV, ActorKind.VAN)
    return kinds[int(stage.rng.integers(len(kinds)))]


def actor_by_id(stage: Stage, actor_id: int) -> ActorState | None:
    """Return the state of an actor at the last tick, None if it is not there."""
    for actor in (*stage.others, *stage.states()):
        if actor.id == actor_id:
            return actor
    return None


def edges_near(
    town: Town, planned: PlannedRoute, first_m: float, last_m: float
) -> tuple[str, ...]:
    """Return the ids of the edges along a part of the route."""
    arcs = np.arange(max(first_m, 0.0), min(last_m, planned.route.length_m), 2.0)
    return edges_along(town, planned.route.position_at(arcs))


def clear_route(stage: Stage, first_m: float, last_m: float) -> None:
    """Remove traffic from a part of the route."""
    if stage.traffic is None:
        return
    arcs = np.arange(max(first_m, 0.0), min(last_m, stage.planned.route.length_m), 3.0)
    stage.traffic.clear(stage.planned.route.position_at(arcs), 5.0)


def add_on_route(stage: Stage, kind: ActorKind, arc_m: float, speed_mps: float) -> int:
    """Insert a vehicle with its centre at ``arc_m``, which SUMO drives along the route.

    Returns:
        Its id.

    Raises:
        WorldError: the town has no traffic, or SUMO did not insert it.
    """
    if stage.traffic is None:
        raise WorldError(f'{stage.town.name} has no traffic; choose a town with a network')
    route = stage.planned.route
    place = route.position_at(arc_m)
    lane, along_m = _lane_at(stage.town, place)
    later = route.position_at(np.arange(arc_m, route.length_m, 2.0))
    edges = edges_along(stage.town, later)
    if not edges or edges[0] != lane.edge_id:
        raise WorldError(f'({place[0]:.1f}, {place[1]:.1f}) is not on a street of the route')
    # SUMO counts to the front of the vehicle.
    from_front = along_m + MODELS[kind].extent_m[0]
    return stage.traffic.add_vehicle(kind, edges, lane.index, from_front, speed_mps)


def _lane_at(town: Town, place: NDArray[np.float64]) -> tuple[Lane, float]:
    best: tuple[float, Lane, float] | None = None
    for lane in town.lanes:
        if lane.kind is not LaneKind.DRIVING or lane.in_junction:
            continue
        away, along = lane.locate(place)
        if best is None or away < best[0]:
            best = (away, lane, along)
    if best is None:
        raise WorldError(f'{town.name} has no driving lane')
    return best[1], best[2]
