# SPDX-License-Identifier: Apache-2.0
"""Rules for where scenarios at junctions fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simlingo_core.types import RoadOption
from simlingo_sim.situations.scenarios.passages import (
    Meeting,
    Origin,
    Passage,
    meetings,
    passages,
)
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import Town

TRIGGER_BEFORE_M = 120.0
"""Route files put the trigger so far before the junction at most."""
TRIGGER_BEHIND_M = 10.0
TOWN_LIMIT_MPS = 60.0 / 3.6


@dataclass(frozen=True, kw_only=True)
class Stream:
    """Others who go straight through the junction: where from, and whether into the ego's lane."""

    origins: tuple[Origin, ...]
    merges: bool = False

    def fits(self, meeting: Meeting) -> bool:
        """Return whether a way is one of theirs."""
        return meeting.origin in self.origins and meeting.merges is self.merges


@dataclass(frozen=True, kw_only=True)
class AtJunction:
    """A junction that the route passes; the place is where the first of the streams is met.

    Attributes:
        turns: what the route does there.
        streams: ways of others that must be there; none: the place is ``behind_m`` its end.
        has_light: whether a light faces the ego; None: either.
        is_fast: whether the road before or behind it has a limit above 60 km/h; None: either.
        from_start_m, before_end_m: least distances of the junction from the ends of the route.
        behind_m: place behind the end, where there are no streams.
    """

    turns: tuple[RoadOption, ...]
    streams: tuple[Stream, ...] = ()
    has_light: bool | None = None
    is_fast: bool | None = None
    from_start_m: float = 35.0
    before_end_m: float = 14.0
    behind_m: float = 5.0

    def find(self, town: Town, planned: PlannedRoute, rng: np.random.Generator) -> float | None:
        """Return a fitting place along the route, chosen by ``rng``; None: there is none."""
        places = self._places(town, planned)
        return places[int(rng.integers(len(places)))] if places else None

    def snap(self, town: Town, planned: PlannedRoute, arc_m: float) -> float:
        """Return the place that a trigger belongs to: the first one from shortly before it on."""
        ahead = [
            place
            for place in self._places(town, planned)
            if -TRIGGER_BEHIND_M < place - arc_m < TRIGGER_BEFORE_M
        ]
        return min(ahead, default=arc_m)

    def lacks(self, town: Town, planned: PlannedRoute, arc_m: float) -> str:
        """Return what a place lacks, as words for a message; empty: it fits."""
        if any(abs(place - arc_m) < 1.0 for place in self._places(town, planned)):
            return ''
        turns = ' or '.join(turn.name.lower() for turn in self.turns)
        light = {True: ' with a light', False: ' without a light', None: ''}[self.has_light]
        speed = {True: ' of a fast road', False: ' in town', None: ''}[self.is_fast]
        ways = ' and '.join(
            f'traffic from {" or ".join(stream.origins)}'
            f'{" into its lane" if stream.merges else ""}'
            for stream in self.streams
        )
        needed = f'; it needs {ways}' if ways else ''
        return f'the route has no turn ({turns}) at a junction{light}{speed} there{needed}'

    def _places(self, town: Town, planned: PlannedRoute) -> list[float]:
        found = []
        for passage in passages(town, planned):
            if not self._suits(passage, planned):
                continue
            if not self.streams:
                found.append(passage.end_m + self.behind_m)
                continue
            met = meetings(town, planned, passage)
            ways = [next(filter(stream.fits, met), None) for stream in self.streams]
            arcs = [way.route_arc_m for way in ways if way is not None]
            if len(arcs) == len(self.streams):
                found.append(arcs[0])
        return found

    def _suits(self, passage: Passage, planned: PlannedRoute) -> bool:
        limit_mps = max(passage.entry_limit_mps, passage.exit_limit_mps)
        return (
            passage.turn in self.turns
            and self.has_light in (None, passage.has_light)
            and self.is_fast in (None, limit_mps > TOWN_LIMIT_MPS)
            and passage.start_m >= self.from_start_m
            and passage.end_m <= planned.route.length_m - self.before_end_m
        )


def meeting_at(town: Town, planned: PlannedRoute, arc_m: float, stream: Stream) -> Meeting | None:
    """Return the way of a stream in the junction at a place, None: there is none."""
    for passage in passages(town, planned):
        if passage.start_m - 3.0 <= arc_m <= passage.end_m + 3.0:
            return next(filter(stream.fits, meetings(town, planned, passage)), None)
    return None
