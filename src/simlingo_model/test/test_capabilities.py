# SPDX-License-Identifier: Apache-2.0
"""What a model was trained in, and which instructions it can take."""

import numpy as np
import pytest

from simlingo_core.capabilities import PolicyCapabilities
from simlingo_core.errors import ConfigError, ContractError
from simlingo_core.protocols import (
    CapablePolicy,
    InstructionChecker,
    capabilities_of,
    check_instruction,
)
from simlingo_core.types import Instruction, InstructionKind, SafetyMode
from simlingo_core.wordings import ManoeuvreKind
from simlingo_model.checkpoint import read_description, save_model
from simlingo_model.model_card import ModelCard, TrainedIn
from simlingo_model.model_names import find_model
from simlingo_model.policy import SimLingoPolicy


def instruct(text='Slow down.', **changes):
    return Instruction(id='7', text=text, **changes)


def test_a_model_not_trained_in_refusals_gets_the_prefix_it_was_trained_on(
    mini_parts, observation
):
    policy = SimLingoPolicy(*mini_parts, capabilities=TrainedIn().capabilities)
    expected = policy.plan(observation, instruct(safety_mode=SafetyMode.FOLLOW))
    policy.reset()
    plan = policy.plan(observation, instruct(safety_mode=SafetyMode.REFUSE_UNSAFE))
    np.testing.assert_array_equal(plan.path_base_m, expected.path_base_m)
    assert policy.reply(observation) is None


def test_the_capabilities_are_those_of_the_card(mini_parts, policy, tmp_path):
    assert isinstance(policy, CapablePolicy)
    assert policy.capabilities == PolicyCapabilities.everything()
    tasks = TrainedIn(questions=True, instructions=('stop',))
    save_model(tmp_path, *mini_parts, ModelCard(trained_in=tasks))
    loaded = capabilities_of(SimLingoPolicy.load(tmp_path, device='cpu'))
    assert loaded == PolicyCapabilities(
        comments=True, answers=True, manoeuvres=frozenset({ManoeuvreKind.STOP})
    )


def test_the_mini_comments_and_follows_instructions_but_answers_no_questions():
    card = read_description(find_model('mini').folder)[1]
    assert card.trained_in is not None
    capabilities = card.tasks.capabilities
    assert capabilities.comments
    assert all(capabilities.follows(kind) for kind in ManoeuvreKind)
    assert not capabilities.answers
    assert not capabilities.follows(None)
    assert not capabilities.refuses


@pytest.mark.parametrize(
    ('card', 'answers'), [(ModelCard(is_upstream=True), True), (ModelCard(), False)]
)
def test_old_cards_are_read_by_what_is_known_of_such_models(card, answers):
    old = {name: value for name, value in card.to_dict().items() if name != 'trained_in'}
    capabilities = ModelCard.from_dict(old).tasks.capabilities
    assert capabilities.answers is answers
    assert capabilities.refuses is answers
    assert capabilities.follows(None) is answers
    assert capabilities.manoeuvres == frozenset(ManoeuvreKind)


def test_a_card_with_an_unknown_kind_of_instruction_is_refused():
    with pytest.raises(ConfigError, match=r"'fly'.*'stop'"):
        ModelCard.from_dict({'trained_in': {'instructions': ['fly']}})


@pytest.mark.parametrize('text', ['请' * 495, '\U0001f697' * 500, 'q ' * 200])
@pytest.mark.parametrize('kind', [InstructionKind.INSTRUCT, InstructionKind.ASK])
def test_text_of_too_many_tokens_is_refused_before_it_is_in_force(policy, text, kind):
    """Case 20: the limit counts tokens, not characters: Chinese, emoji."""
    assert isinstance(policy, InstructionChecker)
    with pytest.raises(ContractError, match=r'\d{3,4} tokens .* at most 128'):
        check_instruction(policy, instruct(text, kind=kind))


def test_text_of_too_many_tokens_is_not_planned_with_either(policy, observation):
    """Case 20: nor does a plan read such a text."""
    with pytest.raises(ContractError, match='1485 tokens'):
        policy.plan(observation, instruct('请' * 495))
    with pytest.raises(ContractError, match='1485 tokens'):
        policy.answer(observation, '请' * 495)


def test_ordinary_text_is_within_the_limit(policy):
    sentence = 'Please move over to the left lane behind that truck as soon as it is free. '
    for text in ('Slow down.', sentence * 3, '请慢一点', 'Fahr bitte etwas langsamer. 🛑'):
        check_instruction(policy, instruct(text))
    check_instruction(policy, instruct('', kind=InstructionKind.CANCEL))
