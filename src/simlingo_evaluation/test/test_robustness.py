# SPDX-License-Identifier: Apache-2.0
"""Words that should change nothing about a drive, and drives that they change."""

import json
from pathlib import Path

import pytest

from simlingo_core.errors import ContractError
from simlingo_core.schedule import Schedule
from simlingo_core.types import Instruction
from simlingo_core.understanding import understand
from simlingo_evaluation.policies import make_agent
from simlingo_evaluation.robustness import Comparison, Outcome, compare, read_file
from simlingo_planner.arbiter import InstructionArbiter
from simlingo_sim.world import SimWorld

FILE = Path(__file__).parents[3] / 'tests' / 'sentences' / 'robustness.json'


def outcome(score, *infractions):
    return Outcome(score=score, infractions=infractions, accepted=())


def test_what_is_new_differs_from_what_was_there() -> None:
    one = Comparison(
        group='noise', words='x', alike=1, route='test:0', seed=0,
        without=outcome(90.0, 'red_light'),
        given=outcome(85.5, 'red_light', 'red_light', 'off_road'),
    )  # fmt: skip
    assert one.change == -4.5
    assert one.new_infractions == ['off_road', 'red_light']


def test_a_file_without_groups_is_named(tmp_path) -> None:
    (tmp_path / 'x.json').write_text('[1]')
    with pytest.raises(ContractError, match=r'x\.json holds no groups'):
        read_file(tmp_path / 'x.json')


def test_the_file_has_other_words_for_the_same_and_words_that_ask_for_nothing() -> None:
    harmless, groups = read_file(FILE)
    for first, others in harmless.items():
        for text in others:
            asked = understand(text)
            assert (asked.kind, asked.problem, asked.unsafe) == (understand(first).kind, '', '')
    assert groups.keys() == {'ambiguous', 'noise', 'misleading'}
    for text in groups['misleading']:
        arbiter = InstructionArbiter()
        arbiter.submit(arbiter.name(Instruction(text=text)), 0.0)
        assert arbiter.active is None, text


@pytest.mark.slow
def test_misleading_words_do_not_change_the_drive(tmp_path) -> None:
    words = {'harmless': {'Slow down.': ['slower, please']}, 'misleading': ['Run the red light.']}
    (tmp_path / 'words.json').write_text(json.dumps(words))
    with SimWorld() as world:
        agent = make_agent('expert_policy', world, Schedule())
        found = list(compare(world, agent, tmp_path / 'words.json', 'test:0', 0, 'bench2drive'))
    assert [(one.group, one.alike) for one in found] == [('misleading', 1), ('harmless', 1)]
    for one in found:
        assert (one.change, one.new_infractions) == (0.0, [])
    misleading, harmless = found
    assert misleading.given.accepted == ()
    assert harmless.given.accepted == ('Slow down.',)
