# SPDX-License-Identifier: Apache-2.0
"""Configuration dataclasses as flat tables of settings, without ROS.

A field made with ``simlingo_core.config.parameter`` becomes a setting; a field that is itself a
configuration dataclass becomes a group whose settings are named ``group.setting``.
"""

from __future__ import annotations

import dataclasses
import difflib
import typing
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from simlingo_core.config import check_field, validate
from simlingo_core.errors import ConfigError, ContractError

T = TypeVar('T')

SCALARS: tuple[type, ...] = (bool, int, float, str)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Setting:
    """One value that a user may set.

    Attributes:
        name: name, dotted for groups.
        kind: ``bool``, ``int``, ``float`` or ``str``; of each element where ``is_array``.
        is_array: whether it is a tuple in the dataclass and a list in YAML.
        default: value without a parameter file.
        unit: SI unit, empty for none.
        low, high: range, None where unbounded.
        choices: the allowed values, empty for no such limit.
        description: one sentence.
        field: field of the dataclass.
    """

    name: str
    kind: type
    is_array: bool
    default: Any
    unit: str
    low: float | None
    high: float | None
    choices: tuple[Any, ...]
    description: str
    field: dataclasses.Field[Any]

    @property
    def type_name(self) -> str:
        """Name of the type for a reference page."""
        return f'{self.kind.__name__}[]' if self.is_array else self.kind.__name__

    @property
    def range_text(self) -> str:
        """The allowed values in words, empty when unbounded."""
        if self.choices:
            return 'one of ' + ', '.join(str(choice) for choice in self.choices)
        if self.low is None and self.high is None:
            return ''
        if self.high is None:
            return f'>= {self.low:g}'
        if self.low is None:
            return f'<= {self.high:g}'
        return f'{self.low:g} to {self.high:g}'


def list_settings(config_class: type[Any], prefix: str = '') -> dict[str, Setting]:
    """Return every setting of a configuration dataclass by its dotted name.

    Raises:
        ConfigError: a field is neither a group nor made with ``simlingo_core.config.parameter``,
            or has a type that no parameter can have.
    """
    settings: dict[str, Setting] = {}
    for field, group in _fields(config_class):
        name = prefix + field.name
        if group is not None:
            settings.update(list_settings(group, name + '.'))
        else:
            settings[name] = _setting(name, field)
    return settings


def build(config_class: type[T], values: Mapping[str, Any], *, where: str = '') -> T:
    """Make the dataclass from its defaults and ``values`` by dotted name.

    Args:
        config_class: frozen dataclass with a default for each field.
        values: what was set; anything else keeps its default.
        where: source of the values to name in errors, such as a file.

    Raises:
        ConfigError: a key is unknown, a value is of the wrong type or out of range, or the
            dataclass itself refuses the combination.
    """
    refuse_unknown(values, list_settings(config_class), where=where)
    try:
        return _assemble(config_class, values, '')
    except (ConfigError, ContractError) as error:
        raise ConfigError(f'{error}{_place(where)}') from error


def refuse_unknown(
    keys: Iterable[str], known: Iterable[str], *, where: str = '', what: str = 'parameter'
) -> None:
    """Raise ConfigError for the first unknown key, suggesting the nearest name."""
    names = sorted(known)
    for key in keys:
        if key in names:
            continue
        near = difflib.get_close_matches(key, names, n=1, cutoff=0.5)
        remedy = f'did you mean {near[0]!r}?' if near else f'known: {", ".join(names)}'
        raise ConfigError(f'unknown {what} {key!r}{_place(where)}; {remedy}')


def check_value(setting: Setting, value: Any, *, where: str = '') -> Any:
    """Return ``value`` in the type of the setting (whole numbers pass as float, lists as tuple).

    Raises:
        ConfigError: wrong type, not finite or out of range.
    """
    try:
        return check_field(f'parameter {setting.name!r}', value, setting.field)
    except ConfigError as error:
        raise ConfigError(f'{error}{_place(where)}') from error


def _assemble(config_class: type[T], values: Mapping[str, Any], prefix: str) -> T:
    """Build nested dataclasses; the fields of each are checked by the core."""
    arguments: dict[str, Any] = {}
    for field, group in _fields(config_class):
        name = prefix + field.name
        if group is not None:
            arguments[field.name] = _assemble(group, values, name + '.')
        elif name in values:
            arguments[field.name] = values[name]
    config = config_class(**arguments)
    validate(config)
    return config


def _fields(config_class: type[Any]) -> list[tuple[dataclasses.Field[Any], type[Any] | None]]:
    """Return each field and, where it is a group, its dataclass."""
    hints = typing.get_type_hints(config_class)
    groups = (hints[field.name] for field in dataclasses.fields(config_class))
    return [
        (field, group if isinstance(group, type) and dataclasses.is_dataclass(group) else None)
        for field, group in zip(dataclasses.fields(config_class), groups, strict=True)
    ]


def _setting(name: str, field: dataclasses.Field[Any]) -> Setting:
    """Return the setting of a field."""
    metadata = field.metadata
    if 'description' not in metadata:
        raise ConfigError(f'field {name!r} is not a parameter; make it with config.parameter()')
    default: Any = field.default
    is_array = isinstance(default, tuple)
    kinds = {type(value) for value in (default if is_array else [default])}
    if len(kinds) != 1 or not kinds <= set(SCALARS):
        raise ConfigError(
            f'field {name!r} has the default {default!r}; a parameter can be bool, int, '
            'float, str or a tuple of one of them that is not empty'
        )
    return Setting(
        name=name,
        kind=kinds.pop(),
        is_array=is_array,
        default=default,
        unit=metadata.get('unit') or '',
        low=metadata.get('low'),
        high=metadata.get('high'),
        choices=tuple(metadata.get('choices', ())),
        description=metadata['description'],
        field=field,
    )


def _place(where: str) -> str:
    """Return the source in parentheses, as the end of a phrase."""
    return f' ({where})' if where else ''
