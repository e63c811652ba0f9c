# SPDX-License-Identifier: Apache-2.0
"""Which parameters a ROS 2 parameter file sets for a node.

The rules are those of ROS 2: sections are matched against the node's full name, ``/**`` stands
for any number of namespaces, ``*`` for one; a section with the exact name beats one with
wildcards; among equals the later wins.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from simlingo_core.errors import ConfigError

KEY = 'ros__parameters'


@dataclass(frozen=True)
class Section:
    """One ``<node name>: ros__parameters:`` block.

    Attributes:
        pattern: node name with a leading slash, may hold ``*`` and ``**``.
        parameters: values by dotted name.
        origin: file and section, for messages.
    """

    pattern: str
    parameters: Mapping[str, Any]
    origin: str

    @property
    def is_exact(self) -> bool:
        """Whether the name holds no wildcard."""
        return '*' not in self.pattern

    def matches(self, full_name: str) -> bool:
        """Tell whether the block is meant for the node, such as ``/simlingo/control``."""
        return re.fullmatch(_to_regex(self.pattern), full_name) is not None


def read_sections(path: Path) -> list[Section]:
    """Read a parameter file.

    Raises:
        ConfigError: the file cannot be read or does not have the form of a parameter file.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding='utf-8'))
    except OSError as error:
        reason = error.strerror or error
        raise ConfigError(f'cannot read parameter file {path}: {reason}') from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f'parameter file {path} is not YAML: {error}') from error
    return list(_walk(content or {}, '', path))


def select(sections: Iterable[Section], full_name: str) -> Iterator[Section]:
    """Yield the sections of a node, the weakest first."""
    matching = [section for section in sections if section.matches(full_name)]
    yield from (section for section in matching if not section.is_exact)
    yield from (section for section in matching if section.is_exact)


def refuse_unmatched(sections: Iterable[Section], full_names: Iterable[str]) -> None:
    """Raise ConfigError for a section that no node of the graph would read."""
    names = list(full_names)
    for section in sections:
        if not any(section.matches(name) for name in names):
            near = difflib.get_close_matches(section.pattern, names, n=1, cutoff=0.4)
            hint = f'did you mean {near[0]}?' if near else f'nodes are {", ".join(names)}'
            raise ConfigError(f'{section.origin} matches no node; {hint}')


def _to_regex(pattern: str) -> str:
    parts = re.split(r'(/\*\*|\*)', pattern)
    rules = {'/**': '(/[^/]+)*', '*': '[^/]+'}
    if pattern.endswith('/**'):
        parts[-2] = '(?:/[^/]+)+'
    return ''.join(
        rules.get(part) or (part if part.startswith('(?') else re.escape(part)) for part in parts
    )


def _walk(tree: Any, prefix: str, path: Path) -> Iterator[Section]:
    if not isinstance(tree, dict):
        raise ConfigError(
            f'parameter file {path}: {prefix or "the top"} is {tree!r}; '
            f'expected a node name with {KEY} below it'
        )
    for name, inner in tree.items():
        if name != KEY:
            yield from _walk(inner, f'{prefix}/{str(name).strip("/")}', path)
        elif isinstance(inner, dict):
            origin = f'{path}, section {prefix}'
            yield Section(prefix, dict(_flatten(inner, '')), origin)
        else:
            raise ConfigError(f'parameter file {path}: {prefix}/{KEY} is {inner!r}; expected keys')


def _flatten(tree: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flatten(value, f'{prefix}{key}.')
        else:
            yield f'{prefix}{key}', value
