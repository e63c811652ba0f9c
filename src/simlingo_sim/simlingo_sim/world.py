# SPDX-License-Identifier: Apache-2.0
"""The simulated world: town, traffic, situations, ego car and sensors, one tick at a time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simlingo_core.config import parameter
from simlingo_core.errors import ContractError, WorldError
from simlingo_core.frame import TICK_PERIOD_S, Frame
from simlingo_core.geometry import Pose2
from simlingo_core.route import Route
from simlingo_core.types import VehicleCommand
from simlingo_sim.actor_catalog import MODELS, pick_look
from simlingo_sim.camera.specs import CameraQuality, CameraSpec
from simlingo_sim.route_planner import PlannedRoute, RoutePlanner
from simlingo_sim.routes import RouteSpec, SituationSpec, find_route, read_routes
from simlingo_sim.sensors import SensorConfig, Sensors
from simlingo_sim.situations import ActiveSituation, Situation, situation_class
from simlingo_sim.situations.stage import Stage, pose_on
from simlingo_sim.state import ActorKind, ActorState, WorldState
from simlingo_sim.town import Town
from simlingo_sim.traffic import Traffic, TrafficConfig
from simlingo_sim.vehicle import EgoVehicle, VehicleConfig

if TYPE_CHECKING:
    from simlingo_sim.camera.renderer import Renderer

EGO_ID = 1
EGO_TYPE = 'vehicle.lincoln.mkz_2020'
EGO_COLOR = (24, 40, 92)
FIRST_PARKED_ID = 2001
CLEAR_AROUND_START_M = 16.0
ARRIVED_WITHIN_M = 3.0
PROGRESS_WINDOW_M = 30.0


@dataclass(frozen=True, kw_only=True)
class WorldConfig:
    """Settings of a world.

    Attributes:
        traffic, vehicle, sensors: of the parts.
        camera: the picture of every frame.
        quality: of all pictures.
    """

    role_name: str = parameter('ego_vehicle', description='Role of the driven car.')
    parked_share: float = parameter(
        0.5, low=0.0, high=1.0, description='Share of the parking places that are taken.'
    )
    traffic: TrafficConfig = field(default_factory=TrafficConfig)
    vehicle: VehicleConfig = field(default_factory=VehicleConfig)
    sensors: SensorConfig = field(default_factory=SensorConfig)
    camera: CameraSpec = field(default_factory=CameraSpec)
    quality: CameraQuality = CameraQuality.PLAIN


class SimWorld:
    """A world with one driven car; 20 ticks a second, deterministic from the seed.

    One world per process can hold traffic at a time (SUMO is a library with one simulation).
    After an error the world can be reset and used again.
    """

    def __init__(self, config: WorldConfig | None = None) -> None:
        self.config = config or WorldConfig()
        self._towns: dict[str, tuple[Town, RoutePlanner]] = {}
        self._drive: _Drive | None = None
        self._renderer: Renderer | None = None
        self._renderer_key: tuple[str, int] | None = None

    # -- what is there ---------------------------------------------------------------------------

    @property
    def state(self) -> WorldState:
        """Everything that moves, now."""
        return self._require().state

    @property
    def town(self) -> Town:
        """Everything that does not move."""
        return self._require().town

    @property
    def planned(self) -> PlannedRoute:
        """The route with limits, widths and junctions."""
        return self._require().planned

    @property
    def route(self) -> Route:
        """The route of this drive."""
        return self.planned.route

    @property
    def route_arc_m(self) -> float:
        """How far the car is along the route."""
        return self._require().stage.ego_arc_m

    @property
    def situations(self) -> tuple[ActiveSituation, ...]:
        """What is staged on this drive and how far it is."""
        return tuple(situation.describe() for situation in self._require().situations)

    # -- driving ---------------------------------------------------------------------------------

    def reset(
        self,
        route: RouteSpec | str,
        situation: str | None = None,
        seed: int = 0,
        *,
        with_image: bool = True,
    ) -> Frame:
        """Begin a drive and return its first frame.

        Args:
            route: a route, or ``<set>:<id>`` such as ``test:3``.
            situation: what shall happen instead of what the route says.
            seed: of traffic, situations, sensors and looks; 0 or more.
            with_image: whether to take a picture.

        Raises:
            WorldError: the route is off the road, there is no such situation or no place for it,
                or something stands where an actor shall be.
        """
        spec = self._find_route(route)
        if seed < 0:
            raise WorldError(f'seed is {seed}; expected 0 or more')
        self._end_drive()
        town, planner = self._load_town(spec.town)
        self._drive = _Drive(self.config, spec, situation, seed, town, planner.plan(
            spec.waypoints_map_m))  # fmt: skip
        return self._frame(with_image)

    def step(self, command: VehicleCommand, *, with_image: bool = True) -> Frame:
        """Apply a command for one tick and return what is there afterwards.

        Raises:
            ContractError: the command is not a ``VehicleCommand``.
            WorldError: no drive has begun, or the world cannot go on.
        """
        if not isinstance(command, VehicleCommand):
            raise ContractError(f'the command is {command!r}; expected a VehicleCommand')
        self._require().step(command)
        return self._frame(with_image)

    def render(self, camera: CameraSpec) -> NDArray[np.uint8]:
        """Return the picture of any camera now, BGRA, shape (height, width, 4)."""
        from simlingo_sim.camera.renderer import Renderer

        drive = self._require()
        key = (drive.town.name, drive.sun_seed)
        if self._renderer is None or self._renderer_key != key:
            if self._renderer is not None:
                self._renderer.close()
            self._renderer = Renderer(drive.town, self.config.quality, drive.sun_seed)
            self._renderer_key = key
        return self._renderer.render(drive.state, camera)

    def close(self) -> None:
        """Release everything; a later ``reset`` opens it again."""
        self._end_drive()
        if self._renderer is not None:
            self._renderer.close()
            self._renderer = None

    def __enter__(self) -> SimWorld:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _require(self) -> _Drive:
        if self._drive is None:
            raise WorldError('no drive has begun; reset the world first')
        return self._drive

    def _end_drive(self) -> None:
        if self._drive is not None:
            self._drive.close()
            self._drive = None

    def _find_route(self, route: RouteSpec | str) -> RouteSpec:
        if isinstance(route, RouteSpec):
            return route
        name, separator, ident = route.partition(':')
        if not separator:
            raise WorldError(f'the route is {route!r}; expected <set>:<id> such as test:3')
        return find_route(read_routes(name), ident)

    def _load_town(self, name: str) -> tuple[Town, RoutePlanner]:
        if name not in self._towns:
            town = Town.load(name)
            self._towns[name] = (town, RoutePlanner(town.map))
        return self._towns[name]

    def _frame(self, with_image: bool) -> Frame:
        drive = self._require()
        image = self.render(self.config.camera) if with_image else None
        ego = drive.ego.ego_state(drive.state.t_s)
        return Frame(
            tick=drive.state.tick,
            t_s=drive.state.t_s,
            ego=ego,
            image_bgra=image,
            imu=drive.sensors.read_imu(ego),
            gnss=drive.sensors.read_gnss(ego),
            speedometer_mps=drive.sensors.read_speedometer(ego),
            is_done=drive.has_arrived,
        )


class _Drive:
    """One drive from reset to the next reset."""

    def __init__(
        self,
        config: WorldConfig,
        spec: RouteSpec,
        situation: str | None,
        seed: int,
        town: Town,
        planned: PlannedRoute,
    ) -> None:
        self._config = config
        self.town, self.planned = town, planned
        self.sun_seed = seed if spec.sun_seed is None else spec.sun_seed
        self.situations = _make_situations(spec, situation, town, planned, seed)
        self.ego = EgoVehicle(config.vehicle)
        self.ego.reset(pose_on(planned.route, 0.0))
        self._is_braking = False
        self.sensors = Sensors(
            config.sensors, town.map.geo_reference, np.random.default_rng([seed, 3])
        )
        self._parked = _park(town, config.parked_share, np.random.default_rng([seed, 4]))
        self._traffic: Traffic | None = None
        if town.net_path is not None:
            closed = {e for s in self.situations for e in s.closed_edges(town, planned)}
            self._traffic = Traffic(town, config.traffic, seed, sorted(closed))
        try:
            self._begin(seed)
        except Exception:
            self.close()
            raise

    @property
    def has_arrived(self) -> bool:
        """Whether the end of the route is reached."""
        return self.planned.route.length_m - self.stage.ego_arc_m < ARRIVED_WITHIN_M

    def step(self, command: VehicleCommand) -> None:
        """Let one tick pass."""
        self.ego.step(command)
        self._is_braking = command.brake > 0.0 or command.hand_brake
        for situation in self.situations:
            situation.step(self.stage)
        self.stage.move()
        self._move_traffic()
        self._look(self.state.tick + 1)

    def close(self) -> None:
        """Stop the traffic."""
        if self._traffic is not None:
            self._traffic.close()

    def _begin(self, seed: int) -> None:
        ego = self._ego_actor()
        if self._traffic is not None:
            self._traffic.clear(ego.pose_map.position_m[None], CLEAR_AROUND_START_M)
        self.stage = Stage(
            town=self.town,
            planned=self.planned,
            traffic=self._traffic,
            rng=np.random.default_rng([seed, 2]),
            ego=ego,
            others=self._others(),
        )
        for situation in self.situations:
            situation.begin(self.stage)
        self._move_traffic()
        self._look(0)

    def _move_traffic(self) -> None:
        if self._traffic is not None:
            self._traffic.step(self._ego_actor(), self.stage.states())

    def _look(self, tick: int) -> None:
        """Take stock of everything after a tick."""
        ego, t_s = self._ego_actor(), tick * TICK_PERIOD_S
        stage = self.stage
        stage.tick, stage.t_s, stage.ego = tick, t_s, ego
        stage.others = self._others()
        stage.ego_arc_m, _ = self.planned.route.project(
            ego.pose_map.position_m, stage.ego_arc_m, PROGRESS_WINDOW_M
        )
        actors = sorted((*stage.others, *stage.states()), key=lambda actor: actor.id)
        lights = {} if self._traffic is None else self._traffic.lights()
        self.state = WorldState(tick=tick, t_s=t_s, ego=ego, actors=tuple(actors), lights=lights)

    def _others(self) -> tuple[ActorState, ...]:
        moving = [] if self._traffic is None else self._traffic.actors()
        return (*moving, *self._parked)

    def _ego_actor(self) -> ActorState:
        return ActorState(
            id=EGO_ID,
            kind=ActorKind.CAR,
            type_id=EGO_TYPE,
            role=self._config.role_name,
            pose_map=self.ego.pose_map,
            speed_mps=self.ego.speed_mps,
            extent_m=self._config.vehicle.extent_m,
            is_braking=self._is_braking,
            color_rgb=EGO_COLOR,
        )


def _make_situations(
    spec: RouteSpec, override: str | None, town: Town, planned: PlannedRoute, seed: int
) -> tuple[Situation, ...]:
    specs = spec.situations if override is None else (SituationSpec(name=override),)
    made = []
    for number, wanted in enumerate(specs or (SituationSpec(name='free_driving'),)):
        kind = situation_class(wanted.name)
        if wanted.trigger_map is not None:
            arc, lateral = planned.route.project(wanted.trigger_map.position_m)
            if abs(lateral) > 2.0:
                raise WorldError(
                    f'{wanted.name} on route {spec.id} is {abs(lateral):.1f} m off the route; '
                    'expected at most 2 m'
                )
            made.append(kind(arc))
            continue
        place = kind.find_place(town, planned, np.random.default_rng([seed, 5, number]))
        if place is None:
            raise WorldError(
                f'route {spec.id} has no place for {wanted.name} ({kind.summary}); '
                'choose another route or situation'
            )
        made.append(kind(place))
    return tuple(made)


def _park(town: Town, share: float, rng: np.random.Generator) -> tuple[ActorState, ...]:
    """Return the cars on the parking places."""
    kinds = (ActorKind.CAR, ActorKind.CAR, ActorKind.SUV, ActorKind.VAN)
    parked = []
    for number, slot in enumerate(town.parking_slots_map):
        kind = kinds[int(rng.integers(len(kinds)))]
        look = pick_look(kind, rng)
        shift_m, is_taken = float(rng.uniform(-0.3, 0.3)), rng.random() < share
        if not is_taken:
            continue
        x_m, y_m = slot.transform([shift_m, 0.0])
        parked.append(
            ActorState(
                id=FIRST_PARKED_ID + number,
                kind=kind,
                type_id=look.type_id,
                role='parked',
                pose_map=Pose2(float(x_m), float(y_m), slot.yaw_rad),
                speed_mps=0.0,
                extent_m=MODELS[kind].extent_m,
                color_rgb=look.color_rgb,
            )
        )
    return tuple(parked)


def state_digest(state: WorldState) -> str:
    """Return a fingerprint of a state; equal states have equal ones in any process."""
    text = repr((state.tick, state.t_s, state.ego, state.actors, sorted(state.lights.items())))
    return hashlib.sha256(text.encode()).hexdigest()
