# SPDX-License-Identifier: Apache-2.0
"""Seeds as they are written on the command line."""

from __future__ import annotations

from simlingo_core.errors import ConfigError


def parse_seeds(text: str) -> tuple[int, ...]:
    """Return the seeds meant by ``3``, ``0,1,2``, ``0-2`` or ``0-2,7``.

    Raises:
        ConfigError: the text is none of these, or names a seed twice.
    """
    seeds: list[int] = []
    for part in text.split(','):
        first, dash, last = part.strip().partition('-')
        if not first.isdigit() or (dash and not last.isdigit()):
            raise ConfigError(f'seeds are {text!r}; expected numbers such as 0,1,2 or 0-2')
        seeds += range(int(first), int(last if dash else first) + 1)
    if not seeds or len(set(seeds)) != len(seeds):
        raise ConfigError(f'seeds are {text!r}; expected each number once')
    return tuple(seeds)
