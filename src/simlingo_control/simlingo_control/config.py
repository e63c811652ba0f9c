# SPDX-License-Identifier: Apache-2.0
"""Settings of the control package; the defaults drive as upstream's agent does."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.config import parameter, validate
from simlingo_core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class SafetyConfig:
    """When the car stops, and how.

    Raises:
        ConfigError: a value is out of range or the limits of the plan's age are out of order.
    """

    plan_age_warning_s: float = parameter(
        0.3, unit='s', low=0.0, high=1.75, description='A plan older than this is called late.'
    )
    plan_age_limit_s: float = parameter(
        0.6, unit='s', low=0.05, high=1.75, description='The car stops when its plan is older.'
    )
    plan_age_emergency_s: float = parameter(
        1.5, unit='s', low=0.05, high=1.75, description='The car brakes fully when it is older.'
    )
    plan_lead_limit_s: float = parameter(
        0.1, unit='s', low=0.0, high=1.0, description='A plan further in the future is refused.'
    )
    ego_age_limit_s: float = parameter(
        0.2, unit='s', low=0.05, high=2.0, description='Full brake when the ego state is older.'
    )
    path_offset_limit_m: float = parameter(
        3.0, unit='m', low=0.5, high=20.0, description='The car stops when farther off its path.'
    )
    pose_jump_margin_m: float = parameter(
        2.0,
        unit='m',
        low=0.1,
        high=50.0,
        description='Excess of the way driven over its speed.',
    )
    standing_speed_mps: float = parameter(
        0.1, unit='m/s', low=0.01, high=1.0, description='Below this speed the car stands.'
    )
    stop_brake: float = parameter(
        0.3, low=0.05, high=1.0, description='Brake at the beginning of a smooth stop.'
    )
    stop_brake_rise_per_s: float = parameter(
        0.4, unit='1/s', low=0.0, high=20.0, description='How fast the brake of a stop grows.'
    )

    def __post_init__(self) -> None:
        validate(self)
        if not self.plan_age_warning_s <= self.plan_age_limit_s <= self.plan_age_emergency_s:
            raise ConfigError(
                f'SafetyConfig.plan_age_warning_s, _limit_s and _emergency_s are '
                f'{self.plan_age_warning_s}, {self.plan_age_limit_s} and '
                f'{self.plan_age_emergency_s}; expected them in rising order'
            )


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
        0.4, unit='m/s', low=0.01, high=2.0, description='Slower wishes mean to stand.'
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
        2.4, unit='m/s^2', low=0.2, high=6.0, description='Smooth: largest wished acceleration.'
    )
    deceleration_mps2: float = parameter(
        6.0, unit='m/s^2', low=0.5, high=10.0, description='Smooth: largest wished deceleration.'
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

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, kw_only=True)
class CreepConfig:
    """Upstream's way out of a standstill: after long standing, push forward for a moment.

    Upstream pushes whatever the model says; here a plan that stands to its end is never overruled.

    Raises:
        ConfigError: a value is out of range.
    """

    is_enabled: bool = parameter(True, description='Creep when the plan at least ends moving.')
    from_mps: float = parameter(
        0.3, unit='m/s', low=0.0, high=20.0, description='A slower end of the plan starts nothing.'
    )
    after_ticks: int = parameter(
        800, unit='ticks', low=1, high=100000, description='More standing ticks start a creep.'
    )
    duration_ticks: int = parameter(
        15, unit='ticks', low=1, high=1000, description='How long one creep lasts.'
    )
    throttle: float = parameter(
        0.4, low=0.0, high=1.0, description='Least throttle while creeping.'
    )

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, kw_only=True)
class StartConfig:
    """How a standing car sets off by a plan that stands first and drives then.

    A model without memory cannot tell how long it has stood at a stop sign: each of its plans
    says *wait a moment, then go*, and the moment never ends.  Control has stood through it and
    takes the plan at its word.  A plan that does not go by its end starts nothing.

    Raises:
        ConfigError: a value is out of range.
    """

    is_enabled: bool = parameter(True, description='Set off when the end of the plan drives.')
    after_ticks: int = parameter(
        30, unit='ticks', low=1, high=10000, description='Standing so long is waiting enough.'
    )
    from_mps: float = parameter(
        2.0,
        unit='m/s',
        low=0.1,
        high=20.0,
        description='A slower end of the plan starts nothing.',
    )
    speed_mps: float = parameter(
        3.0, unit='m/s', low=0.5, high=10.0, description='Target while setting off.'
    )
    duration_ticks: int = parameter(
        40, unit='ticks', low=1, high=200, description='How long setting off may take.'
    )

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, kw_only=True)
class ControlConfig:
    """All settings of control, in groups."""

    safety: SafetyConfig = SafetyConfig()
    steering: SteeringConfig = SteeringConfig()
    pedals: PedalsConfig = PedalsConfig()
    start: StartConfig = StartConfig()
    creep: CreepConfig = CreepConfig()
