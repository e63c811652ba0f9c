# SPDX-License-Identifier: Apache-2.0
"""Settings of the control package: the groups of the core, and the whole node.

Two profiles are named (``ControlConfig.profile``).  ``upstream`` commands what SimLingo's agent
commands, tick by tick.  ``default`` differs from it in two rules for a standing car: a plan that
stands to its end is never overruled by creeping, and a plan that waits first and drives then is
started after 1.5 s (``StartConfig``).  Both follow the command gate and the speed caps of
instructions, which upstream does not have.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from simlingo_control.gains import PedalsConfig, SteeringConfig
from simlingo_core.config import parameter, validate
from simlingo_core.errors import ConfigError
from simlingo_core.plan_buffer import KEPT_PLANS
from simlingo_core.schedule import Schedule

UPSTREAM = 'upstream'


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
    confidence_limit: float = parameter(
        0.1,
        low=0.0,
        high=1.0,
        description='Degraded with a plan of lower confidence; one that states none is trusted.',
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
        2.0, unit='m', low=0.1, high=50.0, description='Excess of the way driven over its speed.'
    )
    standing_speed_mps: float = parameter(
        0.1, unit='m/s', low=0.01, high=1.0, description='Below this speed the car stands.'
    )
    standing_warning_s: float = parameter(
        30.0, unit='s', low=1.0, high=3600.0, description='Warn of a plan that stands for longer.'
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
class CreepConfig:
    """Upstream's way out of a standstill: after long standing, push forward for a moment.

    Raises:
        ConfigError: a value is out of range.
    """

    is_enabled: bool = parameter(True, description='Creep after long standing.')
    from_mps: float = parameter(
        0.3,
        unit='m/s',
        low=0.0,
        high=20.0,
        description="Only if the plan's end is at least so fast; 0: whatever it says (upstream).",
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
    says *wait a moment, then go*, and the moment never ends.  Control knows how long the car has
    stood.  A plan that does not drive by its end starts nothing.

    Raises:
        ConfigError: a value is out of range.
    """

    is_enabled: bool = parameter(True, description='Set off when the end of the plan drives.')
    after_ticks: int = parameter(
        30, unit='ticks', low=1, high=10000, description='Standing so long is waiting enough.'
    )
    from_mps: float = parameter(
        2.0, unit='m/s', low=0.1, high=20.0, description='A slower end of the plan starts nothing.'
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
    """All settings of the control core, in groups.

    Raises:
        ConfigError: a value is out of range, or the profile contradicts another setting.
    """

    profile: str = parameter(
        'default',
        choices=('default', UPSTREAM),
        description="upstream: SimLingo's agent to the tick; start off, creep.from_mps 0.",
    )
    safety: SafetyConfig = field(default_factory=SafetyConfig)
    steering: SteeringConfig = field(default_factory=SteeringConfig)
    pedals: PedalsConfig = field(default_factory=PedalsConfig)
    start: StartConfig = field(default_factory=StartConfig)
    creep: CreepConfig = field(default_factory=CreepConfig)

    def __post_init__(self) -> None:
        validate(self)
        if self.profile != UPSTREAM:
            return
        if self.pedals.mode != 'parity':
            raise ConfigError(
                f"profile is 'upstream' and pedals.mode {self.pedals.mode!r}; expected 'parity'"
            )
        object.__setattr__(self, 'start', replace(self.start, is_enabled=False))
        object.__setattr__(self, 'creep', replace(self.creep, is_enabled=True, from_mps=0.0))


@dataclass(frozen=True, kw_only=True)
class ControlNodeConfig(ControlConfig):
    """All settings of the control node: those of the core, and how it meets the stack.

    Raises:
        ConfigError: a value is out of range, or the schedule asks for more plans than are kept or
            more frames than are queued.
    """

    role_name: str = parameter('ego_vehicle', description="The car's role name.")
    lockstep: bool = parameter(False, description='Wait for the plan the schedule asks for.')
    plan_period_ticks: int = parameter(4, low=1, description='Ticks from plan to plan.')
    plan_latency_ticks: int = parameter(
        2, low=0, description='Ticks from an observation until its plan is in force (lockstep).'
    )
    plan_wait_limit_s: float = parameter(
        8.0,
        unit='s',
        low=0.1,
        high=60.0,
        description='Brake when a plan takes longer, in wall time (lockstep).',
    )
    odometry_wait_limit_s: float = parameter(
        0.3,
        unit='s',
        low=0.1,
        high=5.0,
        description='Full brake when no odometry comes for so long, in wall time (real time).',
    )
    ready: str = parameter(
        'plan',
        choices=('plan', 'planner'),
        description='Ready with the first plan, or as soon as a planner has loaded its policy: '
        "agents of CARLA's leaderboard get route and sensors only then.",
    )
    shutdown_limit_s: float = parameter(
        1.0,
        unit='s',
        low=0.1,
        high=60.0,
        description='Wait so long for the car to acknowledge the brake at the end; a supervisor '
        'grants 2.5 s.',
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.lockstep:
            self.schedule.require_lossless()
        longest_ticks = (KEPT_PLANS - 2) * self.plan_period_ticks
        if self.plan_latency_ticks > longest_ticks:
            raise ConfigError(
                f'plan_latency_ticks is {self.plan_latency_ticks}; expected at most '
                f'{longest_ticks}, {KEPT_PLANS - 2} plan periods; more plans are not kept'
            )

    @property
    def schedule(self) -> Schedule:
        """The lockstep schedule."""
        return Schedule(self.plan_period_ticks, self.plan_latency_ticks)
