# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass, field

import pytest

from simlingo_core.config import parameter, validate
from simlingo_core.errors import ConfigError
from simlingo_ros.settings import build, check_value, list_settings


@dataclass(frozen=True, kw_only=True)
class Gains:
    proportional: float = parameter(0.9, low=0.0, high=5.0, description='Gain.')
    window: int = parameter(20, unit='ticks', low=1, description='Length of the sum.')


@dataclass(frozen=True, kw_only=True)
class Config:
    period_s: float = parameter(0.2, unit='s', low=0.05, high=1.0, description='Between plans.')
    delay_s: float = parameter(0.1, unit='s', low=0.0, high=1.0, description='Until used.')
    policy: str = parameter('mini', description='Who plans.', choices=('mini', 'expert'))
    offsets_m: tuple[float, ...] = parameter((1.0, 2.0), unit='m', description='Offsets.')
    is_lockstep: bool = parameter(False, description='Whether the world waits.')
    lateral: Gains = field(default_factory=Gains)

    def __post_init__(self) -> None:
        validate(self)
        if self.delay_s > self.period_s:
            raise ConfigError(f'delay_s is {self.delay_s}; expected at most period_s')


@dataclass(frozen=True, kw_only=True)
class Undescribed:
    period_s: float = 0.2


@dataclass(frozen=True, kw_only=True)
class WrongType:
    table: bytes = parameter(b'', description='No parameter can hold this.')


def test_settings_are_flat_with_dotted_groups():
    settings = list_settings(Config)
    assert list(settings) == [
        'period_s',
        'delay_s',
        'policy',
        'offsets_m',
        'is_lockstep',
        'lateral.proportional',
        'lateral.window',
    ]
    assert settings['offsets_m'].type_name == 'float[]'
    assert settings['lateral.window'].range_text == '>= 1'
    assert settings['policy'].range_text == 'one of mini, expert'
    assert settings['period_s'].range_text == '0.05 to 1'


def test_values_replace_defaults_in_groups_too():
    config = build(Config, {'period_s': 1, 'offsets_m': [3, 4], 'lateral.window': 7})
    assert config.period_s == 1.0
    assert isinstance(config.period_s, float)
    assert config.offsets_m == (3.0, 4.0)
    assert config.lateral == Gains(window=7)
    assert config.delay_s == 0.1


@pytest.mark.parametrize(
    ('values', 'words'),
    [
        ({'perod_s': 0.3}, ["'perod_s'", "'period_s'", 'the file']),
        ({'zzz': 0.3}, ["'zzz'", 'known:', 'lateral.window']),
        ({'period_s': 2.0}, ['period_s', '2.0', '1.0', 's', 'the file']),
        ({'period_s': float('nan')}, ['period_s', 'nan', 'finite']),
        ({'period_s': '0.2'}, ['period_s', "'0.2'", 'float']),
        ({'lateral.window': 1.5}, ['window', '1.5', 'int']),
        ({'is_lockstep': 1}, ['is_lockstep', '1', 'bool']),
        ({'policy': 'minni'}, ['policy', 'minni', 'did you mean mini']),
        ({'offsets_m': 3.0}, ['offsets_m', 'list']),
        ({'period_s': 0.1, 'delay_s': 0.2}, ['delay_s', 'period_s', 'the file']),
    ],
)
def test_bad_values_are_refused_by_name(values, words):
    with pytest.raises(ConfigError) as caught:
        build(Config, values, where='the file')
    assert all(word in str(caught.value) for word in words), caught.value


def test_one_value_is_checked_without_the_others():
    setting = list_settings(Config)['delay_s']
    assert check_value(setting, 1) == 1.0
    with pytest.raises(ConfigError, match=r"parameter 'delay_s' is 3\.0.*\(a file\)"):
        check_value(setting, 3.0, where='a file')


@pytest.mark.parametrize('config_class', [Undescribed, WrongType])
def test_fields_that_cannot_be_parameters_are_refused(config_class):
    with pytest.raises(ConfigError, match='field'):
        list_settings(config_class)
