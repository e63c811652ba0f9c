# SPDX-License-Identifier: Apache-2.0
"""A CARLA server as a world of the evaluation: the same protocol as the embedded simulator.

The server is put into synchronous mode at 20 Hz for the time of an episode.  Whatever happens, the
actors spawned here are taken away and its settings restored: at the next reset, at ``close``, and
at the end of the process.
"""

from __future__ import annotations

import atexit
import logging
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import Polygon

from simlingo_carla.carla_client import CarlaClient, ClientFactory, synchronous
from simlingo_carla.hero import Hero
from simlingo_carla.server_town import ServerTowns, WeatherOnTheWay, start_transform
from simlingo_carla.staging.stage_manager import StageManager
from simlingo_carla.staging.surroundings import Surroundings
from simlingo_carla.state_reader import WEATHER_PERIOD_TICKS, StateReader
from simlingo_carla.termination import exit_when_terminated
from simlingo_carla.world_config import CarlaConfig, config_of
from simlingo_core.errors import ContractError, WorldError
from simlingo_core.frame import TICK_PERIOD_S, Frame
from simlingo_core.intents import Turn
from simlingo_core.route import Route
from simlingo_core.route_progress import RouteProgress
from simlingo_core.types import VehicleCommand
from simlingo_sim.camera.specs import CameraSpec, training_camera
from simlingo_sim.situations import ActiveSituation
from simlingo_sim.state import WorldState
from simlingo_sim.town.route_files import RouteSpec, find_named_route
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import Town
from simlingo_sim.town.turn_planner import TurnPlanner

logger = logging.getLogger(__name__)

ARRIVED_WITHIN_M = 3.0


class CarlaWorld:
    """Drives one car on a CARLA server, one episode at a time.

    Args:
        config: server, car and sensors.
        make_client: makes the client; None: that of the installed ``carla``.
    """

    def __init__(
        self, config: CarlaConfig | None = None, make_client: ClientFactory | None = None
    ) -> None:
        self.config = config or CarlaConfig()
        self._make_client = make_client
        self._client: CarlaClient | None = None
        self._world: Any = None
        self._old_settings: Any = None
        self._hero: Hero | None = None
        self._stages: StageManager | None = None
        self._state: WorldState | None = None
        self._number = 0
        self._cameras: tuple[CameraSpec, ...] = ()
        self._wants_front = False
        self._towns = ServerTowns()
        atexit.register(_close_if_alive, weakref.ref(self))

    @property
    def state(self) -> WorldState:
        """Everything that moves or changes, at the current tick."""
        if self._state is None:
            raise WorldError('no episode has begun; reset the world first')
        return self._state

    @property
    def town(self) -> Town:
        """The town: everything that does not move."""
        self._require()
        return self._town

    @property
    def planned(self) -> PlannedRoute:
        """The route with speed limits, lane widths and junctions."""
        self._require()
        return self._planned

    @property
    def route(self) -> Route:
        """The route of this episode."""
        return self.planned.route

    @property
    def scenery(self) -> tuple[Polygon, ...]:
        """Nothing: what is hit beside the road, the collision sensor tells."""
        return ()

    @property
    def situations(self) -> tuple[ActiveSituation, ...]:
        """The situations of this episode and their progress."""
        return () if self._stages is None else self._stages.describe()

    def reset(
        self,
        route: RouteSpec | str,
        situation: str | None = None,
        seed: int = 0,
        *,
        with_image: bool = True,
    ) -> Frame:
        """Begin an episode and return its first frame; a server that came back is connected anew.

        Args:
            route: a route, or ``<set>:<id>``.
            situation: name of a situation that replaces those of the route; None: the route's.
            seed: of situations, and of vehicles and pedestrians that are spawned here.
            with_image: whether the frame contains an image.

        Raises:
            WorldError: the server does not answer, does not fit, lacks the town, the place of the
                car is taken, a sensor is silent, or a situation cannot be staged.
        """
        spec = route if isinstance(route, RouteSpec) else find_named_route(route)
        self._end_episode()
        try:
            return self._begin(spec, situation, seed, with_image=with_image)
        except BaseException:
            self._end_episode()
            raise

    def step(self, command: VehicleCommand, *, with_image: bool = True) -> Frame:
        """Apply a command for one tick and return the frame after it.

        Raises:
            ContractError: the command is not a ``VehicleCommand``.
            WorldError: no episode has begun, the server no longer answers, or a sensor is silent.
        """
        if not isinstance(command, VehicleCommand):
            raise ContractError(f'the command is {command!r}; expected a VehicleCommand')
        client, hero = self._require()
        with client.calls(f'tick {self.state.tick + 1}'):
            if with_image and not self._wants_front:
                self._wants_front = True
                self._attach_cameras(hero)
            hero.command(command)
            if self._stages is not None:
                self._stages.step(_height_m(hero))
            return self._advance(self.state.tick + 1, with_image=with_image)

    def turn(self, turn: Turn) -> str:
        """Plan the route anew for a turn by words; return what the car will do.

        Raises:
            WorldError: no junction ahead lets the car turn so; nothing has changed.
        """
        ego = self.state.ego
        planned, words = TurnPlanner(self._town.map, self._planner).plan(
            ego.pose_map, ego.speed_mps, turn, self.route.points_map_m[-1]
        )
        self._planned, self._progress = planned, RouteProgress(planned.route)
        if self._stages is not None:
            self._stages.follow(planned)
        return words

    def expect_images(self, cameras: Sequence[CameraSpec]) -> None:
        """Have images of these cameras, and of no others, from the next tick or reset on.

        Raises:
            WorldError: the server no longer answers.
        """
        self._cameras = tuple(cameras)
        if self._client is not None and self._hero is not None:
            with self._client.calls('attach cameras'):
                self._attach_cameras(self._hero)

    def can_render(self, camera: CameraSpec) -> bool:
        """Tell whether there is an image of a camera at this tick."""
        return self._hero is not None and self._hero.cameras.has(camera, self._number)

    def render(self, camera: CameraSpec) -> NDArray[np.uint8]:
        """Return an image of this tick, BGRA, shape (height, width, 4).

        Raises:
            WorldError: the camera was not expected, or is silent.
        """
        _, hero = self._require()
        return hero.cameras.image(camera, self._number)

    def camera_image(self, camera: CameraSpec) -> NDArray[np.uint8] | None:
        """Return what the front camera delivers at this tick; None: it has just been attached."""
        return self.render(camera) if self.can_render(camera) else None

    def check_towns(self, towns: Iterable[str]) -> None:
        """Make sure that the server answers and has these towns; if not, raise a WorldError."""
        self._connect().check_towns(towns)

    def close(self) -> None:
        """End the episode; a later ``reset`` begins another one."""
        self._end_episode()
        self._client = None

    def __enter__(self) -> CarlaWorld:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(
        self, spec: RouteSpec, situation: str | None, seed: int, *, with_image: bool
    ) -> Frame:
        config = self.config
        exit_when_terminated()
        client = self._client = self._connect()
        self._world = client.load_town(spec.town)
        with client.calls('begin an episode'):
            self._old_settings = self._world.get_settings()
            self._world.apply_settings(synchronous(self._world.get_settings()))
            carla_map = self._world.get_map()
            town, self._planner = self._towns.read(carla_map)
            self._reader = StateReader(self._world, config.role_name)
            self._town = replace(town, traffic_lights=self._reader.lights)
            self._planned = planned = self._planner.plan(spec.waypoints_map_m)
            for warning in planned.warnings:
                logger.warning('route %s: %s', spec.id, warning)
            self._weather = WeatherOnTheWay(self._world, spec)
            self._progress = RouteProgress(planned.route)
            self._weather.set(0.0)
            around = Surroundings(client.client, self._world, config)
            self._stages = around.choose(spec, situation, seed, self._town, planned, self._reader)
            start = start_transform(
                planned.route, carla_map, config.spawn_height_m, self._stages.start_left_m
            )
            self._hero = Hero(self._world, config, start)
            self._wants_front = with_image
            self._attach_cameras(self._hero)
            self._warm_up(self._hero, self._stages)
            return self._advance(0, with_image=with_image)

    def _warm_up(self, hero: Hero, stages: StageManager) -> None:
        """Let the car come to rest among the traffic, then set the stage."""
        config = self.config
        stages.populate(config.vehicles, config.walkers)
        # What was spawned is somewhere only after a tick.
        least = 1 if stages.acts or config.walkers else 0
        for tick in range(max(config.warm_up_ticks, least)):
            hero.command(VehicleCommand.full_brake())
            self._world.tick(config.timeout_s)
            if tick == 0:
                stages.start_walking()
        if stages.acts:
            stages.begin(self._reader.read(0, hero.actor), _height_m(hero))

    def _connect(self) -> CarlaClient:
        config = self.config
        return CarlaClient(config.host, config.port, config.timeout_s, self._make_client)

    def _advance(self, tick: int, *, with_image: bool) -> Frame:
        _, hero = self._require()
        self._number = self._world.tick(self.config.timeout_s)
        frame = hero.frame(self._number, tick, tick * TICK_PERIOD_S)
        hero.cameras.check_places(hero.actor)
        stages = self._stages
        staged = stages.server_ids if stages is not None else frozenset()
        touches = hero.touches_scenery(staged)
        state = self._reader.read(tick, hero.actor, touches_scenery=touches, without=staged)
        self._progress.update(state.ego.pose_map.position_m)
        self._state = state if stages is None else stages.note(state, self._progress.arc_m)
        left_m = self.route.length_m - self._progress.arc_m
        if tick % WEATHER_PERIOD_TICKS == 0:
            self._weather.set(1.0 - left_m / self.route.length_m)
        image = self.render(training_camera()) if with_image else None
        return replace(frame, image_bgra=image, is_done=left_m < ARRIVED_WITHIN_M)

    def _attach_cameras(self, hero: Hero) -> None:
        front = (training_camera(),) if self._wants_front else ()
        hero.cameras.expect(tuple(dict.fromkeys((*self._cameras, *front))), self._number)

    def _require(self) -> tuple[CarlaClient, Hero]:
        if self._client is None or self._hero is None:
            raise WorldError('no episode has begun; reset the world first')
        return self._client, self._hero

    def _end_episode(self) -> None:
        """Leave the server as it was; one that no longer answers is left alone."""
        hero, self._hero, self._state = self._hero, None, None
        stages, self._stages = self._stages, None
        settings, self._old_settings = self._old_settings, None
        if self._client is None or settings is None:
            return
        try:
            self._client.leave(self._world, settings, (stages, hero))
        except RuntimeError as error:
            logger.warning('the CARLA server could not be left as it was: %s', error)
            self._client = None


def open_world(server: str) -> CarlaWorld:
    """Return the world on a server; it is connected at the first reset.

    Args:
        server: ``<host>:<port>``, ``<host>``, or empty: CARLA's defaults.

    Raises:
        ConfigError: the port is no number.
    """
    return CarlaWorld(config_of(server))


def _height_m(hero: Hero) -> float:
    return float(hero.actor.get_transform().location.z)


def _close_if_alive(reference: weakref.ref[CarlaWorld]) -> None:
    world = reference()
    if world is not None:
        world.close()
