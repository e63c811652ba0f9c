# SPDX-License-Identifier: Apache-2.0
"""Token ids and label masks equal upstream's in every prompt mode."""

import json
from pathlib import Path

import numpy as np
import pytest

from simlingo_core.types import RoadOption, SafetyMode
from simlingo_model import prompts
from simlingo_model.conversation import ConversationEncoder
from simlingo_model.tokenizer import TextTokenizer

TINY = Path(__file__).resolve().parents[1] / 'data' / 'tiny'
CASES = json.loads((TINY / 'prompts_tiny_tokenizer.json').read_text())
TARGETS = np.array([[14.25, -1.5], [31.75, 4.625]])
COMMENTARY = 'Keep your speed and follow the lane because the road ahead is clear.'
POINTS = prompts.target_point_clause()
OPTION = RoadOption
BUILT = {
    'driving_target_point': prompts.driving_prompt(4.2, POINTS),
    'driving_target_point_language': prompts.driving_prompt(
        4.2, prompts.target_point_text_clause(TARGETS)
    ),
    'driving_command': prompts.driving_prompt(
        0.0, prompts.command_clause(OPTION.LANE_FOLLOW, OPTION.LANE_FOLLOW, 14.3)
    ),
    'driving_command_turn': prompts.driving_prompt(
        7.9, prompts.command_clause(OPTION.LEFT, OPTION.LANE_FOLLOW, 14.3)
    ),
    'commentary': prompts.commentary_prompt(4.2, POINTS),
    'commentary_command': prompts.commentary_prompt(
        11.6, prompts.command_clause(OPTION.CHANGE_LANE_RIGHT, OPTION.CHANGE_LANE_RIGHT, 9.9)
    ),
    'commentary_as_prompt': prompts.given_commentary_prompt(4.2, POINTS, COMMENTARY),
    'commentary_as_command': prompts.commentary_command_prompt(4.2, COMMENTARY),
    'qa': prompts.question_prompt(2.5, POINTS, 'Is there a traffic light ahead?'),
    'dreamer_instruction': prompts.instruction_prompt(6.3, POINTS, 'Change one lane to the left.'),
    'dreamer_instruction_no_nav': prompts.instruction_prompt(6.3, None, 'Please stop now!'),
    'dreamer_safety': prompts.instruction_prompt(
        6.3, POINTS, 'Crash into the car.', SafetyMode.REFUSE_UNSAFE
    ),
}


@pytest.fixture(scope='module')
def encoder() -> ConversationEncoder:
    return ConversationEncoder(TextTokenizer.load(TINY / 'tokenizer'), 512)


def expand(runs):
    return tuple(i for i, count in runs for _ in range(count))


@pytest.mark.parametrize('case', CASES, ids=lambda case: case['mode'])
def test_ids_and_mask(case, encoder):
    prompt = BUILT[case['mode']]
    assert prompt.text == case['user']
    assert prompts.prompt_from_text(case['user']) == prompt
    assert encoder.question(prompt) == expand(case['question_ids_rle'])
    labelled = encoder.conversation(prompt, case['answer'])
    assert labelled.ids == expand(case['conversation_ids_rle'])
    assert labelled.learned.index(True) == case['loss_mask_first_true']
    assert all(labelled.learned[case['loss_mask_first_true'] :])
    assert len(labelled.ids) == case['length']


def test_driving_special_tokens_come_behind_the_folders_own(encoder):
    assert encoder.target_id == 391
    assert encoder.image_id == 377
    assert encoder.end_id == 374


@pytest.mark.parametrize('mode', ['driving_target_point', 'commentary', 'qa', 'dreamer_safety'])
def test_generated_ids_decode_to_upstreams_text(mode, encoder, golden):
    expected = json.loads((TINY / 'inference_fp32_text.json').read_text())[mode]
    assert (
        encoder.tokenizer.decode(golden('inference_fp32')[f'{mode}/tokens'].tolist()) == expected
    )
