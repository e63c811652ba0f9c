# SPDX-License-Identifier: Apache-2.0
"""Routes along the lanes of their towns, for tools; each town is loaded once."""

from __future__ import annotations

from functools import cache

from simlingo_core.errors import WorldError
from simlingo_sim.town.loading import find_town, load_town
from simlingo_sim.town.route_files import RouteSpec
from simlingo_sim.town.route_planner import PlannedRoute, RoutePlanner


def plan_in_town(route: RouteSpec) -> PlannedRoute | None:
    """Return the route along the lanes of its town; None: the map of the town is not here.

    Raises:
        WorldError: the map is here and there is no way through the waypoints.
    """
    try:
        find_town(route.town)
    except WorldError:
        return None
    return _planner(route.town).plan(route.waypoints_map_m)


@cache
def _planner(town: str) -> RoutePlanner:
    return RoutePlanner(load_town(town).map)
