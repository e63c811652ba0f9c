# SPDX-License-Identifier: Apache-2.0
"""Traffic: libsumo in this process, the ego and scripted actors mirrored into it.

SUMO is a library with one simulation per process, so there is one ``Traffic`` at a time.  It is
deterministic from its seed as long as nothing iterates over sets; every list here is sorted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import libsumo
import numpy as np
from numpy.typing import NDArray

from simlingo_core.config import parameter, validate
from simlingo_core.errors import WorldError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.geometry import Pose2
from simlingo_sim.actor_catalog import MODELS, Look, pick_look
from simlingo_sim.state import ActorKind, ActorState, LightState, TrafficLight
from simlingo_sim.town import LaneKind, Town

EGO_NAME = 'ego'
FIRST_VEHICLE_ID = 100
FIRST_PERSON_ID = 500
WARM_UP_TICKS = 200
RETARGET_PERIOD_TICKS = 10
STRIDE_M = 1.4
LARGEST_COORDINATE_M = 1e5
MIRROR_TOLERANCE_M = 0.5
TRIES = 20
# A class that may use all driving lanes and nothing else.  With SUMO's 'ignoring' the ego is also
# matched to crossings and walking areas, and the step after that libsumo 1.20 crashes.
STAGED_CLASS = 'custom1'
SIGNAL_RIGHT, SIGNAL_LEFT, SIGNAL_BRAKE = 1, 2, 8
KIND_SHARES = {
    ActorKind.CAR: 0.5,
    ActorKind.SUV: 0.25,
    ActorKind.VAN: 0.15,
    ActorKind.TRUCK: 0.1,
}
LIGHT_STATES = {
    'r': LightState.RED,
    's': LightState.RED,
    'y': LightState.YELLOW,
    'Y': LightState.YELLOW,
    'u': LightState.YELLOW,
    'g': LightState.GREEN,
    'G': LightState.GREEN,
    'o': LightState.OFF,
    'O': LightState.OFF,
}

_running: Traffic | None = None


@dataclass(frozen=True, kw_only=True)
class TrafficConfig:
    """How much goes on in the streets."""

    vehicles: int = parameter(30, low=0, high=500, description='Moving cars, vans and trucks.')
    pedestrians: int = parameter(10, low=0, high=500, description='People on foot.')

    def __post_init__(self) -> None:
        validate(self)


class Traffic:
    """The road users that nobody scripted."""

    def __init__(
        self,
        town: Town,
        config: TrafficConfig,
        seed: int,
        closed_edges: Sequence[str] = (),
    ) -> None:
        """Start SUMO, fill the streets and let them settle for ten seconds.

        Args:
            town: must have a network.
            config: how many of whom.
            seed: of SUMO and of every choice here.
            closed_edges: streets which traffic shall avoid.

        Raises:
            WorldError: the town has no network, another world of this process is open, or SUMO
                refuses.
        """
        global _running
        if town.net_path is None:
            raise WorldError(f'{town.name} has no SUMO network beside it, so it has no traffic')
        if _running is not None:
            raise WorldError('SUMO runs once per process; close the other world first')
        self._town = town
        self._config = config
        self._rng = np.random.default_rng([seed, 1])
        self._looks: dict[str, Look] = {}
        self._kinds: dict[str, ActorKind] = {}
        self._walked_m: dict[str, float] = {}
        self._mirrored: dict[int, str] = {}
        self._forced: dict[str, tuple[int, int]] = {}
        self._tick = 0
        self._added = 0
        try:
            libsumo.start(_sumo_command(town, seed))
        except Exception as error:  # libsumo raises its own and plain RuntimeErrors
            raise WorldError(f'SUMO cannot start on {town.net_path}: {error}') from error
        _running = self
        try:
            self._fill(closed_edges)
        except Exception:
            self.close()
            raise

    def close(self) -> None:
        """Stop SUMO."""
        global _running
        if _running is self:
            libsumo.close()
            _running = None

    # -- each tick -------------------------------------------------------------------------------

    def step(self, ego: ActorState, scripted: Iterable[ActorState]) -> None:
        """Show SUMO where the ego and the scripted actors are, then let a tick pass.

        Raises:
            WorldError: a pose is not usable, or SUMO did not take it over.
        """
        shown = [(EGO_NAME, ego)]
        shown += [(self._mirror_name(actor), actor) for actor in scripted if _is_in_the_way(actor)]
        for name, actor in shown:
            self._show(name, actor)
        self._drop_mirrors({actor.id for _, actor in shown})
        libsumo.simulationStep()
        self._tick += 1
        self._check_mirrors(shown)
        for tls, (index, link) in self._forced.items():
            if libsumo.trafficlight.getPhase(tls) != index:
                raise WorldError(f'SUMO did not keep light {tls} link {link} in phase {index}')
        if self._tick % RETARGET_PERIOD_TICKS == 0:
            self._keep_busy()

    def actors(self) -> list[ActorState]:
        """Return the road users of SUMO's own, sorted by id."""
        found = [
            self._vehicle(name) for name in libsumo.vehicle.getIDList() if name.startswith('v')
        ]
        found += [
            self._person(name) for name in libsumo.person.getIDList() if name.startswith('p')
        ]
        return sorted(found, key=lambda actor: actor.id)

    def lights(self) -> dict[int, LightState]:
        """Return the state of each traffic light by its id."""
        states = {
            tls: libsumo.trafficlight.getRedYellowGreenState(tls)
            for tls in libsumo.trafficlight.getIDList()
        }
        return {
            light.id: LIGHT_STATES.get(states[light.sumo_id][light.link_index], LightState.UNKNOWN)
            for light in self._town.traffic_lights
        }

    # -- commands of situations ------------------------------------------------------------------

    def hold_light(self, light: TrafficLight, wanted: LightState) -> None:
        """Keep a junction in the phase in which ``light`` is red or green.

        Raises:
            WorldError: it has no such phase, or SUMO did not obey.
        """
        tls, link = light.sumo_id, light.link_index
        phases = libsumo.trafficlight.getAllProgramLogics(tls)[0].phases
        fitting = [
            (phase.duration, -index)
            for index, phase in enumerate(phases)
            if LIGHT_STATES[phase.state[link]] is wanted and 'G' in phase.state.upper()
        ]
        if not fitting:
            raise WorldError(f'light {light.id} has no phase that shows {wanted.name}')
        index = -max(fitting)[1]
        libsumo.trafficlight.setPhase(tls, index)
        libsumo.trafficlight.setPhaseDuration(tls, 1e6)
        self._forced[tls] = (index, link)
        shown = libsumo.trafficlight.getRedYellowGreenState(tls)[link]
        if LIGHT_STATES[shown] is not wanted:
            raise WorldError(f'light {light.id} shows {shown!r}; expected {wanted.name}')

    def release_light(self, light: TrafficLight) -> None:
        """Let a junction go on by itself, from the phase it is in."""
        if self._forced.pop(light.sumo_id, None) is not None:
            libsumo.trafficlight.setPhaseDuration(light.sumo_id, 8.0)

    def clear(self, places_map_m: NDArray[np.float64], radius_m: float) -> None:
        """Take away all vehicles whose middle is near one of the places, shape (n, 2)."""
        for actor in self.actors():
            gaps = np.hypot(*(places_map_m - actor.pose_map.position_m).T)
            if actor.kind.is_vehicle and gaps.min() < radius_m:
                libsumo.vehicle.remove(self._sumo_name(actor.id))

    def add_vehicle(
        self, kind: ActorKind, edges: Sequence[str], lane_index: int, at_m: float, speed_mps: float
    ) -> int:
        """Put one vehicle on a lane and return its id; SUMO drives it along ``edges``.

        Raises:
            WorldError: SUMO did not insert it there.
        """
        name = f'v{self._added}'
        self._added += 1
        route = f'r{name}'
        libsumo.route.add(route, list(edges))
        libsumo.vehicle.add(
            name, route, typeID=f'staged_{kind.value}', departLane=str(lane_index),
            departPos=f'{at_m:.2f}', departSpeed=f'{speed_mps:.2f}',
        )  # fmt: skip
        libsumo.simulationStep()
        if name not in libsumo.vehicle.getIDList():
            raise WorldError(f'SUMO did not insert a vehicle on {edges[0]} at {at_m:.1f} m')
        self._kinds[name], self._looks[name] = kind, pick_look(kind, self._rng)
        return FIRST_VEHICLE_ID + int(name[1:])

    def command_speed(self, actor_id: int, speed_mps: float | None, decel_mps2: float) -> None:
        """Make one of SUMO's vehicles drive at a speed; None: as it likes."""
        name = self._sumo_name(actor_id)
        libsumo.vehicle.setDecel(name, decel_mps2)
        libsumo.vehicle.setSpeed(name, -1.0 if speed_mps is None else speed_mps)

    def has(self, actor_id: int) -> bool:
        """Tell whether one of SUMO's vehicles is still there."""
        return self._sumo_name(actor_id) in libsumo.vehicle.getIDList()

    # -- filling the streets ---------------------------------------------------------------------

    def _fill(self, closed_edges: Sequence[str]) -> None:
        self._define_types()
        for edge in closed_edges:
            for lane in self._town.lanes:
                if lane.edge_id == edge and lane.kind is LaneKind.DRIVING:
                    libsumo.lane.setDisallowed(lane.id, ['passenger', 'delivery', 'truck'])
        lanes = [lane for lane in self._town.lanes if not lane.in_junction]
        self._streets = sorted(
            {lane.edge_id for lane in lanes if lane.kind is LaneKind.DRIVING} - {*closed_edges}
        )
        self._walks = sorted({lane.edge_id for lane in lanes if lane.kind is LaneKind.SIDEWALK})
        libsumo.route.add('ego', [self._streets[0]])
        libsumo.vehicle.add(EGO_NAME, 'ego', typeID='ego', depart='1000000')
        for _ in range(self._config.vehicles):
            self._add_wanderer()
        for number in range(self._config.pedestrians):
            self._add_walker(f'p{number}')
        for tick in range(WARM_UP_TICKS):
            libsumo.simulationStep()
            if tick % RETARGET_PERIOD_TICKS == 0:
                self._keep_busy()

    def _define_types(self) -> None:
        for kind, model in MODELS.items():
            if kind is not ActorKind.PEDESTRIAN:
                _define_type(kind.value, model.extent_m, model.sumo_class)
            # Closed streets are closed to the classes of ordinary traffic only.  Scripted
            # pedestrians are small vehicles to SUMO.
            _define_type(f'staged_{kind.value}', model.extent_m, STAGED_CLASS)
        _define_type('ego', (2.45, 0.92, 0.745), STAGED_CLASS)

    def _pick(self, names: Sequence[str]) -> str:
        return names[int(self._rng.integers(len(names)))]

    def _add_wanderer(self) -> None:
        kinds = list(KIND_SHARES)
        kind = kinds[int(self._rng.choice(len(kinds), p=list(KIND_SHARES.values())))]
        for _ in range(TRIES):
            found = libsumo.simulation.findRoute(
                self._pick(self._streets), self._pick(self._streets), kind.value
            )
            if len(found.edges) < 2:
                continue
            name = f'v{self._added}'
            self._added += 1
            libsumo.route.add(f'r{name}', found.edges)
            libsumo.vehicle.add(
                name, f'r{name}', typeID=kind.value, departLane='best', departPos='random_free',
                departSpeed='0',
            )  # fmt: skip
            self._kinds[name], self._looks[name] = kind, pick_look(kind, self._rng)
            return
        raise WorldError(f'no way through {self._town.name} for a {kind.value} was found')

    def _add_walker(self, name: str) -> None:
        for _ in range(TRIES):
            stages = libsumo.simulation.findIntermodalRoute(
                self._pick(self._walks), self._pick(self._walks)
            )
            if not stages or len(stages[0].edges) < 2:
                continue
            edges = stages[0].edges
            libsumo.person.add(name, edges[0], float(self._rng.uniform(5.0, 40.0)))
            libsumo.person.appendWalkingStage(name, edges, -1.0)
            self._looks[name] = pick_look(ActorKind.PEDESTRIAN, self._rng)
            self._walked_m[name] = float(self._rng.uniform(0.0, STRIDE_M))
            return
        raise WorldError(f'no walk through {self._town.name} was found')

    def _keep_busy(self) -> None:
        """Give everybody who is about to arrive a new aim, so that nobody ever vanishes."""
        for name in sorted(libsumo.vehicle.getIDList()):
            if not name.startswith('v'):
                continue
            left = len(libsumo.vehicle.getRoute(name)) - libsumo.vehicle.getRouteIndex(name)
            if left <= 2:
                self._retarget(name)
        for name in sorted(libsumo.person.getIDList()):
            if name.startswith('p') and libsumo.person.getRemainingStages(name) <= 1:
                last = libsumo.person.getStage(name, 0).edges[-1]
                stages = libsumo.simulation.findIntermodalRoute(last, self._pick(self._walks))
                if stages and stages[0].edges:
                    libsumo.person.appendWalkingStage(name, stages[0].edges, -1.0)

    def _retarget(self, name: str) -> None:
        for _ in range(TRIES):
            aim = self._pick(self._streets)
            if aim == libsumo.vehicle.getRoadID(name):
                continue
            try:
                libsumo.vehicle.changeTarget(name, aim)
            except libsumo.TraCIException:
                continue  # no way to there from here: try another
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
        )

    def _person(self, name: str) -> ActorState:
        look = self._looks[name]
        speed = libsumo.person.getSpeed(name)
        self._walked_m[name] += speed * TICK_PERIOD_S
        return ActorState(
            id=FIRST_PERSON_ID + int(name[1:]),
            kind=ActorKind.PEDESTRIAN,
            type_id=look.type_id,
            role='traffic',
            pose_map=_pose_from_front(
                libsumo.person.getPosition(name), libsumo.person.getAngle(name), 0.0
            ),
            speed_mps=speed,
            extent_m=MODELS[ActorKind.PEDESTRIAN].extent_m,
            color_rgb=look.color_rgb,
            walk_phase=math.fmod(2 * math.pi * self._walked_m[name] / STRIDE_M, 2 * math.pi),
        )

    @staticmethod
    def _sumo_name(actor_id: int) -> str:
        return f'v{actor_id - FIRST_VEHICLE_ID}'

    # -- mirroring -------------------------------------------------------------------------------

    def _mirror_name(self, actor: ActorState) -> str:
        name = self._mirrored.get(actor.id)
        if name is not None:
            return name
        name = f's{actor.id}'
        self._mirrored[actor.id] = name
        libsumo.vehicle.add(name, 'ego', typeID=f'staged_{actor.kind.value}', depart='1000000')
        return name

    def _drop_mirrors(self, present: set[int]) -> None:
        for actor_id in sorted(set(self._mirrored) - present):
            name = self._mirrored.pop(actor_id)
            if name in libsumo.vehicle.getIDList():
                libsumo.vehicle.remove(name)

    def _show(self, name: str, actor: ActorState) -> None:
        x_m, y_m = actor.pose_map.transform([actor.extent_m[0], 0.0])
        # libsumo hangs for ever on a number that is not finite.
        if not max(abs(x_m), abs(y_m)) < LARGEST_COORDINATE_M:
            raise WorldError(
                f'actor {actor.id} is at ({x_m}, {y_m}); expected a place in the town'
            )
        angle_deg = math.fmod(450.0 - math.degrees(actor.pose_map.yaw_rad), 360.0)
        libsumo.vehicle.moveToXY(name, '', -1, float(x_m), float(y_m), angle_deg, keepRoute=2)
        libsumo.vehicle.setSpeed(name, max(0.0, actor.speed_mps))

    def _check_mirrors(self, shown: Sequence[tuple[str, ActorState]]) -> None:
        for name, actor in shown:
            x_m, y_m = libsumo.vehicle.getPosition(name)
            wanted = actor.pose_map.transform([actor.extent_m[0], 0.0])
            gap_m = math.hypot(x_m - wanted[0], y_m - wanted[1])
            if not gap_m < MIRROR_TOLERANCE_M:
                raise WorldError(f'SUMO put actor {actor.id} {gap_m:.1f} m from where it is')


def _is_in_the_way(actor: ActorState) -> bool:
    """Tell whether traffic shall see it: a pedestrian waiting at the kerb stops nobody."""
    return actor.kind is not ActorKind.PEDESTRIAN or actor.speed_mps > 0.0


def _pose_from_front(
    position_m: tuple[float, float], angle_deg: float, half_length_m: float
) -> Pose2:
    """Turn SUMO's front position and compass angle into the pose of the middle."""
    yaw = math.radians(90.0 - angle_deg)
    return Pose2(
        position_m[0] - half_length_m * math.cos(yaw),
        position_m[1] - half_length_m * math.sin(yaw),
        yaw,
    )


def _define_type(name: str, extent_m: tuple[float, float, float], sumo_class: str) -> None:
    libsumo.vehicletype.copy('DEFAULT_VEHTYPE', name)
    libsumo.vehicletype.setVehicleClass(name, sumo_class)
    libsumo.vehicletype.setLength(name, 2 * extent_m[0])
    libsumo.vehicletype.setWidth(name, 2 * extent_m[1])
    libsumo.vehicletype.setHeight(name, 2 * extent_m[2])
    libsumo.vehicletype.setAccel(name, 2.0)
    libsumo.vehicletype.setDecel(name, 4.0)
    libsumo.vehicletype.setEmergencyDecel(name, 8.0)
    libsumo.vehicletype.setImperfection(name, 0.2)
    libsumo.vehicletype.setSpeedFactor(name, 0.8)


def _sumo_command(town: Town, seed: int) -> list[str]:
    return [
        'sumo',
        '--net-file', str(town.net_path),
        '--step-length', str(TICK_PERIOD_S),
        '--default.action-step-length', '0.1',
        '--seed', str(seed % 2**31),
        '--lanechange.duration', '3',
        '--collision.action', 'none',
        '--time-to-teleport', '-1',
        # Cars that block each other in a junction would stand there for ever.
        '--ignore-junction-blocker', '10',
        '--no-step-log', 'true',
        '--no-warnings', 'true',
        '--xml-validation', 'never',
        '--xml-validation.net', 'never',
    ]  # fmt: skip
