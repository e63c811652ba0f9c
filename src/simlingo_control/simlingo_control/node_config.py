# SPDX-License-Identifier: Apache-2.0
"""Settings of the control node: those of the core, and how it meets the rest of the stack."""

from __future__ import annotations

from dataclasses import dataclass, field

from simlingo_control.config import (
    ControlConfig,
    CreepConfig,
    PedalsConfig,
    SafetyConfig,
    SteeringConfig,
)
from simlingo_core.config import parameter, validate
from simlingo_core.errors import ConfigError
from simlingo_core.plan_buffer import KEPT_PLANS
from simlingo_core.schedule import Schedule


@dataclass(frozen=True, kw_only=True)
class ControlNodeConfig:
    """What the control node can be told.

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
    last_word_limit_s: float = parameter(
        1.0,
        unit='s',
        low=0.1,
        high=60.0,
        description='Wait so long for the car to hear the last brake; a supervisor grants 2.5 s.',
    )
    safety: SafetyConfig = field(default_factory=SafetyConfig)
    steering: SteeringConfig = field(default_factory=SteeringConfig)
    pedals: PedalsConfig = field(default_factory=PedalsConfig)
    creep: CreepConfig = field(default_factory=CreepConfig)

    def __post_init__(self) -> None:
        validate(self)
        if self.lockstep:
            self.schedule.require_lossless()
        longest_ticks = (KEPT_PLANS - 2) * self.plan_period_ticks
        if self.plan_latency_ticks > longest_ticks:
            raise ConfigError(
                f'plan_latency_ticks is {self.plan_latency_ticks}; expected at most '
                f'{longest_ticks}, {KEPT_PLANS - 2} plan periods; more plans are not kept'
            )

    @property
    def core(self) -> ControlConfig:
        """Settings of the core."""
        return ControlConfig(
            safety=self.safety, steering=self.steering, pedals=self.pedals, creep=self.creep
        )

    @property
    def schedule(self) -> Schedule:
        """The lockstep schedule."""
        return Schedule(self.plan_period_ticks, self.plan_latency_ticks)
