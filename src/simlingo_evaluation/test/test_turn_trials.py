# SPDX-License-Identifier: Apache-2.0
"""A turn by words in closed loop: the car goes another way than its route did."""

from simlingo_core.intents import Direction, Turn
from simlingo_core.schedule import Schedule
from simlingo_evaluation.policies import make_agent
from simlingo_evaluation.turn_trials import run_trial
from simlingo_sim.traffic.traffic import TrafficConfig
from simlingo_sim.world import SimWorld, WorldConfig


def test_the_expert_turns_left_where_its_route_goes_straight_on() -> None:
    quiet = WorldConfig(traffic=TrafficConfig(vehicles=0, pedestrians=0))
    with SimWorld(quiet) as world:
        agent = make_agent('expert_policy', world, Schedule())
        trial = run_trial(world, agent, 'test:0', Turn(Direction.LEFT))
    assert trial is not None
    assert trial.is_done
    assert 'went left' in trial.end.reason
    assert agent.statuses[1].spoken_reply.startswith('I turn left in 2')
