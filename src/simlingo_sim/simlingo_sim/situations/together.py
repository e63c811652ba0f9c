# SPDX-License-Identifier: Apache-2.0
"""Which situations cannot stand on one route: traffic does not pass obstacles, and would queue."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from simlingo_core.errors import WorldError
from simlingo_sim.situations import Situation, SituationKind
from simlingo_sim.town.route_planner import PlannedRoute

OWN_JUNCTION_M = 20.0
"""A junction so near its place is that of the situation itself: nobody turns off there."""


def would_jam(
    leaving: SituationKind | Situation,
    leaving_arc_m: float,
    obstacle: SituationKind | Situation,
    obstacle_arc_m: float,
    planned: PlannedRoute,
) -> bool:
    """Return whether a vehicle of one situation would stand for ever behind another's obstacle.

    A vehicle that is released turns off at a junction before the obstacle, where there is one.

    Args:
        leaving: whose vehicle drives in the ego's lane.
        leaving_arc_m: its place along the route.
        obstacle: whose obstacle may be in the way.
        obstacle_arc_m: its place along the route.
        planned: the route, with a point each metre.
    """
    if not obstacle.must_be_passed:
        return False
    away_m = obstacle_arc_m - leaving_arc_m
    if away_m <= 0.0:
        return leaving.drives_ahead
    first, last = round(leaving_arc_m + OWN_JUNCTION_M), round(obstacle_arc_m)
    return away_m < leaving.drives_on_m and not planned.is_junction[first:last].any()


def check_together(situations: Sequence[Situation], planned: PlannedRoute) -> None:
    """Check that no vehicle of a situation drives to an obstacle, where it would stay.

    Raises:
        WorldError: one does.
    """
    for leaving, obstacle in itertools.permutations(situations, 2):
        if would_jam(leaving, leaving.arc_m, obstacle, obstacle.arc_m, planned):
            raise WorldError(
                f'vehicles of {leaving.name} at {leaving.arc_m:.0f} m would drive on to '
                f'{obstacle.name} at {obstacle.arc_m:.0f} m and stay there; expected a junction '
                'between them or another place'
            )
