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
