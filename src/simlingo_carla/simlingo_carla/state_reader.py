# SPDX-License-Identifier: Apache-2.0
"""Reads everything that moves or changes from a CARLA server, as the simulator's state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from simlingo_carla.actor_states import actor_state, light_id, light_state, traffic_lights
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_sim.state import LightState, TrafficLight, WorldState
from simlingo_sim.weather import Weather

WEATHER_PERIOD_TICKS = 20
ROAD_USERS = ('vehicle.', 'walker.', 'static.prop.')


class StateReader:
    """Reads the states of one episode.

    Args:
        world: of CARLA.
        role_name: of the car.

    Attributes:
        lights: of the town, each with its stop line, sorted by id.
        light_actors: the traffic light of CARLA that each belongs to, by our id.
    """

    def __init__(self, world: Any, role_name: str) -> None:
        self._world, self._role_name = world, role_name
        found = list(world.get_actors().filter('traffic.traffic_light*'))
        rows = [traffic_lights(light) for light in found]
        self._lights = [(light, len(row)) for light, row in zip(found, rows, strict=True)]
        self.light_actors: Mapping[int, Any] = {
            entry.id: light for light, row in zip(found, rows, strict=True) for entry in row
        }
        flat = (light for row in rows for light in row)
        self.lights: tuple[TrafficLight, ...] = tuple(sorted(flat, key=lambda light: light.id))
        self._weather: Weather | None = None

    def read(
        self,
        tick: int,
        hero: Any,
        *,
        touches_scenery: bool = False,
        without: frozenset[int] = frozenset(),
    ) -> WorldState:
        """Return the state of a tick.

        Args:
            tick: since the reset.
            hero: the car in CARLA.
            touches_scenery: whether it hit something beside the road.
            without: ids of CARLA's actors that are left out.
        """
        if tick % WEATHER_PERIOD_TICKS == 0 or self._weather is None:
            self._weather = weather_of(self._world.get_weather())
        lamps = self._lamps()
        others = [
            actor_state(actor, lamps=lamps.get(int(actor.id), 0))
            for actor in self._world.get_actors()
            if str(actor.type_id).startswith(ROAD_USERS)
            and actor.id != hero.id
            and actor.id not in without
        ]
        return WorldState(
            tick=tick,
            t_s=tick * TICK_PERIOD_S,
            ego=actor_state(hero, ego_role=self._role_name),
            actors=tuple(sorted(others, key=lambda actor: actor.id)),
            lights=self._light_states(),
            weather=self._weather,
            touches_scenery=touches_scenery,
        )

    def _light_states(self) -> dict[int, LightState]:
        return {
            light_id(light, number): light_state(light)
            for light, count in self._lights
            for number in range(count)
        }

    def _lamps(self) -> Mapping[int, int]:
        """Return the lamps of all vehicles in one call; CARLA's server knows, the client asks."""
        if not hasattr(self._world, 'get_vehicles_light_states'):
            return {}
        states = self._world.get_vehicles_light_states()
        return {int(ident): int(lamps) for ident, lamps in states.items()}


def weather_of(parameters: Any) -> Weather:
    """Return ``carla.WeatherParameters`` as the weather here; what that does not know is lost.

    Raises:
        WorldError: a number is not finite.
    """
    return Weather.nearest({f.name: getattr(parameters, f.name) for f in fields(Weather)})
