# SPDX-License-Identifier: Apache-2.0
"""What a scenario is: one declarative description of place, actors, behaviour and end.

A scenario is data.  ``Scenario.stage_at`` makes a situation of it (``run.py``); what its actors
do is in ``behaviours``, where it fits in ``fitting.py``, what lies there in ``spot.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

import numpy as np

from simlingo_core.errors import WorldError
from simlingo_sim.situations.scenarios.arguments import (
    ZERO,
    ArgumentTexts,
    Declared,
    Span,
    Values,
    read_arguments,
)
from simlingo_sim.situations.scenarios.spot import Anchor, Spot
from simlingo_sim.situations.stage import ScriptedActor, Stage
from simlingo_sim.state import ActorKind
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import Town

if TYPE_CHECKING:
    from simlingo_sim.situations.scenarios.run import ScenarioRun

_NO_TEXTS: ArgumentTexts = MappingProxyType({})


class Place(Protocol):
    """A rule for where a scenario fits."""

    def find(self, town: Town, planned: PlannedRoute, rng: np.random.Generator) -> float | None:
        """Return a fitting place along the route, chosen by ``rng``; None: there is none."""
        ...

    def lacks(self, town: Town, planned: PlannedRoute, arc_m: float) -> str:
        """Return what a place lacks, as words for a message; empty: it fits."""
        ...


class Behaviour(Protocol):
    """What the actors of a role do; without state of its own, which is in the part."""

    def enter(self, part: Part, stage: Stage) -> None:
        """Place the actors at the reset."""
        ...

    def step(self, part: Part, stage: Stage) -> None:
        """Command the actors for the next tick; may begin and finish the part."""
        ...


@runtime_checkable
class NeedsStreets(Protocol):
    """A behaviour whose actors need streets for themselves."""

    def streets(self, spot: Spot, words: Mapping[str, str]) -> tuple[str, ...]:
        """Return the ids of the edges."""
        ...


@runtime_checkable
class SnapsTriggers(Protocol):
    """A rule that moves the trigger of a route file to the place that it means."""

    def snap(self, town: Town, planned: PlannedRoute, arc_m: float) -> float:
        """Return the place along the route."""
        ...


class Demand(Enum):
    """What a scenario demands of the ego beyond not hitting anything."""

    NOTHING = auto()
    GIVE_WAY = auto()
    """Its actors have priority."""
    MAKE_WAY = auto()
    """Its first actor must be let past."""


@dataclass(frozen=True, kw_only=True)
class Role:
    """One actor, or several alike behind each other.

    Attributes:
        behaviour: what they do.
        kinds: kinds to choose from.
        anchor: what the lateral place is measured from.
        left_m: lateral place from there; where the scenario is on the left, to the right.
        ahead_m: place of the first, from the scenario's place along the route.
        count: how many.
        spacing_m: from middle to middle along the route.
        turn_rad: heading against the route.
        is_passed: whether the ego is to pass them and not to wait for them.
    """

    behaviour: Behaviour
    kinds: tuple[ActorKind, ...]
    anchor: Anchor = Anchor.LANE
    left_m: Span = ZERO
    ahead_m: Span = ZERO
    count: int = 1
    spacing_m: Span = ZERO
    turn_rad: Span = ZERO
    is_passed: bool = False


@dataclass(kw_only=True)
class Part:
    """A role that is being played.

    Attributes:
        role, spot, values: what is played, where, and the arguments.
        actors: its actors on the stage.
        has_begun: whether the behaviour has begun to act.
        is_done: whether it does nothing any more.
        since_s: time since it began.
        memory: numbers that the behaviour keeps.
    """

    role: Role
    spot: Spot
    values: Values
    actors: list[ScriptedActor] = field(default_factory=list)
    has_begun: bool = False
    is_done: bool = False
    since_s: float = 0.0
    memory: dict[str, float] = field(default_factory=dict)

    def left_m(self, stage: Stage) -> float:
        """Return the lateral place of the role, drawn anew with every call."""
        outwards = self.role.left_m.draw(stage.rng) * -self.spot.side
        return self.spot.left_m(self.role.anchor) + outwards

    def kind(self, stage: Stage) -> ActorKind:
        """Return one of the role's kinds."""
        return self.role.kinds[int(stage.rng.integers(len(self.role.kinds)))]

    def left_to_go_m(self, stage: Stage) -> float:
        """Return the way of the ego's front to the scenario's place."""
        return self.spot.arc_m - stage.ego_arc_m - stage.ego.extent_m[0]

    def leave(self, stage: Stage) -> None:
        """Remove all actors."""
        for actor in self.actors:
            stage.remove(actor)
        self.actors.clear()
        self.is_done = True


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One scenario of Bench2Drive.

    Attributes:
        name: Bench2Drive's name.
        summary: one line on what happens.
        place: where it fits.
        roles: who plays.
        arguments: what a route file may say.
        starts_parked: whether the ego starts in a parking slot beside the route.
        happens_within_m: it has begun when the ego is so near; None: when a role has begun to act.
        ends_after_m: it is over when the ego is so far behind the place.
        clears_m: traffic and parked cars are removed so far before and behind the place.
        distance_moves_place: whether ``distance`` is the way from the trigger to the place.
        ends_with_roles: it is over when every role is done, too.
        timeout_s: after so long its actors leave.
        drives_on_m: so far behind the place its vehicles drive on in the ego's lane.
        demands: what it demands of the ego beyond not hitting anything.
        cannot_fail: why driving through blindly does no harm; empty: it does.
    """

    name: str
    summary: str
    place: Place
    roles: tuple[Role, ...]
    arguments: tuple[Declared, ...] = ()
    starts_parked: bool = False
    happens_within_m: float | None = None
    ends_after_m: float = 12.0
    clears_m: tuple[float, float] = (25.0, 25.0)
    ends_with_roles: bool = False
    distance_moves_place: bool = True
    timeout_s: float = 120.0
    drives_on_m: float = 0.0
    drives_ahead: ClassVar[bool] = False
    demands: Demand = Demand.NOTHING
    cannot_fail: str = ''

    @property
    def must_be_passed(self) -> bool:
        """Whether some of its actors are to be passed, over the oncoming lane if need be."""
        return any(role.is_passed for role in self.roles)

    def find_place(
        self, town: Town, planned: PlannedRoute, rng: np.random.Generator
    ) -> float | None:
        """Return a place along the route where it fits, None if there is none."""
        return self.place.find(town, planned, rng)

    def stage_at(
        self,
        town: Town,
        planned: PlannedRoute,
        arc_m: float,
        texts: ArgumentTexts = _NO_TEXTS,
    ) -> ScenarioRun:
        """Return the situation at a place.

        Args:
            town: the town.
            planned: the planned route.
            arc_m: where its trigger is along the route; ``distance`` is added to it.
            texts: arguments of the route file.

        Raises:
            WorldError: there is no room for it, or an argument is unknown or bad.
        """
        from simlingo_sim.situations.scenarios.run import ScenarioRun

        values = read_arguments(self.name, self.arguments, texts)
        if self.distance_moves_place and 'distance' in values.spans:
            arc_m += values.spans['distance'].low
        if isinstance(self.place, SnapsTriggers):
            arc_m = self.place.snap(town, planned, arc_m)
        lacks = self.place.lacks(town, planned, arc_m)
        if lacks:
            raise WorldError(
                f'{self.name} does not fit at {arc_m:.0f} m of the route in {town.name}: {lacks}; '
                'choose another place'
            )
        spot = Spot(town=town, planned=planned, arc_m=arc_m, side=values.side())
        return ScenarioRun(self, spot, values)
