# SPDX-License-Identifier: Apache-2.0
"""What can be driven with nodes can be evaluated, by the same name."""

import pytest

from simlingo_core.schedule import Schedule
from simlingo_evaluation.policies import check_policy, make_agent, policy_label
from simlingo_planner.policies import BUILT_IN
from simlingo_sim.world import SimWorld


@pytest.mark.parametrize('name', BUILT_IN)
def test_a_policy_of_the_planner_can_be_evaluated(name):
    check_policy(name)
    with SimWorld() as world:
        agent = make_agent(name, world, Schedule())
    assert agent.name == name == policy_label(name)
