# SPDX-License-Identifier: Apache-2.0
"""What would fail in every episode of a route, found before the first one is driven."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from simlingo_core.errors import ConfigError, WorldError
from simlingo_sim.situations import situation_class
from simlingo_sim.town.loading import find_town
from simlingo_sim.town.route_files import RouteSpec


def check_routes(routes: Sequence[RouteSpec], situation: str = '') -> None:
    """Make sure that towns and situations exist and that no route stands twice.

    Args:
        routes: to drive.
        situation: staged instead of those of the routes; empty: those of the routes.

    Raises:
        ConfigError: some do not; every such route is named.
    """
    problems: dict[str, list[str]] = {}
    for route in routes:
        try:
            find_town(route.town)
            for name in (situation,) if situation else route.situation_names:
                situation_class(name)
        except WorldError as error:
            problems.setdefault(str(error), []).append(route.id)
    if problems:
        raise ConfigError(
            '; '.join(f'route {", ".join(ids)}: {text}' for text, ids in problems.items())
        )
    counts = Counter((route.id, route.fingerprint()) for route in routes)
    repeated = [ident for (ident, _), count in counts.items() if count > 1]
    if repeated:
        raise ConfigError(
            f'route {", ".join(repeated)} stands more than once among the routes, with the same '
            'content; name each route file once'
        )
