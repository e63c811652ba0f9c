# SPDX-License-Identifier: Apache-2.0
"""Base class of all situations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from simlingo_core.route import Route
from simlingo_sim.situations.stage import Stage
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import Town

TIME_LIMIT_S = 240.0
"""Of CARLA's scenarios."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """The way of an actor that keeps to it, and where its middle is along it."""

    path: Route
    arc_m: float


@dataclass(frozen=True, kw_only=True)
class ActiveSituation:
    """State of a situation, for the expert and for labels.

    Attributes:
        name: name in the registry.
        arc_m: its place along the route.
        actor_ids: ids of its actors.
        must_be_passed: whether its obstacle stays and must be passed when the other lane is free.
        has_happened, is_over: see ``Situation``.
        time_limit_s: time from its event on after which it counts as timed out.
        make_way_for_id: id of the emergency vehicle that must be let past; 0: none.
        others_have_priority: whether its actors drive on when the ego is in their way.
        passed_ids: ids of the actors to be passed and not waited for.
        ways: of the vehicles that cross the ego's way, by id.
    """

    name: str
    arc_m: float
    actor_ids: tuple[int, ...]
    must_be_passed: bool
    has_happened: bool
    is_over: bool
    time_limit_s: float = TIME_LIMIT_S
    make_way_for_id: int = 0
    others_have_priority: bool = False
    passed_ids: tuple[int, ...] = ()
    ways: Mapping[int, Way] = field(default_factory=dict)


class Situation(ABC):
    """A situation that is staged in an episode.

    ``closed_edges`` gives the edges to be kept free of traffic.  ``begin`` is called once at the
    reset, ``step`` before every tick.

    Args:
        arc_m: its place along the route.

    Attributes:
        name: name in the registry.
        summary: one line on what happens.
        must_be_passed: see ``ActiveSituation``.
        drives_on_m: so far behind its place its vehicles drive on in the ego's lane.
        drives_ahead: whether a vehicle drives ahead of the ego from the start to its place.
        arc_m: its place along the route.
        has_happened: whether its event has taken place.
        is_over: whether it does nothing any more.
    """

    name: str
    summary: str
    must_be_passed: bool = False
    drives_on_m: float = 0.0
    drives_ahead: bool = False

    def __init__(self, arc_m: float) -> None:
        self.arc_m = arc_m
        self.has_happened = False
        self.is_over = False

    def closed_edges(self, town: Town, planned: PlannedRoute) -> tuple[str, ...]:
        """Return the ids of edges that traffic must not use."""
        return ()

    def start_left_m(self) -> float:
        """Return where the ego starts beside its route, positive to the left."""
        return 0.0

    @abstractmethod
    def begin(self, stage: Stage) -> None:
        """Stage it at the start of the episode.

        Raises:
            WorldError: it cannot be staged here.
        """

    @abstractmethod
    def step(self, stage: Stage) -> None:
        """Control its actors for the next tick."""

    def actor_ids(self) -> tuple[int, ...]:
        """Return the ids of its actors."""
        return ()

    def passed_ids(self) -> tuple[int, ...]:
        """Return the ids of the actors that the ego is to pass."""
        return self.actor_ids() if self.must_be_passed else ()

    def ways(self) -> Mapping[int, Way]:
        """Return the ways of the vehicles that cross the ego's way, by id."""
        return {}

    def describe(self) -> ActiveSituation:
        """Return its state."""
        return ActiveSituation(
            name=self.name,
            arc_m=self.arc_m,
            actor_ids=self.actor_ids(),
            passed_ids=self.passed_ids(),
            must_be_passed=self.must_be_passed,
            has_happened=self.has_happened,
            is_over=self.is_over,
            ways=self.ways(),
        )


class CodedSituation(Situation):
    """A situation that is a class of its own and finds its place."""

    @classmethod
    @abstractmethod
    def find_place(
        cls, town: Town, planned: PlannedRoute, rng: np.random.Generator
    ) -> float | None:
        """Return a place along the route where it is possible, or None if there is none."""

    @classmethod
    def stage_at(
        cls,
        town: Town,
        planned: PlannedRoute,
        arc_m: float,
        texts: Mapping[str, Mapping[str, str]],
    ) -> Self:
        """Return the situation at a place of the route; it takes no arguments of route files."""
        return cls(arc_m)
