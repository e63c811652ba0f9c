# SPDX-License-Identifier: Apache-2.0
"""Message definitions as a bag stores them, read from the installed packages."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from simlingo_core.errors import BackendError
from simlingo_ros.dds import index_prefixes

SEPARATOR = '=' * 80
INTEGERS = {f'{sign}int{bits}' for sign in ('', 'u') for bits in (8, 16, 32, 64)}
PRIMITIVES = INTEGERS | {'bool', 'byte', 'char', 'string', 'wstring', 'float32', 'float64'}
_FIELD = re.compile(r'^\s*([A-Za-z][\w/]*)(?:<=\d+)?(?:\[[^\]]*\])?\s+[A-Za-z]\w*\s*(?!\s*=)')
_CONSTANT = re.compile(r'^\s*[\w<=]+\s+[A-Z]\w*\s*=')


@cache
def full_definition(type_name: str) -> str:
    """Return the definition of a message type with those of all types in it.

    Args:
        type_name: such as ``std_msgs/msg/Header``.

    Raises:
        BackendError: a package is not installed.
    """
    waiting, seen, parts = [_short(type_name)], set[str](), list[str]()
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        text = _find(name).read_text(encoding='utf-8')
        parts.append(text if not parts else f'{SEPARATOR}\nMSG: {name}\n{text}')
        waiting.extend(_types_in(text, package=name.split('/')[0]))
    return '\n'.join(parts)


def _short(type_name: str) -> str:
    """Return ``package/Name``."""
    parts = type_name.split('/')
    return f'{parts[0]}/{parts[-1]}'


def _find(name: str) -> Path:
    """Return the definition file of ``package/Name``."""
    package, _, message = name.partition('/')
    for prefix in index_prefixes():
        path = prefix / 'share' / package / 'msg' / f'{message}.msg'
        if path.is_file():
            return path
    places = ', '.join(map(str, index_prefixes()))
    raise BackendError(
        f'no definition of {name} below {places}; install {package} or source its workspace'
    )


def _types_in(text: str, package: str) -> list[str]:
    """Return the message types a definition uses, each as ``package/Name``."""
    found = []
    for line in text.splitlines():
        line = line.split('#')[0]
        match = _FIELD.match(line)
        if match is None or _CONSTANT.match(line) or match[1] in PRIMITIVES:
            continue
        name = match[1]
        found.append(_short(name) if '/' in name else f'{package}/{name}')
    return found
