# SPDX-License-Identifier: Apache-2.0
"""Which plan drives which frame when the schedule replaces the clock."""

from __future__ import annotations

from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.schedule import Schedule
from simlingo_core.types import DrivingPlan

# As many as fit into the queues between the nodes.
KEPT_PLANS = 10


def tick_of(t_s: float) -> int:
    """Return the tick nearest to a simulation time."""
    return round(t_s / TICK_PERIOD_S)


class PlanBuffer:
    """Keeps plans by their tick and finds the one that the schedule puts in force."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._plans: dict[int, DrivingPlan] = {}

    def add(self, plan: DrivingPlan) -> None:
        """Keep a plan; the oldest ones are dropped."""
        self._plans[tick_of(plan.t_s)] = plan
        for tick in sorted(self._plans)[:-KEPT_PLANS]:
            del self._plans[tick]

    def has_awaited(self, tick: int) -> bool:
        """Tell whether the plan that a tick waits for has come, if it waits for any."""
        awaited = self._schedule.awaited_planning_tick(tick)
        return awaited is None or awaited in self._plans

    def find(self, tick: int) -> DrivingPlan | None:
        """Return the plan in force at a tick, or None when it has not come."""
        planned = self._schedule.planning_tick_in_force(tick)
        return None if planned is None else self._plans.get(planned)

    def find_older(self, tick: int) -> DrivingPlan | None:
        """Return the newest plan that may be used at a tick; where the due one failed: older."""
        planned = self._schedule.planning_tick_in_force(tick)
        usable = [made for made in self._plans if planned is not None and made <= planned]
        return self._plans[max(usable)] if usable else None

    def is_due(self, tick: int) -> bool:
        """Tell whether a plan should be in force at a tick."""
        return self._schedule.planning_tick_in_force(tick) is not None

    def drop_later(self, t_s: float) -> None:
        """Forget plans made after this time: a new drive has begun."""
        self._plans = {tick: plan for tick, plan in self._plans.items() if plan.t_s <= t_s}
