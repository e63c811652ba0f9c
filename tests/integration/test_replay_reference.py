# SPDX-License-Identifier: Apache-2.0
"""The stack on a committed recording (a red light, a turn; held-out town) and its references.

After a change that is meant to change plans or commands:

    simlingo replay evaluate tests/integration/replay/light_and_turn --policy mini \\
        --reference tests/integration/replay/references --update-refs
"""

from dataclasses import replace
from pathlib import Path

import pytest

from simlingo_control.config import ControlConfig
from simlingo_evaluation.policies import make_policy
from simlingo_evaluation.replay.evaluation import Request, evaluate_bag
from simlingo_evaluation.replay.stack_run import RunSettings

HERE = Path(__file__).parent / 'replay'
GAINS = ('proportional', 'integral', 'derivative')
BAG, REFERENCES = HERE / 'light_and_turn', HERE / 'references'


@pytest.fixture(scope='module')
def policies():
    return {name: make_policy(name) for name in ('mini', 'route')}


class OneFrameLate:
    """Gives the plan of the frame before, as if it were that of this frame."""

    name = 'late'

    def __init__(self, policy):
        self._policy, self._plan = policy, None

    def reset(self):
        self._policy.reset()
        self._plan = None

    def plan(self, observation, instruction=None):
        now = self._policy.plan(observation, instruction)
        earlier, self._plan = self._plan or now, now
        return replace(earlier, t_s=now.t_s, pose_map=now.pose_map)


def evaluate(policies, name, policy=None, **settings):
    request = Request(policy=name, references=REFERENCES, settings=RunSettings(**settings))
    return evaluate_bag(BAG, request, policy or policies[name])


@pytest.mark.parametrize('name', ['mini', 'route'])
def test_plans_and_commands_are_those_of_the_reference(policies, name):
    result = evaluate(policies, name)

    assert result.comparison.is_equal, result.comparison.words
    assert result.is_passed
    assert result.summary['plans'] == 30
    assert result.summary['images_missed'] == 0


def test_a_controller_with_a_larger_gain_is_caught_and_named(policies):
    steering = ControlConfig().steering
    gains = {name: 1.1 * getattr(steering, name) for name in GAINS}
    broken = ControlConfig(steering=replace(steering, **gains))

    comparison = evaluate(policies, 'mini', control=broken).comparison

    assert not comparison.is_equal
    assert comparison.words.startswith('perception: equal\nplanner: equal\ncontrol: differs')
    assert {field.name for field in comparison.fields} == {'command.steer'}
    assert comparison.fields[0].ratio == pytest.approx(1.1, abs=0.02)
    assert 'new / reference 1.1' in comparison.words


def test_a_planner_that_is_one_frame_late_is_caught_and_named(policies):
    late = OneFrameLate(policies['mini'])

    comparison = evaluate(policies, 'mini', policy=late).comparison

    assert comparison.words.startswith('perception: equal\nplanner: differs\ncontrol: differs')
    assert 'the plans are those of the reference one frame earlier' in comparison.words


def test_a_plan_that_comes_into_force_late_is_caught_and_named(policies):
    comparison = evaluate(policies, 'route', plan_latency_s=0.3).comparison

    assert comparison.words.startswith('perception: equal\nplanner: equal\ncontrol: differs')
    assert 'control follows plans that are 0.20 s older than in the reference' in comparison.words
