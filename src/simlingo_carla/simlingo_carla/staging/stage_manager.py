# SPDX-License-Identifier: Apache-2.0
"""Stages the situations of an episode on a CARLA server, tick by tick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from simlingo_carla.staging.background import BackgroundTraffic
from simlingo_carla.staging.puppets import Puppets
from simlingo_carla.staging.staged_traffic import StagedTraffic
from simlingo_sim.situations import ActiveSituation, Situation
from simlingo_sim.situations.stage import Stage
from simlingo_sim.state import LightState, WorldState
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import Town

FREE_DRIVING = 'free_driving'
FIRST_ID = 1_000_000_000
"""Of actors of situations; those of the server have small numbers."""
KEEP_CLEAR_PERIOD_TICKS = 20
QUEUE_M, QUEUE_AHEAD_M, QUEUE_BESIDE_M = 70.0, 30.0, 1.8


class StageManager:
    """The situations of one episode and what belongs to them.

    Args:
        situations: each at its place.
        town, planned: of the episode.
        puppets: show the actors on the server.
        traffic: lights and vehicles for situations.
        background: traffic of the episode; None: whatever somebody else has started.
        seed: of their random choices.
    """

    def __init__(
        self,
        situations: tuple[Situation, ...],
        town: Town,
        planned: PlannedRoute,
        puppets: Puppets,
        traffic: StagedTraffic,
        background: BackgroundTraffic | None,
        seed: int,
    ) -> None:
        self._situations = situations
        self._town, self._planned = town, planned
        self._puppets, self._traffic, self._background = puppets, traffic, background
        self._rng = np.random.default_rng([seed, 2])
        self._stage: Stage | None = None
        self._colours: Mapping[int, LightState] = {}

    @property
    def server_ids(self) -> frozenset[int]:
        """Ids of the actors of situations on the server."""
        return self._puppets.server_ids

    @property
    def acts(self) -> bool:
        """Whether there is a situation that does something."""
        return any(situation.name != FREE_DRIVING for situation in self._situations)

    @property
    def start_left_m(self) -> float:
        """Where the car starts beside its route, positive to the left."""
        beside = [left for s in self._situations if (left := s.start_left_m()) != 0.0]
        return beside[0] if beside else 0.0

    def populate(self, vehicles: int, walkers: int) -> None:
        """Spawn the background traffic; the walkers wait for ``start_walking``.

        Raises:
            RuntimeError: the server does not answer.
        """
        if self._background is not None:
            self._background.add_vehicles(vehicles, self._planned.route)
            self._background.add_walkers(walkers)

    def start_walking(self) -> None:
        """Send the pedestrians somewhere, a tick after they were spawned."""
        if self._background is not None:
            self._background.start_walking()

    def begin(self, state: WorldState, near_z_m: float) -> None:
        """Put the actors of all situations onto the server.

        Args:
            state: what is there without them.
            near_z_m: height of the car.

        Raises:
            WorldError: a situation cannot be staged here.
        """
        self._stage = stage = Stage(
            town=self._town,
            planned=self._planned,
            traffic=self._traffic,
            rng=self._rng,
            ego=state.ego,
            others=state.actors,
            _next_id=FIRST_ID,
        )
        self._traffic.enter(stage)
        self._colours = state.lights
        for situation in self._situations:
            situation.begin(stage)
        self._show(near_z_m)

    def step(self, near_z_m: float) -> None:
        """Move the actors for the next tick.

        Raises:
            WorldError: one has no place, or the server has no blueprint for it.
        """
        if self._stage is None:
            return
        for situation in self._situations:
            situation.step(self._stage)
            if self._stage.tick % KEEP_CLEAR_PERIOD_TICKS == 0 and situation.must_be_passed:
                self._keep_clear(self._stage, situation.arc_m)
        self._traffic.step(self._colours)
        self._stage.move()
        self._show(near_z_m)

    def note(self, state: WorldState, arc_m: float) -> WorldState:
        """Take what the server shows without the situations' actors; return it with them.

        Args:
            state: of this tick.
            arc_m: where the car is along its route.
        """
        stage = self._stage
        if stage is None:
            return state
        stage.tick, stage.t_s, stage.ego = state.tick, state.t_s, state.ego
        stage.others, stage.ego_arc_m, self._colours = state.actors, arc_m, state.lights
        actors = sorted((*state.actors, *stage.states()), key=lambda actor: actor.id)
        return replace(state, actors=tuple(actors))

    def follow(self, planned: PlannedRoute) -> None:
        """Follow another route from now on; what is staged along the old one stays there."""
        if self._stage is not None:
            self._stage.planned = planned

    def describe(self) -> tuple[ActiveSituation, ...]:
        """Return the situations and their progress."""
        return tuple(situation.describe() for situation in self._situations)

    def destroy(self) -> None:
        """Take the actors and the traffic away.

        Raises:
            RuntimeError: the server no longer answers.
        """
        try:
            self._puppets.destroy()
        finally:
            if self._background is not None:
                self._background.destroy()

    def _keep_clear(self, stage: Stage, arc_m: float) -> None:
        """Remove background vehicles that queue before an obstacle, well ahead of the car."""
        first_m = max(stage.ego_arc_m + QUEUE_AHEAD_M, arc_m - QUEUE_M)
        arcs = np.arange(first_m, arc_m, 2.0)
        if len(arcs):
            self._traffic.clear(stage.planned.route.position_at(arcs), QUEUE_BESIDE_M)

    def _show(self, near_z_m: float) -> None:
        stage: Any = self._stage
        self._puppets.show(stage.states(), near_z_m)
        for actor in stage.actors.values():
            actor.extent_m = self._puppets.extent_m(actor.id, actor.extent_m)
