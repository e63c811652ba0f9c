# SPDX-License-Identifier: Apache-2.0
"""What every situation offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from simlingo_sim.situations.stage import Stage
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import Town


@dataclass(frozen=True, kw_only=True)
class ActiveSituation:
    """What an expert or a label may know about a situation.

    Attributes:
        name: in the registry.
        arc_m: where it is along the route.
        actor_ids: the road users and things it is about.
        must_be_passed: the obstacle stays; the way is around it, when the other lane is free.
        has_happened, is_over: see ``Situation``.
    """

    name: str
    arc_m: float
    actor_ids: tuple[int, ...]
    must_be_passed: bool
    has_happened: bool
    is_over: bool


class Situation(ABC):
    """One thing that happens on a drive.

    Life: ``find_place`` (or the route file) says where; ``closed_edges`` keeps traffic away from
    there; ``begin`` is called once at the reset, ``step`` before every tick.

    Args:
        arc_m: where along the route.

    Attributes:
        has_happened: what the situation is about took place.
        is_over: nothing more will come of it.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    must_be_passed: ClassVar[bool] = False

    def __init__(self, arc_m: float) -> None:
        self.arc_m = arc_m
        self.has_happened = False
        self.is_over = False

    @classmethod
    @abstractmethod
    def find_place(
        cls, town: Town, planned: PlannedRoute, rng: np.random.Generator
    ) -> float | None:
        """Return an arc length at which it can happen, or None where it cannot."""

    def closed_edges(self, town: Town, planned: PlannedRoute) -> tuple[str, ...]:
        """Return the streets that traffic shall avoid."""
        return ()

    @abstractmethod
    def begin(self, stage: Stage) -> None:
        """Set the scene.

        Raises:
            WorldError: it cannot be set here.
        """

    @abstractmethod
    def step(self, stage: Stage) -> None:
        """Direct the actors for the coming tick."""

    def actor_ids(self) -> tuple[int, ...]:
        """Return the road users and things it is about."""
        return ()

    def describe(self) -> ActiveSituation:
        """Return what may be known about it."""
        return ActiveSituation(
            name=self.name,
            arc_m=self.arc_m,
            actor_ids=self.actor_ids(),
            must_be_passed=self.must_be_passed,
            has_happened=self.has_happened,
            is_over=self.is_over,
        )
