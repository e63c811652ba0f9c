# SPDX-License-Identifier: Apache-2.0
"""The plans of the last frames, and which of them is in force at a tick in lockstep."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.schedule import Schedule
from simlingo_core.types import DrivingPlan

# As many as fit into the queues between the nodes.
KEPT_PLANS = 10


def tick_of(t_s: float) -> int:
    """Return the tick nearest to a simulation time."""
    return round(t_s / TICK_PERIOD_S)


@dataclass(frozen=True)
class DuePlan:
    """The plan to follow at a tick.

    Attributes:
        plan: the newest plan that may be used; None: there is none.
        is_late: the plan that is due is missing, so that ``plan`` is an older one or None, and
            the car must stop.
    """

    plan: DrivingPlan | None
    is_late: bool


class PlanBuffer:
    """Keeps plans by the tick of their observation, in one process as well as over ROS.

    Control asks which plan to follow (``due``).  The planner marks the frames that it works on
    (``expect``), so that a frame that is sent again is not planned on twice.

    Args:
        schedule: planning period and plan latency; None: the default schedule.
    """

    def __init__(self, schedule: Schedule | None = None) -> None:
        self._schedule = schedule or Schedule()
        periods = self._schedule.plan_latency_ticks // self._schedule.plan_period_ticks
        self._kept = max(KEPT_PLANS, periods + 2)
        self._plans: dict[int, DrivingPlan | None] = {}

    def add(self, plan: DrivingPlan) -> None:
        """Keep a plan; the oldest ones are dropped."""
        self._store(tick_of(plan.t_s), plan)

    def expect(self, tick: int) -> None:
        """Mark the frame of this tick as being planned on."""
        self._store(tick, None)

    def is_expected(self, tick: int) -> bool:
        """Return whether the frame of this tick is being planned on, or has been."""
        return tick in self._plans

    def plan_of(self, tick: int) -> DrivingPlan | None:
        """Return the plan made from the frame of this tick; None: there is none (yet)."""
        return self._plans.get(tick)

    def has_awaited(self, tick: int) -> bool:
        """Return whether the plan that a tick waits for is here, if it waits for any."""
        awaited = self._schedule.awaited_planning_tick(tick)
        return awaited is None or self.plan_of(awaited) is not None

    def due(self, tick: int) -> DuePlan:
        """Return the plan to follow at a tick."""
        in_force = self._schedule.planning_tick_in_force(tick)
        if in_force is None:
            return DuePlan(None, is_late=False)
        usable = [made for made, plan in self._plans.items() if plan and made <= in_force]
        newest = max(usable, default=None)
        return DuePlan(None if newest is None else self._plans[newest], is_late=newest != in_force)

    def drop_later(self, t_s: float) -> None:
        """Remove the plans made after this time: a new episode has begun."""
        last = tick_of(t_s)
        self._plans = {tick: plan for tick, plan in self._plans.items() if tick <= last}

    def clear(self) -> None:
        """Remove all plans."""
        self._plans.clear()

    def _store(self, tick: int, plan: DrivingPlan | None) -> None:
        self._plans[tick] = plan
        for old in sorted(self._plans)[: -self._kept]:
            del self._plans[old]
