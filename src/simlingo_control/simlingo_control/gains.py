# SPDX-License-Identifier: Apache-2.0
"""Gains and limits of steering and pedals; the defaults are those of SimLingo's agent."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.config import parameter, validate
from simlingo_core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class SteeringConfig:
    """Look-ahead and gains of the steering; a path point is 0.1 m long, the error's unit 90 deg.

    Raises:
        ConfigError: a value is out of range or the look-ahead limits are out of order.
    """

    proportional: float = parameter(
        3.118357247806046, low=0.0, high=20.0, description='On the error of the heading.'
    )
    integral: float = parameter(
        0.6406067986034124, low=0.0, high=20.0, description='On the mean of the last errors.'
    )
    derivative: float = parameter(
        1.3782508892109167, low=0.0, high=20.0, description='On its change in one tick.'
    )
    window: int = parameter(
        6, unit='ticks', low=1, high=200, description='How many errors are remembered.'
    )
    lookahead_per_kmh: float = parameter(
        0.9755321901954155, unit='points h/km', low=0.0, high=9.0, description='Growth with speed.'
    )
    lookahead_offset: float = parameter(
        1.9152884533402488, unit='points', low=0.0, high=100.0, description='Look-ahead at rest.'
    )
    lookahead_shortest: int = parameter(
        24, unit='points', low=1, high=190, description='Shortest look-ahead.'
    )
    lookahead_longest: int = parameter(
        105, unit='points', low=1, high=190, description='Longest look-ahead.'
    )

    def __post_init__(self) -> None:
        validate(self)
        if self.lookahead_shortest > self.lookahead_longest:
            raise ConfigError(
                f'SteeringConfig.lookahead_shortest is {self.lookahead_shortest} and '
                f'lookahead_longest {self.lookahead_longest}; expected shortest <= longest'
            )


@dataclass(frozen=True, kw_only=True)
class PedalsConfig:
    """Throttle and brake.

    Raises:
        ConfigError: a value is out of range.
    """

    mode: str = parameter(
        'parity',
        choices=('parity', 'smooth'),
        description="As upstream's agent (full brake or none), or in proportion.",
    )
    rounds_speed: bool = parameter(
        True, description="Round the speed to 0.1 m/s, as upstream's agent does (parity only)."
    )
    stand_below_mps: float = parameter(
        0.4, unit='m/s', low=0.01, high=2.0, description='A lower target speed means to stand.'
    )
    proportional: float = parameter(
        1.75, unit='s/m', low=0.0, high=20.0, description='Parity: throttle per speed error.'
    )
    integral: float = parameter(
        1.0, unit='s/m', low=0.0, high=20.0, description='Parity: on the mean of the last errors.'
    )
    derivative: float = parameter(
        2.0, unit='s/m', low=0.0, high=20.0, description='Parity: on the change in one tick.'
    )
    window: int = parameter(
        20, unit='ticks', low=1, high=200, description='Parity: how many errors are remembered.'
    )
    largest_error_mps: float = parameter(
        1.0, unit='m/s', low=0.1, high=10.0, description='Parity: larger errors count as this.'
    )
    brake_ratio: float = parameter(
        1.1, low=1.0, high=3.0, description='Parity: brake when this many times too fast.'
    )
    smooth_gain_per_s: float = parameter(
        1.2, unit='1/s', low=0.1, high=10.0, description='Smooth: acceleration per speed error.'
    )
    smooth_integral_per_s: float = parameter(
        0.15, unit='1/m', low=0.0, high=5.0, description='Smooth: throttle per m of lag.'
    )
    acceleration_mps2: float = parameter(
        2.4, unit='m/s^2', low=0.2, high=6.0, description='Smooth: largest acceleration.'
    )
    deceleration_mps2: float = parameter(
        6.0, unit='m/s^2', low=0.5, high=10.0, description='Smooth: largest deceleration.'
    )
    full_throttle_mps2: float = parameter(
        3.5, unit='m/s^2', low=0.5, high=20.0, description='Smooth: what full throttle gives.'
    )
    full_brake_mps2: float = parameter(
        7.0, unit='m/s^2', low=1.0, high=20.0, description='Smooth: what the full brake gives.'
    )
    coast_mps2: float = parameter(
        0.3, unit='m/s^2', low=0.0, high=5.0, description='Smooth: deceleration without pedals.'
    )
    stand_brake: float = parameter(
        0.6, low=0.05, high=1.0, description='Smooth: brake that holds a standing car.'
    )
    cap_margin_mps: float = parameter(
        0.1,
        unit='m/s',
        low=0.0,
        high=1.0,
        description='Around a speed cap: no throttle, no brake.',
    )
    cap_rise_mps2: float = parameter(
        1.0,
        unit='m/s^2',
        low=0.1,
        high=10.0,
        description='Below a speed cap: how fast the target speed may rise.',
    )
    cap_brake_per_mps: float = parameter(
        0.5, unit='s/m', low=0.0, high=10.0, description='Brake per speed above a cap.'
    )

    def __post_init__(self) -> None:
        validate(self)
