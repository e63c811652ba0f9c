# SPDX-License-Identifier: Apache-2.0
"""Road users that SUMO drives: insert them, give them new destinations, read their states."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import libsumo
import numpy as np

from simlingo_core.config import parameter, validate
from simlingo_core.errors import WorldError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.geometry import Pose2
from simlingo_sim.actor_catalog import MODELS, STRIDE_M, Look, pick_look
from simlingo_sim.state import ActorKind, ActorState
from simlingo_sim.town.town import LaneKind, Town
from simlingo_sim.traffic.turn_off import turn_off

FIRST_VEHICLE_ID = 100
FIRST_PERSON_ID = 1000
TRIES = 20
SHORTEST_STREET_M = 45.0
SIGNAL_RIGHT, SIGNAL_LEFT, SIGNAL_BRAKE = 1, 2, 8
ORDINARY_CLASSES = (
    'passenger', 'delivery', 'truck', 'bus', 'motorcycle', 'bicycle', 'emergency',
)  # fmt: skip
# SUMO's lane change modes: changes that the route needs; all kinds of changes.
ONLY_NEEDED_LANE_CHANGES, ALL_LANE_CHANGES = 513, 1621
KIND_SHARES = {
    ActorKind.CAR: 0.5,
    ActorKind.SUV: 0.25,
    ActorKind.VAN: 0.15,
    ActorKind.TRUCK: 0.1,
}
SPECIAL_SHARES = {
    ActorKind.BUS: 0.25,
    ActorKind.MOTORCYCLE: 0.25,
    ActorKind.BICYCLE: 0.3,
    ActorKind.AMBULANCE: 0.1,
    ActorKind.POLICE: 0.1,
}


@dataclass(frozen=True, kw_only=True)
class TrafficConfig:
    """Number of other road users."""

    vehicles: int = parameter(
        30, low=0, high=500, description='Number of moving cars, vans and trucks.'
    )
    pedestrians: int = parameter(10, low=0, high=500, description='Number of pedestrians.')
    special_share: float = parameter(
        0.0,
        low=0.0,
        high=1.0,
        description='Share of the vehicles that are buses, motorcycles, cyclists or of emergency.',
    )
    child_share: float = parameter(
        0.0, low=0.0, high=1.0, description='Share of the pedestrians that are children.'
    )
    dogs: int = parameter(0, low=0, high=100, description='Number of dogs on sidewalks.')

    def __post_init__(self) -> None:
        validate(self)


class Population:
    """Vehicles and pedestrians with random routes through the town.

    Args:
        town: the town; must have a network.
        rng: source of all random choices.
        closed_edges: ids of edges that ordinary traffic must not use.

    Raises:
        WorldError: all edges are closed.
    """

    def __init__(
        self, town: Town, rng: np.random.Generator, closed_edges: Sequence[str] = ()
    ) -> None:
        self._town, self._rng = town, rng
        self._looks: dict[str, Look] = {}
        self._kinds: dict[str, ActorKind] = {}
        self._staged: set[str] = set()
        self._walked_m: dict[str, float] = {}
        self._walker_kinds: dict[str, ActorKind] = {}
        lanes = [lane for lane in town.lanes if not lane.in_junction]
        # Where people set out; the pieces of a roundabout's ring are too short for that.
        long = {lane.edge_id for lane in lanes if lane.length_m > SHORTEST_STREET_M}
        driving = [lane for lane in lanes if lane.kind is LaneKind.DRIVING]
        for lane in driving:
            if lane.edge_id in closed_edges:
                libsumo.lane.setDisallowed(lane.id, list(ORDINARY_CLASSES))
        self._open = {lane.edge_id for lane in driving} - {*closed_edges}
        self.streets = sorted({lane.edge_id for lane in driving} & long - {*closed_edges})
        walks = {lane.edge_id for lane in lanes if lane.kind is LaneKind.SIDEWALK}
        self._walks = sorted(walks & long)
        if not self.streets:
            raise WorldError(f'every street of {town.name} is closed; nothing is left for traffic')

    def fill(self, config: TrafficConfig) -> None:
        """Insert all vehicles and pedestrians.

        Raises:
            WorldError: no route through the town was found, or it has no sidewalk.
        """
        # Without a share nothing is drawn, so that plain traffic stays as it is.
        for _ in range(config.vehicles):
            is_special = config.special_share > 0.0 and self._rng.random() < config.special_share
            self._add_wanderer(SPECIAL_SHARES if is_special else KIND_SHARES)
        for number in range(config.pedestrians):
            is_child = config.child_share > 0.0 and self._rng.random() < config.child_share
            self._add_walker(f'p{number}', ActorKind.CHILD if is_child else ActorKind.PEDESTRIAN)
        for number in range(config.dogs):
            self._add_walker(f'p{config.pedestrians + number}', ActorKind.DOG)

    def keep_busy(self) -> None:
        """Give road users that are about to arrive a new destination; else SUMO removes them."""
        for name in sorted(libsumo.vehicle.getIDList()):
            if name not in self._kinds:
                continue
            left = len(libsumo.vehicle.getRoute(name)) - libsumo.vehicle.getRouteIndex(name)
            if left <= 2 and name not in self._staged:
                self._retarget(name)
        for name in sorted(libsumo.person.getIDList()):
            if libsumo.person.getRemainingStages(name) <= 1:
                last = libsumo.person.getStage(name, 0).edges[-1]
                stages = libsumo.simulation.findIntermodalRoute(last, self._pick(self._walks))
                if stages and stages[0].edges:
                    libsumo.person.appendWalkingStage(name, stages[0].edges, -1.0)

    def add_staged(
        self, kind: ActorKind, edges: Sequence[str], lane_index: int, at_m: float, speed_mps: float
    ) -> int:
        """Insert one vehicle and return its id; SUMO drives it along ``edges``.

        Raises:
            WorldError: SUMO did not insert it there.
        """
        name = self._next_name(kind)
        self._staged.add(name)
        libsumo.route.add(f'r{name}', list(edges))
        try:
            libsumo.vehicle.add(
                name, f'r{name}', typeID=f'staged_{kind.value}', departLane=str(lane_index),
                departPos=f'{at_m:.2f}', departSpeed=f'{speed_mps:.2f}',
            )  # fmt: skip
        except libsumo.TraCIException as error:
            raise WorldError(f'no vehicle can drive along {list(edges)}: {error}') from error
        libsumo.simulationStep()
        if name not in libsumo.vehicle.getIDList():
            raise WorldError(f'SUMO did not insert a vehicle on {edges[0]} at {at_m:.1f} m')
        # The situation commands its speed; it must not be a slow driver by chance.
        libsumo.vehicle.setSpeedFactor(name, 1.0)
        libsumo.vehicle.setLaneChangeMode(name, ONLY_NEEDED_LANE_CHANGES)
        return FIRST_VEHICLE_ID + int(name[1:])

    def release_staged(self, actor_id: int) -> None:
        """Let SUMO drive a staged vehicle like ordinary traffic.

        Where its way leads through a closed edge, to another situation, it turns off before.
        """
        name = self.sumo_name(actor_id)
        self._staged.discard(name)
        libsumo.vehicle.setLaneChangeMode(name, ALL_LANE_CHANGES)
        turn_off(name, self._open)

    def actors(self) -> list[ActorState]:
        """Return the states of all road users, sorted by id."""
        found = [self._vehicle(n) for n in libsumo.vehicle.getIDList() if n in self._kinds]
        found += [self._person(name) for name in libsumo.person.getIDList()]
        return sorted(found, key=lambda actor: actor.id)

    @staticmethod
    def sumo_name(actor_id: int) -> str:
        """Return the name of a vehicle in SUMO."""
        return f'v{actor_id - FIRST_VEHICLE_ID}'

    def _next_name(self, kind: ActorKind) -> str:
        name = f'v{len(self._kinds)}'
        self._kinds[name], self._looks[name] = kind, pick_look(kind, self._rng)
        return name

    def _pick(self, names: Sequence[str]) -> str:
        return names[int(self._rng.integers(len(names)))]

    def _add_wanderer(self, shares: Mapping[ActorKind, float]) -> None:
        kinds = list(shares)
        kind = kinds[int(self._rng.choice(len(kinds), p=list(shares.values())))]
        for _ in range(TRIES):
            found = libsumo.simulation.findRoute(
                self._pick(self.streets), self._pick(self.streets), kind.value
            )
            if len(found.edges) < 2:
                continue
            name = self._next_name(kind)
            libsumo.route.add(f'r{name}', found.edges)
            libsumo.vehicle.add(
                name, f'r{name}', typeID=kind.value, departLane='best', departPos='random_free',
                departSpeed='0',
            )  # fmt: skip
            return
        raise WorldError(f'no way through {self._town.name} for a {kind.value} was found')

    def _add_walker(self, name: str, kind: ActorKind) -> None:
        if not self._walks:
            raise WorldError(
                f'{self._town.name} has no sidewalk; set traffic.pedestrians to 0 for this town'
            )
        for _ in range(TRIES):
            stages = libsumo.simulation.findIntermodalRoute(
                self._pick(self._walks), self._pick(self._walks)
            )
            if not stages or len(stages[0].edges) < 2:
                continue
            edges = stages[0].edges
            libsumo.person.add(name, edges[0], float(self._rng.uniform(5.0, 40.0)))
            libsumo.person.appendWalkingStage(name, edges, -1.0)
            self._looks[name], self._walker_kinds[name] = pick_look(kind, self._rng), kind
            self._walked_m[name] = float(self._rng.uniform(0.0, STRIDE_M))
            return
        raise WorldError(f'no walk through {self._town.name} was found')

    def _retarget(self, name: str) -> None:
        for _ in range(TRIES):
            aim = self._pick(self.streets)
            if aim == libsumo.vehicle.getRoadID(name):
                continue
            try:
                libsumo.vehicle.changeTarget(name, aim)
            except libsumo.TraCIException:
                continue  # not reachable from here: try another edge
            return

    # -- reading ---------------------------------------------------------------------------------

    def _vehicle(self, name: str) -> ActorState:
        kind, look = self._kinds[name], self._looks[name]
        extent = MODELS[kind].extent_m
        signals = libsumo.vehicle.getSignals(name)
        return ActorState(
            id=FIRST_VEHICLE_ID + int(name[1:]),
            kind=kind,
            type_id=look.type_id,
            role='traffic',
            pose_map=_pose_from_front(
                libsumo.vehicle.getPosition(name), libsumo.vehicle.getAngle(name), extent[0]
            ),
            speed_mps=libsumo.vehicle.getSpeed(name),
            extent_m=extent,
            is_braking=bool(signals & SIGNAL_BRAKE),
            blinks_left=bool(signals & SIGNAL_LEFT),
            blinks_right=bool(signals & SIGNAL_RIGHT),
            color_rgb=look.color_rgb,
            has_blue_lights=kind.is_emergency,
        )

    def _person(self, name: str) -> ActorState:
        look = self._looks[name]
        speed = libsumo.person.getSpeed(name)
        self._walked_m[name] += speed * TICK_PERIOD_S
        return ActorState(
            id=FIRST_PERSON_ID + int(name[1:]),
            kind=self._walker_kinds[name],
            type_id=look.type_id,
            role='traffic',
            pose_map=_pose_from_front(
                libsumo.person.getPosition(name), libsumo.person.getAngle(name), 0.0
            ),
            speed_mps=speed,
            extent_m=MODELS[self._walker_kinds[name]].extent_m,
            color_rgb=look.color_rgb,
            walk_phase=math.fmod(2 * math.pi * self._walked_m[name] / STRIDE_M, 2 * math.pi),
        )


def _pose_from_front(
    position_m: tuple[float, float], angle_deg: float, half_length_m: float
) -> Pose2:
    """Return the pose of the middle from SUMO's front position and compass angle."""
    yaw = math.radians(90.0 - angle_deg)
    return Pose2(
        position_m[0] - half_length_m * math.cos(yaw),
        position_m[1] - half_length_m * math.sin(yaw),
        yaw,
    )
