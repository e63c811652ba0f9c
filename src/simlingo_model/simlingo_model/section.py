# SPDX-License-Identifier: Apache-2.0
"""Groups of settings that can be written to JSON and read back."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, get_args, get_type_hints

from simlingo_core.errors import ConfigError


def require(condition: bool, message: str) -> None:
    """Refuse settings.

    Raises:
        ConfigError: the condition does not hold.
    """
    if not condition:
        raise ConfigError(message)


@dataclass(frozen=True, kw_only=True)
class Section:
    """A group of settings that can be written to JSON and read back."""

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build from values of JSON.

        Raises:
            ConfigError: a key is unknown or a value is refused.
        """
        require(
            isinstance(values, Mapping), f'{cls.__name__} is {values!r}; expected settings by name'
        )
        hints = get_type_hints(cls)
        unknown = sorted(set(values) - set(hints))
        require(
            not unknown,
            f'{cls.__name__} has no setting {unknown}; it has {sorted(hints)}',
        )
        try:
            return cls(**{name: _restore(hints[name], value) for name, value in values.items()})
        except TypeError as error:
            raise ConfigError(
                f'{cls.__name__} cannot be built from {values!r}: {error}'
            ) from error

    def to_dict(self) -> dict[str, Any]:
        """Return the values for JSON."""
        return dataclasses.asdict(self)


def _restore(hint: Any, value: Any) -> Any:
    options = [option for option in (hint, *get_args(hint)) if isinstance(option, type)]
    for option in options:
        if issubclass(option, Section) and isinstance(value, Mapping):
            return option.from_dict(value)
    return tuple(value) if isinstance(value, list) else value
