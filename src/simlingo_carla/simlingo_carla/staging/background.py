# SPDX-License-Identifier: Apache-2.0
"""Background traffic on a CARLA server: its traffic manager and walker controllers drive it."""

from __future__ import annotations

import logging
from typing import Any

import carla
import numpy as np
from numpy.typing import NDArray

from simlingo_core.carla_frame import vector_from_carla
from simlingo_core.route import Route

logger = logging.getLogger(__name__)

CLEAR_AROUND_START_M = 16.0
NEAR_ROUTE_M = 250.0
GAP_M = 2.5
WALK_MPS = (0.9, 1.7)
LEAST_WHEELS = 4
ROLE = 'traffic'


class BackgroundTraffic:
    """Vehicles and pedestrians of one episode, near its route.

    The same seed chooses the same vehicles and places; how they drive is the traffic manager's.

    Args:
        client: of CARLA.
        world: of it, in synchronous mode.
        port: of the traffic manager.
        seed: of places, looks and the traffic manager.

    Raises:
        RuntimeError: the server does not answer.
    """

    def __init__(self, client: Any, world: Any, port: int, seed: int) -> None:
        self._world, self._port = world, port
        self._rng = np.random.default_rng([seed, 1])
        self._vehicles: list[Any] = []
        self._walkers: list[tuple[Any, Any]] = []
        self._manager = client.get_trafficmanager(port)
        self._manager.set_synchronous_mode(True)
        self._manager.set_random_device_seed(seed)
        self._manager.set_global_distance_to_leading_vehicle(GAP_M)
        world.set_pedestrians_seed(seed)

    def add_vehicles(self, count: int, route: Route) -> None:
        """Spawn vehicles that drive by themselves.

        Args:
            count: how many; fewer where there is no more room.
            route: they begin near it, and not where the car begins.
        """
        library = self._world.get_blueprint_library()
        blueprints = [
            blueprint
            for blueprint in sorted(library.filter('vehicle.*'), key=lambda b: str(b.id))
            if int(blueprint.get_attribute('number_of_wheels').as_int()) >= LEAST_WHEELS
        ]
        for place in self._places(route):
            if len(self._vehicles) == count or not blueprints:
                break
            blueprint = blueprints[int(self._rng.integers(len(blueprints)))]
            blueprint.set_attribute('role_name', ROLE)
            actor = self._world.try_spawn_actor(blueprint, place)
            if actor is not None:
                self._vehicles.append(actor)
                actor.set_autopilot(True, self._port)
        _warn_of_fewer('vehicles', count, len(self._vehicles))

    def add_walkers(self, count: int) -> None:
        """Spawn pedestrians; they walk after ``start_walking``, a tick later.

        Args:
            count: how many; fewer where the server finds no place.
        """
        library = self._world.get_blueprint_library()
        looks = sorted(library.filter('walker.pedestrian.*'), key=lambda b: str(b.id))
        for _ in range(2 * count):
            if len(self._walkers) == count or not looks:
                break
            place = self._world.get_random_location_from_navigation()
            if place is None:
                break
            blueprint = looks[int(self._rng.integers(len(looks)))]
            blueprint.set_attribute('role_name', ROLE)
            walker = self._world.try_spawn_actor(blueprint, carla.Transform(place))
            if walker is None:
                continue
            controller = self._world.spawn_actor(
                library.find('controller.ai.walker'), carla.Transform(), attach_to=walker
            )
            self._walkers.append((walker, controller))
        _warn_of_fewer('pedestrians', count, len(self._walkers))

    def start_walking(self) -> None:
        """Send each pedestrian somewhere; call it a tick after they were spawned."""
        for _, controller in self._walkers:
            controller.start()
            goal = self._world.get_random_location_from_navigation()
            if goal is not None:
                controller.go_to_location(goal)
            controller.set_max_speed(float(self._rng.uniform(*WALK_MPS)))

    def clear(self, places_map_m: NDArray[np.float64], radius_m: float) -> None:
        """Remove vehicles within ``radius_m`` of one of the places, shape (n, 2)."""
        for actor in list(self._vehicles):
            here = actor.get_location()
            gaps_m = np.hypot(*(places_map_m - vector_from_carla([here.x, here.y])).T)
            if gaps_m.min() < radius_m:
                self._vehicles.remove(actor)
                actor.destroy()

    def destroy(self) -> None:
        """Take all away and let the traffic manager go.

        Raises:
            RuntimeError: the server no longer answers.
        """
        while self._walkers:
            walker, controller = self._walkers.pop()
            controller.stop()
            controller.destroy()
            walker.destroy()
        while self._vehicles:
            self._vehicles.pop().destroy()
        # A manager that stays synchronous would wait for ticks that nobody gives.
        self._manager.set_synchronous_mode(False)

    def _places(self, route: Route) -> list[Any]:
        """Return where vehicles may begin, in random order, those near the route first."""
        places = list(self._world.get_map().get_spawn_points())
        near: list[Any] = []
        far: list[Any] = []
        for number in self._rng.permutation(len(places)):
            place = places[int(number)]
            here = vector_from_carla([place.location.x, place.location.y])
            if np.hypot(*(here - route.position_at(0.0))) < CLEAR_AROUND_START_M:
                continue
            gap_m = float(np.hypot(*(route.points_map_m - here).T).min())
            (near if gap_m < NEAR_ROUTE_M else far).append(place)
        return [*near, *far]


def _warn_of_fewer(what: str, wanted: int, found: int) -> None:
    if found < wanted:
        logger.warning('the CARLA server has room for %d of %d %s', found, wanted, what)
