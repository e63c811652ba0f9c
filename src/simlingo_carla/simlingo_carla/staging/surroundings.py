# SPDX-License-Identifier: Apache-2.0
"""Chooses what happens around the car in an episode on a CARLA server."""

from __future__ import annotations

import logging
from typing import Any

from simlingo_carla.staging.background import BackgroundTraffic
from simlingo_carla.staging.puppets import Puppets
from simlingo_carla.staging.stage_manager import FREE_DRIVING, StageManager
from simlingo_carla.staging.staged_traffic import StagedTraffic
from simlingo_carla.state_reader import StateReader
from simlingo_carla.world_config import CarlaConfig
from simlingo_core.errors import WorldError
from simlingo_sim.situations import Situation
from simlingo_sim.situations.of_route import situations_of
from simlingo_sim.town.route_files import RouteSpec
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import Town

logger = logging.getLogger(__name__)


class Surroundings:
    """What may happen around the car on one server.

    Args:
        client: of CARLA.
        world: of it, in synchronous mode.
        config: how many vehicles and pedestrians, and whether situations are staged.
    """

    def __init__(self, client: Any, world: Any, config: CarlaConfig) -> None:
        self._client, self._world, self._config = client, world, config

    def choose(
        self,
        spec: RouteSpec,
        situation: str | None,
        seed: int,
        town: Town,
        planned: PlannedRoute,
        reader: StateReader,
    ) -> StageManager:
        """Return what happens in an episode; nothing is spawned yet.

        Args:
            spec: the route.
            situation: instead of those of the route; None: the route's.
            seed: of the choice, and of traffic.
            town: of the episode.
            planned: the planned route.
            reader: knows the lights.

        Raises:
            WorldError: a situation has no place on the route, or none is to be staged.
            RuntimeError: the server does not answer.
        """
        situations = self._situations(spec, situation, seed, town, planned)
        config, background = self._config, None
        if config.vehicles or config.walkers:
            background = BackgroundTraffic(
                self._client, self._world, config.traffic_manager_port, seed
            )
        return StageManager(
            situations,
            town,
            planned,
            Puppets(self._world, self._world.get_map()),
            StagedTraffic(reader.light_actors, background.clear if background else None),
            background,
            seed,
        )

    def _situations(
        self,
        spec: RouteSpec,
        situation: str | None,
        seed: int,
        town: Town,
        planned: PlannedRoute,
    ) -> tuple[Situation, ...]:
        if self._config.stages_situations:
            return situations_of(spec, situation, town, planned, seed)
        if situation not in (None, FREE_DRIVING):
            raise WorldError(
                f'situation is {situation!r}, and situations are switched off; expected '
                f'{FREE_DRIVING}, or a server without situations=off'
            )
        for name in spec.situation_names:
            if name != FREE_DRIVING:
                logger.warning('route %s: the situation %s is not staged', spec.id, name)
        return ()
