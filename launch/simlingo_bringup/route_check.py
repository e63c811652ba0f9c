# SPDX-License-Identifier: Apache-2.0
"""Refuse a route or a situation that does not exist before any node is started."""

from __future__ import annotations

from collections.abc import Iterable

from simlingo_bringup.resolution import ResolvedNode
from simlingo_core.errors import ConfigError, WorldError

WORLD_PACKAGE = 'simlingo_sim'


def check_routes(nodes: Iterable[ResolvedNode]) -> None:
    """Check the route and the situation of the simulator among the nodes, if it is one of them.

    Raises:
        ConfigError: there is no such route set, route or situation.
    """
    for node in nodes:
        if node.package == WORLD_PACKAGE:
            parameters = node.parameters
            _check(str(parameters.get('route', '')), str(parameters.get('situation', '')))


def _check(route: str, situation: str) -> None:
    # Not at the top: `simlingo up --help` needs no simulator.
    from simlingo_sim.situations import situation_kind
    from simlingo_sim.town.route_files import find_named_route

    try:
        if route:
            find_named_route(route)
        if situation:
            situation_kind(situation)
    except WorldError as error:
        raise ConfigError(f'nothing was started: {error}') from error
