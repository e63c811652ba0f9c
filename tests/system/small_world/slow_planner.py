# SPDX-License-Identifier: Apache-2.0
"""The planner node with one policy more: ``slow``, the route policy that takes its time."""

from __future__ import annotations

import os
import time

from simlingo_core.types import DrivingPlan, Instruction, Observation
from simlingo_planner import node, policies
from simlingo_planner.baselines import TargetPointPolicy

PLANNING_TIME = 'SMALL_WORLD_PLANNING_TIME_S'


class SlowPolicy(TargetPointPolicy):
    """Plans as the route policy does, later."""

    def plan(
        self, observation: Observation, instruction: Instruction | None = None
    ) -> DrivingPlan:
        """Wait, then plan."""
        time.sleep(float(os.environ.get(PLANNING_TIME, '0')))
        return super().plan(observation, instruction)


if __name__ == '__main__':
    policies.BUILT_IN = {**policies.BUILT_IN, 'slow': SlowPolicy}
    raise SystemExit(node.main())
