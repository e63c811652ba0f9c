# SPDX-License-Identifier: Apache-2.0
"""Settings of nested dataclasses changed by name: ``optim.lr=3e-4``."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from simlingo_core.errors import ConfigError

Settings = TypeVar('Settings')
TRUTHS = {'true': True, 'yes': True, '1': True, 'false': False, 'no': False, '0': False}


def with_overrides(settings: Settings, texts: Sequence[str]) -> Settings:
    """Return settings with some of them changed.

    Args:
        settings: a dataclass whose fields may be dataclasses.
        texts: each ``name=value``; inner settings as ``section.name``.  Tuples are written
            ``1,2``, no value as ``none``, weights as ``mix.bucket_weights.go=10``.

    Raises:
        ConfigError: there is no such setting, or the value does not fit.
    """
    changes = []
    for text in texts:
        name, equals, value = text.partition('=')
        if not equals or not name:
            raise ConfigError(f'{text!r} is no setting; expected NAME=VALUE such as optim.lr=3e-4')
        changes.append(_Change(tuple(name.split('.')), value, name))
    changed: Settings = _apply(settings, changes)
    return changed


@dataclasses.dataclass(frozen=True)
class _Change:
    """One setting: the rest of its path, its value, and its whole name for errors."""

    path: tuple[str, ...]
    value: str
    whole: str

    @property
    def inner(self) -> _Change:
        """The same, seen from the section that the path leads into."""
        return _Change(self.path[1:], self.value, self.whole)


def _apply(settings: Any, changes: Sequence[_Change]) -> Any:
    """Change all settings of a section at once, so that only the result has to be valid."""
    if not changes:
        return settings
    hints = get_type_hints(type(settings))
    groups: dict[str, list[_Change]] = {}
    for change in changes:
        if change.path[0] not in hints:
            raise ConfigError(
                f'there is no setting {change.whole}; {type(settings).__name__} has '
                f'{", ".join(hints)}'
            )
        groups.setdefault(change.path[0], []).append(change)
    values = {
        name: _changed(getattr(settings, name), hints[name], group)
        for name, group in groups.items()
    }
    return dataclasses.replace(settings, **values)


def _changed(old: Any, hint: Any, group: Sequence[_Change]) -> Any:
    for change in group:
        if len(change.path) == 1:
            old = _set(old, hint, change)
    inner = [change.inner for change in group if len(change.path) > 1]
    if isinstance(old, Mapping):
        for change in inner:
            old = _set_item(old, hint, '.'.join(change.path), change.value, change.whole)
        return old
    return _apply(_inner(old, hint, inner[0].whole), inner) if inner else old


def _set(old: Any, hint: Any, change: _Change) -> Any:
    is_none = change.value.lower() == 'none'
    if isinstance(old, Mapping) and is_none:
        return types.MappingProxyType({})
    if dataclasses.is_dataclass(old) and not is_none:
        names = ', '.join(f'{change.whole}.{name}' for name in get_type_hints(type(old)))
        raise ConfigError(f'{change.whole} is a section; expected one of its settings: {names}')
    return _convert(hint, change.value, change.whole)


def _inner(old: Any, hint: Any, whole: str) -> Any:
    """Return the section to set something in; one that is none begins with its defaults."""
    if dataclasses.is_dataclass(old):
        return old
    for option in get_args(hint):
        if old is None and dataclasses.is_dataclass(option) and isinstance(option, type):
            return option()
    raise ConfigError(f'{whole} names a setting inside of one that has none')


def _set_item(
    old: Mapping[Any, float], hint: Any, name: str, value: str, whole: str
) -> Mapping[Any, float]:
    make_key = get_args(hint)[0]
    try:
        key = make_key(name)
    except ValueError as error:
        names = ', '.join(str(key) for key in old)
        raise ConfigError(f'there is no setting {whole}; expected one of {names}') from error
    return types.MappingProxyType({**old, key: _convert(float, value, whole)})


def _convert(hint: Any, value: str, whole: str) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        options = [option for option in get_args(hint) if option is not type(None)]
        if value.lower() == 'none' and type(None) in get_args(hint):
            return None
        return _convert(options[0], value, whole)
    try:
        if get_origin(hint) is tuple:
            inner = get_args(hint)[0]
            return tuple(_convert(inner, part, whole) for part in value.split(',') if part)
        if hint is bool:
            return TRUTHS[value.lower()]
        return hint(value)
    except (KeyError, TypeError, ValueError) as error:
        wanted = 'true or false' if hint is bool else getattr(hint, '__name__', str(hint))
        raise ConfigError(f'{whole} is {value!r}; expected {wanted}') from error


def as_plain(settings: Any) -> Any:
    """Return settings as dictionaries and lists, for JSON."""
    if dataclasses.is_dataclass(settings) and not isinstance(settings, type):
        return {f.name: as_plain(getattr(settings, f.name)) for f in dataclasses.fields(settings)}
    if isinstance(settings, Mapping):
        return {str(name): as_plain(value) for name, value in settings.items()}
    return settings
