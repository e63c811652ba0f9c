# SPDX-License-Identifier: Apache-2.0
"""The simulated world: town, traffic, situations, ego car and sensors, one tick at a time."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import Polygon

from simlingo_core.errors import ContractError, WorldError
from simlingo_core.frame import Frame
from simlingo_core.geometry import Pose2
from simlingo_core.intents import Turn
from simlingo_core.route import Route
from simlingo_core.types import VehicleCommand
from simlingo_sim.camera.specs import CameraSpec
from simlingo_sim.ego.vehicle import HIGHEST_REVERSE_MPS, HIGHEST_SPEED_MPS
from simlingo_sim.episode import Episode
from simlingo_sim.situations import ActiveSituation
from simlingo_sim.state import WorldState
from simlingo_sim.town.loading import load_town
from simlingo_sim.town.route_files import RouteSpec, find_named_route
from simlingo_sim.town.route_planner import PlannedRoute, RoutePlanner
from simlingo_sim.town.town import Town
from simlingo_sim.town.turn_planner import TurnPlanner
from simlingo_sim.weather import RouteWeather, Weather
from simlingo_sim.world_config import WorldConfig

if TYPE_CHECKING:
    from simlingo_sim.camera.renderer import Renderer

__all__ = ['SimWorld', 'WorldConfig', 'state_digest']

logger = logging.getLogger(__name__)


class SimWorld:
    """A world with one ego car and 20 ticks a second; the same seed gives the same states.

    SUMO is a library with one simulation per process, so only one world of a process can hold
    traffic at a time.  After an error the world can be reset and used again.

    Args:
        config: parameters of the world.
    """

    def __init__(self, config: WorldConfig | None = None) -> None:
        self.config = config or WorldConfig()
        self._towns: dict[str, tuple[Town, RoutePlanner]] = {}
        self._episode: Episode | None = None
        self._renderer: Renderer | None = None
        self._renderer_key: tuple[Town, int, bool] | None = None
        self._scenery: tuple[Polygon, ...] = ()
        self._scenery_key: tuple[Town, int] | None = None

    # -- state -----------------------------------------------------------------------------------

    @property
    def state(self) -> WorldState:
        """Everything that moves or changes, at the current tick."""
        return self._require().state

    @property
    def town(self) -> Town:
        """The town: everything that does not move."""
        return self._require().town

    @property
    def planned(self) -> PlannedRoute:
        """The planned route with speed limits, lane widths and junctions."""
        return self._require().planned

    @property
    def route(self) -> Route:
        """The route of this episode."""
        return self.planned.route

    @property
    def route_arc_m(self) -> float:
        """Distance of the ego along the route."""
        return self._require().stage.ego_arc_m

    @property
    def sun_seed(self) -> int:
        """Seed of sun, sky and scenery of this episode."""
        return self._require().sun_seed

    @property
    def scenery(self) -> tuple[Polygon, ...]:
        """Outlines of buildings and tree trunks in map, computed at the first use."""
        from simlingo_sim.camera.layout import layout_from_town
        from simlingo_sim.camera.scene import look_rngs, scenery_outlines

        episode = self._require()
        key = (episode.town, episode.sun_seed)
        if self._scenery_key != key:
            chance = look_rngs(episode.sun_seed)[1]
            self._scenery = scenery_outlines(layout_from_town(episode.town), chance)
            self._scenery_key = key
        return self._scenery

    @property
    def situations(self) -> tuple[ActiveSituation, ...]:
        """The situations of this episode and their progress."""
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
        """Begin an episode and return its first frame.

        Args:
            route: a route, or ``<set>:<id>`` such as ``test:3``.
            situation: name of a situation that replaces those of the route; None: the route's.
            seed: seed of traffic, situations, sensor noise and appearance; 0 or more.
            with_image: whether the frame contains an image.

        Raises:
            WorldError: the route is off the road, there is no such situation or no place for it,
                or an actor would overlap another one.
        """
        spec = self._find_route(route)
        if seed < 0:
            raise WorldError(f'seed is {seed}; expected 0 or more')
        self._end_episode()
        town, planner = self._load_town(spec.town)
        planned = planner.plan(spec.waypoints_map_m)
        for warning in planned.warnings:
            logger.warning('route %s: %s', spec.id, warning)
        self._episode = Episode(self.config, spec, situation, seed, town, planned)
        return self._frame(with_image)

    def step(self, command: VehicleCommand, *, with_image: bool = True) -> Frame:
        """Apply a command for one tick and return the frame after it.

        Raises:
            ContractError: the command is not a ``VehicleCommand``.
            WorldError: no episode has begun, or the simulation failed.
        """
        if not isinstance(command, VehicleCommand):
            raise ContractError(f'the command is {command!r}; expected a VehicleCommand')
        self._require().step(command)
        return self._frame(with_image)

    def turn(self, turn: Turn) -> str:
        """Plan the route anew for a turn by words; return what the car will do.

        Raises:
            WorldError: no junction ahead lets the car turn so; nothing has changed.
        """
        episode = self._require()
        town, planner = self._load_town_of(episode)
        goal = episode.planned.route.points_map_m[-1]
        planned, words = TurnPlanner(town.map, planner).plan(
            episode.ego.pose_map, episode.ego.speed_mps, turn, goal
        )
        episode.follow(planned)
        return words

    def expect_images(self, cameras: Sequence[CameraSpec]) -> None:
        """Do nothing: here an image of any camera can be had at any tick."""

    def can_render(self, camera: CameraSpec) -> bool:
        """Tell whether there is an image of a camera at this tick: always."""
        return True

    def drive_to(self, goal_map_m: NDArray[np.float64]) -> None:
        """Plan the route from where the car is to a goal, shape (2,).

        Raises:
            WorldError: the goal is off the road, or no way leads there; nothing has changed.
        """
        episode = self._require()
        here = episode.ego.pose_map.position_m
        episode.follow(self._load_town_of(episode)[1].plan(np.stack([here, goal_map_m])))

    def put(self, pose_map: Pose2) -> None:
        """Put the car elsewhere, standing; the route leads from there to the same goal.

        Raises:
            WorldError: the place is off the road, or no way leads from there; nothing has
                changed.
        """
        episode = self._require()
        goal = episode.planned.route.points_map_m[-1]
        planner = self._load_town_of(episode)[1]
        planned = planner.plan(np.stack([pose_map.position_m, goal]))
        episode.ego.reset(pose_map)
        episode.follow(planned)

    def set_speed(self, speed_mps: float) -> None:
        """Set the car's speed at once, wheels straight, within what it can drive."""
        ego = self._require().ego
        speed_mps = min(max(speed_mps, -HIGHEST_REVERSE_MPS), HIGHEST_SPEED_MPS)
        ego.reset(ego.pose_map, speed_mps)

    def set_weather(self, weather: Weather) -> None:
        """Set the weather for the rest of the episode."""
        self._require().weather = RouteWeather(((0.0, weather),))

    def render(self, camera: CameraSpec) -> NDArray[np.uint8]:
        """Return an image of the current state, BGRA, shape (height, width, 4)."""
        return self._open_renderer().render(self.state, camera)

    def render_depth_m(self, camera: CameraSpec) -> NDArray[np.float32]:
        """Return distances along the camera's axis in metres, shape (height, width)."""
        return self._open_renderer().render_depth_m(self.state, camera)

    def render_classes(self, camera: CameraSpec) -> NDArray[np.uint8]:
        """Return what is seen in the colours of Cityscapes, BGRA, shape (height, width, 4)."""
        return self._open_renderer().render_classes(self.state, camera)

    def _open_renderer(self) -> Renderer:
        from simlingo_sim.camera.renderer import Renderer

        episode = self._require()
        # The town itself: files of the same name in two folders are two towns.
        key = (episode.town, episode.sun_seed, episode.needs_lamps)
        if self._renderer is None or self._renderer_key != key:
            if self._renderer is not None:
                self._renderer.close()
            self._renderer = Renderer(
                episode.town,
                self.config.quality,
                episode.sun_seed,
                has_lamps=episode.needs_lamps,
            )
            self._renderer_key = key
        return self._renderer

    def camera_image(self, camera: CameraSpec) -> NDArray[np.uint8] | None:
        """Return what the front camera delivers, with its faults; None: the image is lost.

        Args:
            camera: the front camera.
        """
        image = self.render(camera)
        faults = self._require().camera_faults
        return faults.apply(image, self.state.tick) if faults.names else image

    def close(self) -> None:
        """Release traffic and renderer; a later ``reset`` opens them again."""
        self._end_episode()
        if self._renderer is not None:
            self._renderer.close()
            self._renderer = None

    def __enter__(self) -> SimWorld:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _require(self) -> Episode:
        if self._episode is None:
            raise WorldError('no episode has begun; reset the world first')
        return self._episode

    def _end_episode(self) -> None:
        if self._episode is not None:
            self._episode.close()
            self._episode = None

    def _find_route(self, route: RouteSpec | str) -> RouteSpec:
        return route if isinstance(route, RouteSpec) else find_named_route(route)

    def _load_town_of(self, episode: Episode) -> tuple[Town, RoutePlanner]:
        return next(pair for pair in self._towns.values() if pair[0] is episode.town)

    def _load_town(self, name: str) -> tuple[Town, RoutePlanner]:
        if name not in self._towns:
            town = load_town(name)
            self._towns[name] = (town, RoutePlanner(town.map))
        return self._towns[name]

    def _frame(self, with_image: bool) -> Frame:
        episode = self._require()
        image = self.camera_image(self.config.camera) if with_image else None
        ego = episode.ego.ego_state(episode.state.t_s)
        return Frame(
            tick=episode.state.tick,
            t_s=episode.state.t_s,
            ego=ego,
            image_bgra=image,
            imu=episode.sensors.read_imu(ego),
            gnss=episode.sensors.read_gnss(ego),
            speedometer_mps=episode.sensors.read_speedometer(ego),
            is_done=episode.has_arrived,
        )


def state_digest(state: WorldState) -> str:
    """Return a hash of a state; equal states have equal hashes in any process."""
    text = repr((state.tick, state.t_s, state.ego, state.actors, sorted(state.lights.items())))
    return hashlib.sha256(text.encode()).hexdigest()
