# SPDX-License-Identifier: Apache-2.0
"""The lockstep schedule: which frames are planned on and when a plan comes into force.

Results must not depend on how fast the machine is, so in lockstep a schedule replaces the clock:
frame ``n * plan_period_ticks`` yields an observation, and its plan is used from
``plan_latency_ticks`` later on, never earlier and never later.
"""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.errors import ConfigError


@dataclass(frozen=True)
class Schedule:
    """When to plan and when a plan counts.

    Attributes:
        plan_period_ticks: ticks from one planning frame to the next, at least 1.
        plan_latency_ticks: ticks from a planning frame until its plan is in force, at least 0.
    """

    plan_period_ticks: int = 4
    plan_latency_ticks: int = 2

    def __post_init__(self) -> None:
        if self.plan_period_ticks < 1:
            raise ConfigError(f'plan_period_ticks is {self.plan_period_ticks}; expected 1 or more')
        if self.plan_latency_ticks < 0:
            raise ConfigError(
                f'plan_latency_ticks is {self.plan_latency_ticks}; expected 0 or more'
            )

    def is_planning_tick(self, tick: int) -> bool:
        """Tell whether the frame of this tick yields an observation."""
        return tick % self.plan_period_ticks == 0

    def planning_tick_in_force(self, tick: int) -> int | None:
        """Return the planning tick whose plan drives this tick, or None before the first."""
        ready = tick - self.plan_latency_ticks
        if ready < 0:
            return None
        return ready - ready % self.plan_period_ticks
