# SPDX-License-Identifier: Apache-2.0
import math
from dataclasses import dataclass

import pytest

from simlingo_core.config import from_mapping, parameter, validate
from simlingo_core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Engine:
    limit_s: float = parameter(0.5, unit='s', low=0.05, high=5.0, description='Age limit.')
    ticks: int = parameter(4, low=1, description='Ticks.')
    is_on: bool = parameter(True, description='On.')
    mode: str = parameter('parity', choices=('parity', 'smooth'), description='Mode.')
    gains: tuple[float, ...] = parameter((1.0, 2.0), low=0.0, high=9.0, description='Gains.')

    def __post_init__(self) -> None:
        validate(self)


def test_defaults_pass_and_numbers_are_normalised() -> None:
    engine = Engine(limit_s=1, gains=[1, 2])  # type: ignore[arg-type]
    assert isinstance(engine.limit_s, float)
    assert engine.gains == (1.0, 2.0)


@pytest.mark.parametrize(
    ('values', 'words'),
    [
        (
            {'limit_s': 9.0},
            r'Engine.limit_s is 9.0 s; expected a finite number from 0.05 to 5.0 s',
        ),
        ({'limit_s': math.nan}, 'finite'),
        ({'limit_s': '1'}, 'type float'),
        ({'limit_s': True}, 'type float'),
        ({'ticks': 0}, 'from 1 to inf'),
        ({'ticks': 1.5}, 'type int'),
        ({'ticks': True}, 'type int'),
        ({'is_on': 1}, 'type bool'),
        ({'mode': 'parety'}, 'did you mean parity'),
        ({'gains': (1.0,)}, 'expected 2'),
        ({'gains': 1.0}, 'list of 2'),
        ({'gains': (1.0, 10.0)}, r'gains\[1\]'),
        ({'limits_s': 1.0}, 'did you mean limit_s'),
        ({'zzz': 1.0}, 'known are'),
    ],
)
def test_a_bad_setting_is_named_with_its_range(values, words) -> None:
    with pytest.raises(ConfigError, match=words):
        from_mapping(Engine, values)


def test_only_settings_dataclasses_are_built() -> None:
    with pytest.raises(ConfigError, match='not a settings dataclass'):
        from_mapping(int, {})
