# SPDX-License-Identifier: Apache-2.0
"""The lockstep schedule: which frames yield a plan, and when it comes into force.

Results must not depend on how fast the machine is, so in lockstep a schedule replaces the clock:
frame ``n * plan_period_ticks`` yields an observation, and its plan is used from
``plan_latency_ticks`` later on, never earlier and never later.
"""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.errors import ConfigError

# As deep as the bridge's queues: so many frames may wait between two nodes without being lost.
QUEUED_TICKS = 10


@dataclass(frozen=True)
class Schedule:
    """Planning period and plan latency.

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
        """Return whether the frame of this tick yields an observation."""
        return tick % self.plan_period_ticks == 0

    def planning_tick_in_force(self, tick: int) -> int | None:
        """Return the planning tick whose plan drives this tick, or None before the first."""
        ready = tick - self.plan_latency_ticks
        if ready < 0:
            return None
        return ready - ready % self.plan_period_ticks

    def awaited_planning_tick(self, tick: int) -> int | None:
        """Return the planning tick whose plan this tick must wait for.

        As a rule it is the one in force.  With a long latency it is a newer one: otherwise the
        world could run so far ahead of a slow planner that the queues between the nodes lose
        frames, and with them plans.  This delays the command and never changes it.
        """
        lead = min(self.plan_latency_ticks, max(0, QUEUED_TICKS + 1 - self.plan_period_ticks))
        return Schedule(self.plan_period_ticks, lead).planning_tick_in_force(tick)

    def require_lossless(self) -> None:
        """Check that an episode in lockstep cannot lose a frame.

        Raises:
            ConfigError: more frames would wait between two plans than the queues hold.
        """
        if self.plan_period_ticks > QUEUED_TICKS:
            raise ConfigError(
                f'plan_period_ticks is {self.plan_period_ticks}; expected at most {QUEUED_TICKS} '
                'in lockstep: the queues between the nodes hold no more frames'
            )
