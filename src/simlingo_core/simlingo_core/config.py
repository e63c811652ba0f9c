# SPDX-License-Identifier: Apache-2.0
"""Settings as frozen dataclasses whose fields hold unit, range and description.

    @dataclass(frozen=True, kw_only=True)
    class GateConfig:
        plan_age_limit_s: float = parameter(
            0.5, unit='s', low=0.05, high=5.0, description='Brake when the plan is older.'
        )

        def __post_init__(self) -> None:
            validate(self)

ROS parameter descriptors and the reference pages are made from the same metadata.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from simlingo_core.errors import ConfigError

ConfigT = TypeVar('ConfigT')


def parameter(
    default: Any,
    *,
    description: str,
    unit: str = '',
    low: float | None = None,
    high: float | None = None,
    choices: Sequence[Any] = (),
) -> Any:
    """Declare a field of a settings dataclass.

    Args:
        default: a bool, int, float, str, or a tuple of one of them; its type is the field's type.
        description: what it means, one sentence.
        unit: SI unit, or empty for a pure number.
        low: smallest allowed value (of each element), or None.
        high: largest allowed value (of each element), or None.
        choices: the allowed values, or empty for no such limit.
    """
    metadata = {
        'unit': unit,
        'low': low,
        'high': high,
        'choices': tuple(choices),
        'description': description,
    }
    return dataclasses.field(default=default, metadata=metadata)


def validate(config: Any) -> None:
    """Check every field of a settings dataclass; call it in ``__post_init__``.

    Whole numbers given for float fields are turned into floats, lists into tuples.

    Raises:
        ConfigError: a value is of the wrong type, not finite or out of range.
    """
    for field in dataclasses.fields(config):
        if 'description' not in field.metadata:
            continue
        key = f'{type(config).__name__}.{field.name}'
        value = _check(key, getattr(config, field.name), field)
        object.__setattr__(config, field.name, value)


def from_mapping(cls: type[ConfigT], values: Mapping[str, Any]) -> ConfigT:
    """Build a settings dataclass from a mapping, as read from YAML.

    Raises:
        ConfigError: a key is unknown (the nearest known one is named) or a value is refused.
    """
    if not (isinstance(cls, type) and dataclasses.is_dataclass(cls)):
        raise ConfigError(f'{cls!r} is not a settings dataclass')
    known = [field.name for field in dataclasses.fields(cls) if field.init]
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f'did you mean {near[0]}?' if near else f'known are {", ".join(known)}'
            raise ConfigError(f'{cls.__name__} has no setting {key!r}; {hint}')
    return cls(**values)


def check_field(key: str, value: Any, field: dataclasses.Field[Any]) -> Any:
    """Return the value of one field, checked and in its type; ``key`` names it in errors.

    Raises:
        ConfigError: the value is of the wrong type, not finite or out of range.
    """
    return _check(key, value, field)


def _check(key: str, value: Any, field: dataclasses.Field[Any]) -> Any:
    default = field.default
    if isinstance(default, tuple):
        if not isinstance(value, list | tuple):
            raise ConfigError(f'{key} is {value!r}; expected a list of {len(default)} values')
        if len(value) != len(default):
            raise ConfigError(f'{key} has {len(value)} values; expected {len(default)}')
        return tuple(
            _check_scalar(f'{key}[{i}]', element, example, field.metadata)
            for i, (element, example) in enumerate(zip(value, default, strict=True))
        )
    return _check_scalar(key, value, default, field.metadata)


def _check_scalar(key: str, value: Any, default: Any, metadata: Mapping[str, Any]) -> Any:
    wanted = type(default)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise ConfigError(f'{key} is {value!r}; expected a value of type {wanted.__name__}')
    if metadata['choices'] and value not in metadata['choices']:
        near = difflib.get_close_matches(str(value), [str(c) for c in metadata['choices']], n=1)
        hint = f'; did you mean {near[0]}?' if near else ''
        allowed = ', '.join(str(choice) for choice in metadata['choices'])
        raise ConfigError(f'{key} is {value!r}; expected one of {allowed}{hint}')
    if isinstance(value, int | float) and not isinstance(value, bool):
        _check_range(key, value, metadata)
    return value


def _check_range(key: str, value: float, metadata: Mapping[str, Any]) -> None:
    low = -math.inf if metadata['low'] is None else metadata['low']
    high = math.inf if metadata['high'] is None else metadata['high']
    if not (math.isfinite(value) and low <= value <= high):
        unit = f' {metadata["unit"]}' if metadata['unit'] else ''
        raise ConfigError(
            f'{key} is {value}{unit}; expected a finite number from {low} to {high}{unit}'
        )
