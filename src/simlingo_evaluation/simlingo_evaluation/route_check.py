# SPDX-License-Identifier: Apache-2.0
"""What would fail in every episode of a route, found before the first one is driven."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from simlingo_core.errors import ConfigError, WorldError
from simlingo_sim.situations import situation_kind
from simlingo_sim.situations.scenarios import obeyed_arguments
from simlingo_sim.town.loading import find_town
from simlingo_sim.town.route_files import RouteSpec

NOT_DECIDING = ('timeout', 'traffic_manager_port')


def check_routes(
    routes: Sequence[RouteSpec], situation: str = '', *, are_towns_here: bool = True
) -> None:
    """Make sure that towns and situations exist and that no route stands twice.

    Args:
        routes: to drive.
        situation: staged instead of those of the routes; empty: those of the routes.
        are_towns_here: False: a server has the towns, and is asked for them itself.

    Raises:
        ConfigError: some do not; every such route is named.
    """
    problems: dict[str, list[str]] = {}
    for route in routes:
        names = (situation,) if situation else route.situation_names
        checks: list[Callable[[], object]] = []
        if are_towns_here:
            checks.append(partial(find_town, route.town))
        checks += [partial(situation_kind, name) for name in names]
        for check in checks:
            try:
                check()
            except WorldError as error:
                problems.setdefault(str(error), []).append(route.id)
    if problems:
        raise ConfigError(
            '; '.join(f'route {_some(ids)}: {text}' for text, ids in problems.items())
        )
    counts = Counter((route.id, route.fingerprint()) for route in routes)
    repeated = [ident for (ident, _), count in counts.items() if count > 1]
    if repeated:
        raise ConfigError(
            f'route {", ".join(repeated)} stands more than once among the routes, with the same '
            'content; name each route file once'
        )


def stages_situations(world: str) -> bool:
    """Tell whether a world, see ``worlds.open_world``, stages what a route asks for."""
    return 'situations=off' not in world.partition('?')[2].split('&')


def world_rules(world: str) -> str:
    """Return what of a world's name decides the results: not where its server is."""
    kind = world.partition('://')[0].partition('?')[0]
    options = [text for text in world.partition('?')[2].split('&') if text]
    deciding = sorted(text for text in options if text.partition('=')[0] not in NOT_DECIDING)
    return f'{kind}?{"&".join(deciding)}' if deciding else kind


def what_is_ignored(routes: Sequence[RouteSpec], *, is_staged: bool = True) -> list[str]:
    """Return what the routes ask for and the embedded world does not do, one sentence each.

    Scenario arguments of the leaderboard's route files are read whole.  Scenarios obey those they
    know and refuse others; places of theirs and what has no meaning here are ignored, and so is
    all that is given to the first situations.  Weathers are obeyed.  Where nothing is staged
    (``is_staged``), no situation of a route is.
    """
    if not is_staged:
        ids = [route.id for route in routes if route.situations]
        return [f'no situation is staged there: those of route {_some(ids)}'] if ids else []
    arguments: dict[str, list[str]] = {}
    for route in routes:
        for spec in route.situations:
            obeyed = obeyed_arguments(spec.name)
            for name in sorted(set(spec.arguments) - obeyed):
                arguments.setdefault(f'{spec.name}: <{name}>', []).append(route.id)
    return [
        f'{argument} of route {_some(ids)} is ignored: it is chosen here'
        for argument, ids in sorted(arguments.items())
    ]


def _some(ids: Sequence[str]) -> str:
    shown = ', '.join(ids[:5])
    return shown if len(ids) <= 5 else f'{shown} and {len(ids) - 5} more'
