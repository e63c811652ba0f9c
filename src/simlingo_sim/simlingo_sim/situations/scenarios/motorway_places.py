# SPDX-License-Identifier: Apache-2.0
"""Rule for scenarios that need two lanes of the same direction for a while."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simlingo_sim.situations.scenarios.lane_change_places import lane_changes
from simlingo_sim.situations.scenarios.passages import passages
from simlingo_sim.situations.scenarios.spot import Spot
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import Town

SAMPLING_M = 15.0
STEP_M = 10.0


@dataclass(frozen=True, kw_only=True)
class AlongLanes:
    """A place with a lane beside the route, the same way, and no junction or lane change.

    Attributes:
        before_m, after_m: for so long before and behind it.
        from_start_m: least distance from the start of the route.
        sides: where the lane may be: ``left``, ``right``.
    """

    before_m: float
    after_m: float
    from_start_m: float
    sides: tuple[str, ...] = ('left', 'right')

    def find(self, town: Town, planned: PlannedRoute, rng: np.random.Generator) -> float | None:
        """Return a fitting place along the route, chosen by ``rng``; None: there is none."""
        last_m = planned.route.length_m - self.after_m
        places = [
            float(arc)
            for arc in np.arange(max(self.from_start_m, self.before_m), last_m, STEP_M)
            if not self.lacks(town, planned, float(arc))
        ]
        return places[int(rng.integers(len(places)))] if places else None

    def lacks(self, town: Town, planned: PlannedRoute, arc_m: float) -> str:
        """Return what a place lacks, as words for a message; empty: it fits."""
        first_m, last_m = arc_m - self.before_m, arc_m + self.after_m
        if first_m < 0.0 or arc_m < self.from_start_m or last_m > planned.route.length_m:
            return (
                f'the route ends {planned.route.length_m - arc_m:.0f} m behind it and began '
                f'{arc_m:.0f} m before; expected {self.after_m:g} m and {self.from_start_m:g} m'
            )
        ends = [(p.start_m, p.end_m) for p in passages(town, planned)]
        ends += [(c.start_m, c.end_m) for c in lane_changes(planned)]
        if any(start_m < last_m and end_m > first_m for start_m, end_m in ends):
            return f'a junction or lane change lies within {self.after_m:g} m of it'
        arcs = np.arange(first_m, last_m, SAMPLING_M)
        spots = [Spot(town=town, planned=planned, arc_m=float(arc)) for arc in arcs]
        lanes = {
            'left': [spot.left_lane for spot in spots],
            'right': [spot.right_lane for spot in spots],
        }
        if any(None not in lanes[side] for side in self.sides):
            return ''
        words = ' or '.join(self.sides)
        return f'no lane runs beside it on the {words} for {self.before_m + self.after_m:g} m'
