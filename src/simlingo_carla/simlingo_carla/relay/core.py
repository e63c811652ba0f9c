# SPDX-License-Identifier: Apache-2.0
"""The relay without ROS: connect, spawn, tick, read, command, plan, and leave all as it was."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import carla
import numpy as np
from numpy.typing import NDArray

from simlingo_carla.actor_states import ego_state
from simlingo_carla.carla_client import CarlaClient, ClientFactory, synchronous
from simlingo_carla.relay.config import RelayConfig
from simlingo_carla.relay.control_check import ControlCheck
from simlingo_carla.relay.native_car import NativeCar
from simlingo_carla.server_town import start_transform
from simlingo_core.carla_frame import steer_from_carla, steer_to_carla
from simlingo_core.errors import WorldError
from simlingo_core.geodesy import GeoReference
from simlingo_core.georeference import read_reference
from simlingo_core.route import Route
from simlingo_core.types import EgoState, VehicleCommand
from simlingo_sim.command_watchdog import CommandWatchdog
from simlingo_sim.town.carla_map import CarlaMap
from simlingo_sim.town.route_files import find_named_route
from simlingo_sim.town.route_planner import RoutePlanner

logger = logging.getLogger(__name__)
SPAWN_HEIGHT_M = 0.5
CLEAN_UP_TIMEOUT_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Moment:
    """The car at one tick.

    Attributes:
        ego: its state; the stamp is the time that the server's /clock says.
        command: in force, as the server reports it.
    """

    ego: EgoState
    command: VehicleCommand


class RelayCore:
    """A client beside the native output.

    Args:
        config: server, car and control.
        make_client: makes the client; None: that of the installed ``carla``.

    Attributes:
        route: to drive; None: none yet.
    """

    def __init__(self, config: RelayConfig, make_client: ClientFactory | None = None) -> None:
        self._config, self._make_client = config, make_client
        self._client: CarlaClient | None = None
        self._world: Any = None
        self._settings: Any = None
        self._car: NativeCar | None = None
        self._planner: RoutePlanner | None = None
        self._command, self._frame = VehicleCommand.full_brake(), -1
        self._check, self._watchdog = ControlCheck(), CommandWatchdog()
        self.route: Route | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is connected and has a car."""
        return self._car is not None

    @property
    def applies_commands(self) -> bool:
        """Whether the commands go through this client."""
        control = self._config.control
        return control == 'always' or (control == 'auto' and self._check.is_ignored)

    # ---- begin and end -----------------------------------------------------------------------

    def open(self) -> None:
        """Connect, find or spawn the car, and plan the first route.

        Raises:
            WorldError: the server does not answer, does not fit, has no such town or car, or the
                route is not on its roads.
        """
        config = self._config
        client = CarlaClient(config.host, config.port, config.timeout_s, self._make_client)
        self._client = client
        try:
            with client.calls('begin'):
                self._world = (
                    client.load_town(config.town) if config.town else (client.client.get_world())
                )
                if config.ticks:
                    self._settings = self._world.get_settings()
                    self._world.apply_settings(synchronous(self._world.get_settings()))
                self._read_map()
                self._car = NativeCar(self._world, config, self._start())
        except BaseException:
            self.close()
            raise
        self._check, self._watchdog = ControlCheck(), CommandWatchdog()
        self._command = VehicleCommand.full_brake()

    def close(self) -> None:
        """Leave the server as it was; one that no longer answers is left alone."""
        client, self._client = self._client, None
        car, self._car = self._car, None
        settings, self._settings = self._settings, None
        if client is None:
            return
        try:
            client.client.set_timeout(CLEAN_UP_TIMEOUT_S)
            if car is not None:
                car.destroy()
            if settings is not None:
                self._world.apply_settings(settings)
        except RuntimeError as error:
            logger.warning('the CARLA server could not be left as it was: %s', error)

    def _read_map(self) -> None:
        found = self._world.get_map()
        name = str(found.name).rpartition('/')[2]
        self.town, self.opendrive = name, str(found.to_opendrive())
        self._map, self._planner = CarlaMap(name, self.opendrive), None
        self._spawn_points = list(found.get_spawn_points()) if not self._config.route else []
        if self._config.route:
            spec = find_named_route(self._config.route)
            self.route = self._plan(spec.waypoints_map_m)

    def _start(self) -> Any:
        """Return where to spawn: at the start of the route, or at the first place of the map."""
        if self.route is None:
            if not self._spawn_points:
                raise WorldError(f'{self.town} has no spawn points; give a route to begin with')
            return self._spawn_points[0]
        return start_transform(self.route, self._world.get_map(), SPAWN_HEIGHT_M)

    # ---- each tick ---------------------------------------------------------------------------

    def advance(self) -> Moment | None:
        """Tick the server, or look at it; return the car, or None where nothing is new.

        Raises:
            WorldError: the server no longer answers, or the car has gone.
        """
        client, car = self._require()
        is_silent = self._watchdog.tick()
        if is_silent:
            self._command = VehicleCommand.full_brake()
        with client.calls('tick'):
            if self.applies_commands:
                car.actor.apply_control(to_control(self._command))
            if self._config.ticks:
                self._world.tick(self._config.timeout_s)
            snapshot = self._world.get_snapshot()
            if snapshot.frame == self._frame:
                return None
            self._frame = snapshot.frame
            in_force = from_control(car.actor.get_control())
            if not self.applies_commands:
                self._check.compare(in_force)
            ego = ego_state(car.actor, float(snapshot.timestamp.elapsed_seconds))
        return Moment(ego=ego, command=in_force)

    def take_command(self, command: VehicleCommand) -> None:
        """Take a command that the stack has sent over ROS."""
        self._command = command
        self._watchdog.note_command()
        self._check.note_command(command)

    # ---- route -------------------------------------------------------------------------------

    def drive_to(self, goal_map_m: NDArray[np.float64]) -> Route:
        """Plan the route from the car to a goal, shape (2,).

        Raises:
            WorldError: the goal is off the road, or no way leads there; the route stays.
        """
        client, car = self._require()
        with client.calls('plan'):
            here = ego_state(car.actor, 0.0).pose_map.planar.position_m
        self.route = self._plan(np.stack([here, goal_map_m]))
        return self.route

    @property
    def reference(self) -> GeoReference:
        """Latitude and longitude of the origin of map."""
        return read_reference(self.opendrive)

    def _plan(self, waypoints_map_m: Any) -> Route:
        if self._planner is None:
            # Only now: the lane graph of a large town takes seconds.
            self._planner = RoutePlanner(self._map)
        planned = self._planner.plan(waypoints_map_m)
        for warning in planned.warnings:
            logger.warning('route: %s', warning)
        return planned.route

    def _require(self) -> tuple[CarlaClient, NativeCar]:
        if self._client is None or self._car is None:
            raise WorldError('the relay is not connected to a CARLA server; open it first')
        return self._client, self._car


def to_control(command: VehicleCommand) -> Any:
    """Return CARLA's control of a command."""
    return carla.VehicleControl(
        throttle=command.throttle,
        steer=steer_to_carla(command.steer),
        brake=command.brake,
        hand_brake=command.hand_brake,
        reverse=command.reverse,
    )


def from_control(control: Any) -> VehicleCommand:
    """Return the command of CARLA's control."""
    return VehicleCommand(
        steer=steer_from_carla(min(max(control.steer, -1.0), 1.0)),
        throttle=min(max(control.throttle, 0.0), 1.0),
        brake=min(max(control.brake, 0.0), 1.0),
        hand_brake=control.hand_brake,
        reverse=control.reverse,
    )
