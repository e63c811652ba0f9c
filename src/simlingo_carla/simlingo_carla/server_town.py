# SPDX-License-Identifier: Apache-2.0
"""The town of a CARLA server: its map, where a route begins, its weather."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import carla

from simlingo_core.carla_frame import vector_to_carla, yaw_to_carla
from simlingo_core.route import Route
from simlingo_sim.situations.stage import pose_on
from simlingo_sim.town.carla_map import CarlaMap
from simlingo_sim.town.opendrive_town import read_opendrive_town
from simlingo_sim.town.route_files import RouteSpec
from simlingo_sim.town.route_planner import RoutePlanner
from simlingo_sim.town.town import Town
from simlingo_sim.weather import choose_weather


class ServerTowns:
    """Towns and their planners, built once from the server's maps."""

    def __init__(self) -> None:
        self._towns: dict[tuple[str, str], tuple[Town, RoutePlanner]] = {}

    def read(self, carla_map: Any) -> tuple[Town, RoutePlanner]:
        """Return the town of a ``carla.Map``, without the lights of its actors."""
        key = (str(carla_map.name), str(carla_map.to_opendrive()))
        if key not in self._towns:
            name, opendrive = key
            town = read_opendrive_town(CarlaMap(name.rpartition('/')[2], opendrive))
            self._towns[key] = (town, RoutePlanner(town.map))
        return self._towns[key]


def start_transform(route: Route, carla_map: Any, height_m: float, left_m: float = 0.0) -> Any:
    """Return the ``carla.Transform`` at the start of a route, so high above and beside it."""
    x_m, y_m = vector_to_carla(pose_on(route, 0.0, left_m).position_m)
    place = carla.Location(float(x_m), float(y_m), 0.0)
    place.z = carla_map.get_waypoint(place).transform.location.z + height_m
    yaw_deg = yaw_to_carla(float(route.heading_at(0.0)))
    return carla.Transform(place, carla.Rotation(yaw=yaw_deg))


class WeatherOnTheWay:
    """The weather of a route file; without any the server keeps its own.

    Args:
        world: of CARLA.
        spec: the route.
    """

    def __init__(self, world: Any, spec: RouteSpec) -> None:
        points = [(point.route_percentage, point.values) for point in spec.weathers]
        self._world, self._weather = world, choose_weather('', points, seed=0)

    def set(self, share: float) -> None:
        """Set the weather at a share of the route; what ours does not know is CARLA's default."""
        if self._weather is None:
            return
        parameters = carla.WeatherParameters()
        values = asdict(self._weather.at(100.0 * min(max(share, 0.0), 1.0)))
        for name, value in values.items():
            setattr(parameters, name, value)
        self._world.set_weather(parameters)
