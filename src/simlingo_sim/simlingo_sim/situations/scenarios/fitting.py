# SPDX-License-Identifier: Apache-2.0
"""Rules for where scenarios fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import shapely

from simlingo_sim.situations.places import is_straight, stretches, trace_lane
from simlingo_sim.situations.scenarios.spot import Spot
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import Town

Need = tuple[str, Callable[[Spot], bool]]
"""What a place must have: its name in messages, and the test."""

ONCOMING_LANE: Need = ('an oncoming lane beside it', lambda spot: spot.oncoming is not None)
LEFT_LANE: Need = ('a lane to the left', lambda spot: spot.left_lane is not None)
RIGHT_LANE: Need = ('a lane to the right', lambda spot: spot.right_lane is not None)
NO_LEFT_LANE: Need = ('the leftmost lane', lambda spot: spot.left_lane is None)
NO_RIGHT_LANE: Need = ('the rightmost lane', lambda spot: spot.right_lane is None)
WIDE_LANE: Need = ('a lane of 3.25 m', lambda spot: spot.lane.width_m > 3.2)
PARKING: Need = ('a parking strip', lambda spot: spot.has_parking)
NO_PARKING: Need = ('no parking strip', lambda spot: not spot.has_parking)
MOST_TRIES = 40


def slower_than(limit_mps: float) -> Need:
    """Return the need of a speed limit of at most ``limit_mps``."""

    def test(spot: Spot) -> bool:
        index = int(np.searchsorted(spot.planned.route.arc_m, spot.arc_m))
        limits = spot.planned.limits_mps
        return float(limits[min(index, len(limits) - 1)]) <= limit_mps + 0.1

    return f'a limit of at most {limit_mps * 3.6:.0f} km/h', test


IN_TOWN: Need = slower_than(60.0 / 3.6)


@dataclass(frozen=True, kw_only=True)
class BetweenJunctions:
    """A place with space before and after it between the same junctions.

    Attributes:
        before_m, after_m: space needed.
        from_start_m: least distance from the start of the route.
        straight: whether that space must be nearly straight.
        needs: what else it must have.
    """

    before_m: float = 30.0
    after_m: float = 30.0
    from_start_m: float = 45.0
    straight: bool = True
    needs: tuple[Need, ...] = field(default=())

    def find(self, town: Town, planned: PlannedRoute, rng: np.random.Generator) -> float | None:
        """Return a fitting place along the route, chosen by ``rng``; None: there is none."""
        arcs = [
            float(arc)
            for start, end in stretches(planned)
            for arc in np.arange(
                max(start + self.before_m, self.from_start_m), end - self.after_m + 1e-6, 2.0
            )
        ]
        for number in rng.permutation(len(arcs))[:MOST_TRIES]:
            if not self.lacks(town, planned, arcs[int(number)]):
                return arcs[int(number)]
        return None

    def lacks(self, town: Town, planned: PlannedRoute, arc_m: float) -> str:
        """Return what a place lacks, as words for a message; empty: it fits."""
        if arc_m < self.from_start_m - 1.0:
            return f'it is {arc_m:.0f} m from the start; expected {self.from_start_m:g} m or more'
        spot = Spot(town=town, planned=planned, arc_m=arc_m)
        start, end = spot.stretch_m
        if arc_m - start < self.before_m - 2.0 or end - arc_m < self.after_m - 2.0:
            return (
                f'the next junctions are {arc_m - start:.0f} m before and {end - arc_m:.0f} m '
                f'behind it; expected {self.before_m:g} m and {self.after_m:g} m'
            )
        if self.straight and not is_straight(planned, arc_m - self.before_m, arc_m + self.after_m):
            return 'it is in a curve'
        missing = [name for name, test in self.needs if not test(spot)]
        return f'it lacks {", ".join(missing)}' if missing else ''


@dataclass(frozen=True, kw_only=True)
class AtZebra:
    """Where the route passes a zebra crossing.

    Attributes:
        from_start_m, before_end_m: least distances from the ends of the route.
    """

    from_start_m: float = 45.0
    before_end_m: float = 15.0

    def find(self, town: Town, planned: PlannedRoute, rng: np.random.Generator) -> float | None:
        """Return a fitting place along the route, chosen by ``rng``; None: there is none."""
        arcs = [arc for arc in zebra_arcs(town, planned) if not self.lacks(town, planned, arc)]
        return arcs[int(rng.integers(len(arcs)))] if arcs else None

    def lacks(self, town: Town, planned: PlannedRoute, arc_m: float) -> str:
        """Return what a place lacks, as words for a message; empty: it fits."""
        last_m = planned.route.length_m - self.before_end_m
        if not self.from_start_m - 1.0 <= arc_m <= last_m:
            return f'expected {self.from_start_m:g} m to {last_m:.0f} m from the start'
        near = any(abs(arc - arc_m) < 8.0 for arc in zebra_arcs(town, planned))
        return '' if near else 'it lacks a zebra crossing'


@dataclass(frozen=True, kw_only=True)
class AtParkedStart:
    """The start of a route beside a parking strip.

    Attributes:
        behind_m: lane needed behind the start.
        after_m: space needed to the next junction.
    """

    behind_m: float = 45.0
    after_m: float = 45.0

    def find(self, town: Town, planned: PlannedRoute, rng: np.random.Generator) -> float | None:
        """Return the start where it fits, else None."""
        return None if self.lacks(town, planned, 0.0) else 0.0

    def lacks(self, town: Town, planned: PlannedRoute, arc_m: float) -> str:
        """Return what a place lacks, as words for a message; empty: it fits."""
        if arc_m > 10.0:
            return f'it is {arc_m:.0f} m from the start; expected at most 10 m'
        return self.lacks_as_start(town, planned, 0.0)

    def lacks_as_start(self, town: Town, planned: PlannedRoute, arc_m: float) -> str:
        """Return what a place lacks for a route to begin there; empty: it fits."""
        spots = [Spot(town=town, planned=planned, arc_m=arc_m + at_m) for at_m in (0.0, 8.0, 16.0)]
        if not all(spot.has_parking for spot in spots):
            return 'it lacks a parking strip'
        room_m = spots[0].stretch_m[1] - arc_m
        if room_m < self.after_m:
            return f'a junction follows after {room_m:.0f} m'
        behind = trace_lane(town.map, spots[0].lane, self.behind_m, is_forward=False)
        if len(behind) < self.behind_m - 1.0:
            return f'the lane begins {len(behind)} m before it; expected {self.behind_m:g} m'
        return ''


def zebra_arcs(town: Town, planned: PlannedRoute) -> list[float]:
    """Return where the route passes the middle of zebra crossings, sorted."""
    line = shapely.LineString(planned.route.points_map_m)
    found = []
    for crossing in town.crossings:
        axis = shapely.LineString(crossing.axis_map_m)
        if line.intersects(axis):
            for point in shapely.get_coordinates(line.intersection(axis)):
                found.append(float(planned.route.project(point)[0]))
    return sorted(found)
