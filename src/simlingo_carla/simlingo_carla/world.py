# SPDX-License-Identifier: Apache-2.0
"""A CARLA server as a world of the evaluation: the same protocol as the embedded simulator.

The server is put into synchronous mode at 20 Hz for the time of an episode.  Whatever happens, the
actors spawned here are taken away and its settings restored: at the next reset, at ``close``, and
at the end of the process.  Scenarios are not staged: that is the work of the leaderboard.
"""

from __future__ import annotations

import atexit
import logging
import weakref
from dataclasses import asdict, replace
from typing import Any

import carla
from shapely.geometry import Polygon

from simlingo_carla.actor_states import (
    actor_state,
    light_id,
    light_state,
    traffic_lights,
)
from simlingo_carla.carla_client import CarlaClient, ClientFactory, synchronous
from simlingo_carla.hero import Hero
from simlingo_carla.world_config import CarlaConfig, config_of
from simlingo_core.carla_frame import vector_to_carla, yaw_to_carla
from simlingo_core.errors import ContractError, WorldError
from simlingo_core.frame import TICK_PERIOD_S, Frame
from simlingo_core.route import Route
from simlingo_core.route_progress import RouteProgress
from simlingo_core.types import VehicleCommand
from simlingo_sim.situations import ActiveSituation
from simlingo_sim.state import WorldState
from simlingo_sim.town.carla_map import CarlaMap
from simlingo_sim.town.opendrive_town import read_opendrive_town
from simlingo_sim.town.route_files import RouteSpec, find_named_route
from simlingo_sim.town.route_planner import PlannedRoute, RoutePlanner
from simlingo_sim.town.town import Town
from simlingo_sim.weather import RouteWeather, choose_weather

logger = logging.getLogger(__name__)

ARRIVED_WITHIN_M = 3.0
CLEAN_UP_TIMEOUT_S = 2.0
WEATHER_PERIOD_TICKS = 20
ROAD_USERS = ('vehicle.', 'walker.', 'static.prop.')


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
        self._state: WorldState | None = None
        self._weather: RouteWeather | None = None
        self._towns: dict[tuple[str, str], tuple[Town, RoutePlanner]] = {}
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
        """None are staged."""
        return ()

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
            situation: must be None or ``free_driving``.
            seed: not used: whatever traffic there is was started by somebody else.
            with_image: whether the frame contains an image.

        Raises:
            WorldError: the server does not answer, does not fit, lacks the town, the place of the
                car is taken, a sensor is silent, or a situation is asked for.
        """
        if situation not in (None, 'free_driving'):
            raise WorldError(
                f'situation is {situation!r}; none can be staged on a CARLA server, expected '
                'free_driving: run the leaderboard for scenarios'
            )
        spec = route if isinstance(route, RouteSpec) else find_named_route(route)
        self._end_episode()
        try:
            return self._begin(spec, with_image=with_image)
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
            if with_image:
                hero.need_camera()
            hero.command(command)
            return self._advance(self.state.tick + 1, with_image=with_image)

    def close(self) -> None:
        """End the episode; a later ``reset`` begins another one."""
        self._end_episode()
        self._client = None

    def __enter__(self) -> CarlaWorld:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self, spec: RouteSpec, *, with_image: bool) -> Frame:
        config = self.config
        client = CarlaClient(config.host, config.port, config.timeout_s, self._make_client)
        self._client = client
        self._world = client.load_town(spec.town)
        with client.calls('begin an episode'):
            self._old_settings = self._world.get_settings()
            self._world.apply_settings(synchronous(self._world.get_settings()))
            carla_map = self._world.get_map()
            self._read_town(carla_map.name, carla_map.to_opendrive())
            self._planned = self._planner.plan(spec.waypoints_map_m)
            for warning in self._planned.warnings:
                logger.warning('route %s: %s', spec.id, warning)
            points = [(point.route_percentage, point.values) for point in spec.weathers]
            self._weather = choose_weather('', points, seed=0)
            self._progress = RouteProgress(self._planned.route)
            self._set_weather(0.0)
            self._hero = Hero(self._world, config, self._start_transform(carla_map))
            if with_image:
                self._hero.need_camera()
            for _ in range(config.warm_up_ticks):
                self._hero.command(VehicleCommand.full_brake())
                self._world.tick(config.timeout_s)
            return self._advance(0, with_image=with_image)

    def _advance(self, tick: int, *, with_image: bool) -> Frame:
        _, hero = self._require()
        number = self._world.tick(self.config.timeout_s)
        frame = hero.frame(number, tick, tick * TICK_PERIOD_S, with_image=with_image)
        self._state = self._read_state(tick, touches_scenery=hero.touches_scenery())
        self._progress.update(self._state.ego.pose_map.position_m)
        left_m = self.route.length_m - self._progress.arc_m
        if tick % WEATHER_PERIOD_TICKS == 0:
            self._set_weather(1.0 - left_m / self.route.length_m)
        return replace(frame, is_done=left_m < ARRIVED_WITHIN_M)

    def _read_state(self, tick: int, *, touches_scenery: bool) -> WorldState:
        _, hero = self._require()
        others = [
            actor_state(actor)
            for actor in self._world.get_actors()
            if str(actor.type_id).startswith(ROAD_USERS) and actor.id != hero.actor.id
        ]
        lights = {
            light_id(light, number): light_state(light)
            for light, count in self._lights
            for number in range(count)
        }
        return WorldState(
            tick=tick,
            t_s=tick * TICK_PERIOD_S,
            ego=actor_state(hero.actor, ego_role=self.config.role_name),
            actors=tuple(sorted(others, key=lambda actor: actor.id)),
            lights=lights,
            touches_scenery=touches_scenery,
        )

    def _read_town(self, name: str, opendrive: str) -> None:
        """Build town and planner from the server's map, once; take its lights at every reset."""
        key = (name, opendrive)
        if key not in self._towns:
            town = read_opendrive_town(CarlaMap(name.rpartition('/')[2], opendrive))
            self._towns[key] = (town, RoutePlanner(town.map))
        town, self._planner = self._towns[key]
        found = list(self._world.get_actors().filter('traffic.traffic_light*'))
        lights = [traffic_lights(light) for light in found]
        self._lights = [(light, len(rows)) for light, rows in zip(found, lights, strict=True)]
        flat = sorted((row for rows in lights for row in rows), key=lambda light: light.id)
        self._town = replace(town, traffic_lights=tuple(flat))

    def _start_transform(self, carla_map: Any) -> Any:
        route = self._planned.route
        x_m, y_m = vector_to_carla(route.position_at(0.0))
        place = carla.Location(float(x_m), float(y_m), 0.0)
        place.z = carla_map.get_waypoint(place).transform.location.z + self.config.spawn_height_m
        yaw_deg = yaw_to_carla(float(route.heading_at(0.0)))
        return carla.Transform(place, carla.Rotation(yaw=yaw_deg))

    def _set_weather(self, share: float) -> None:
        if self._weather is None:
            return
        weather = carla.WeatherParameters()
        values = asdict(self._weather.at(100.0 * min(max(share, 0.0), 1.0)))
        for name, value in values.items():
            setattr(weather, name, value)
        self._world.set_weather(weather)

    def _require(self) -> tuple[CarlaClient, Hero]:
        if self._client is None or self._hero is None:
            raise WorldError('no episode has begun; reset the world first')
        return self._client, self._hero

    def _end_episode(self) -> None:
        """Leave the server as it was; one that no longer answers is left alone."""
        hero, self._hero, self._state = self._hero, None, None
        settings, self._old_settings = self._old_settings, None
        if self._client is None or settings is None:
            return
        try:
            self._client.client.set_timeout(CLEAN_UP_TIMEOUT_S)
            if hero is not None:
                hero.destroy()
            self._world.apply_settings(settings)
            self._client.client.set_timeout(self.config.timeout_s)
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


def _close_if_alive(reference: weakref.ref[CarlaWorld]) -> None:
    world = reference()
    if world is not None:
        world.close()
