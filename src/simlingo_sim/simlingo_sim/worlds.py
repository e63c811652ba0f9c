# SPDX-License-Identifier: Apache-2.0
"""Which world is driven in: the embedded one, or one that another package brings.

A package brings a world as entry point of the group ``simlingo.worlds``: a callable that takes the
address of a server (empty: its default) and returns the world.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from simlingo_core.errors import ConfigError

GROUP = 'simlingo.worlds'
EMBEDDED = 'embedded'


def check_world(name: str) -> None:
    """Make sure that a world is known, without opening it.

    Raises:
        ConfigError: it is not.
    """
    if name != EMBEDDED:
        _find(name)


def with_server(name: str, host: str, port: int) -> str:
    """Return the name of a world with the address of its server.

    Args:
        name: of the world, without an address.
        host: of the server; empty: this machine.
        port: of the server; 0: CARLA's own, 2000.

    Raises:
        ConfigError: host or port are given to a world that has no server or an address already.
    """
    if not host and not port:
        return name
    if name == EMBEDDED or '://' in name:
        raise ConfigError(
            f'world is {name!r}; expected carla beside --carla-host and --carla-port'
        )
    return f'{name}://{host or "localhost"}:{port or 2000}'


def make_world(name: str) -> Any:
    """Return a new world; a server is connected at the first reset.

    Args:
        name: ``embedded``, the name of a world, or ``<name>://<address of its server>``.

    Raises:
        ConfigError: there is no such world, or the address cannot be read.
    """
    if name == EMBEDDED:
        from simlingo_sim.world import SimWorld

        return SimWorld()
    return _find(name).load()(name.partition('://')[2])


@cache
def open_world(name: str = EMBEDDED) -> Any:
    """Return this process's world of that name, see ``make_world``."""
    return make_world(name)


def _find(name: str) -> EntryPoint:
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    kind = name.partition('://')[0]
    if kind not in found:
        known = ', '.join((EMBEDDED, *sorted(found)))
        raise ConfigError(f'there is no world {kind!r}; expected one of {known}')
    return found[kind]
