# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlingo_core.errors import CheckpointError, ConfigError, ContractError
from simlingo_core.types import RoadOption, SafetyMode
from simlingo_model import prompts
from simlingo_model.config import mini
from simlingo_model.conversation import ConversationEncoder
from simlingo_model.language_corpus import sentences
from simlingo_model.presets import mini_tokenizer
from simlingo_model.tokenizer import TextTokenizer
from simlingo_model.tokenizer_training import train_tokenizer

TOKENIZER = mini_tokenizer()
ENCODER = ConversationEncoder(TOKENIZER, mini().image_tokens)
POINTS = prompts.target_point_clause()
SPECIAL_IDS = set(TOKENIZER.specials.values())


def structure(ids):
    return [i for i in ids if i in SPECIAL_IDS]


PLAIN = structure(ENCODER.question(prompts.instruction_prompt(3.0, POINTS, 'Slow down.')))


@given(st.text(max_size=300))
def test_any_text_survives_the_tokenizer(text):
    import unicodedata

    normal = unicodedata.normalize('NFC', text)
    assert TOKENIZER.decode(TOKENIZER.encode(text)) == normal


@given(
    st.lists(
        st.sampled_from([*TOKENIZER.specials, ' ', 'stop', '你好', '\n', '\x00', '🚗']), min_size=1
    )
)
def test_no_text_changes_the_structure(pieces):
    text = ''.join(pieces)
    if len(text) > 500:
        return
    try:
        prompt = prompts.instruction_prompt(3.0, POINTS, text)
    except ContractError:
        assert not text.replace('\x00', ' ').strip()
        return
    assert structure(ENCODER.question(prompt)) == PLAIN


def test_committed_tokenizer_is_what_training_gives(tmp_path):
    size = mini().decoder.vocabulary_rows
    assert TOKENIZER.size == size
    texts = []
    for name, tokenizer in (('fresh', train_tokenizer(sentences(), size)), ('ours', TOKENIZER)):
        (tmp_path / name).mkdir()
        texts.append(tokenizer.save(tmp_path / name).read_text())
    assert texts[0] == texts[1]


def test_frames_of_the_mini_are_short():
    question = ENCODER.question(prompts.driving_prompt(4.2, POINTS))
    assert len(question) <= mini().image_tokens + 32
    assert len(ENCODER.answer(prompts.WAYPOINTS_ANSWER)) <= 4


def test_a_tokenizer_too_small_is_refused():
    with pytest.raises(ConfigError, match='270'):
        train_tokenizer(['a'], 260)
    with pytest.raises(ConfigError, match='pieces'):
        train_tokenizer(['abc abc'], 1024)


def test_a_folder_without_tokenizer_says_what_to_give(tmp_path):
    with pytest.raises(CheckpointError, match='InternVL2-1B'):
        TextTokenizer.load(tmp_path)


@pytest.mark.parametrize('content', ['', '{}', '[1]', '{"specials": {}, "merges": 3}'])
def test_a_damaged_tokenizer_is_named(tmp_path, content):
    (tmp_path / 'simlingo_tokenizer.json').write_text(content)
    with pytest.raises(CheckpointError, match=r'cannot be read|lacks the special|is empty'):
        TextTokenizer.load(tmp_path)


def test_speed_is_printed_as_upstream_does():
    assert [prompts.speed_text(v) for v in (0.0, -0.04, 4.25, 11.96, -1.21)] == [
        '0.0',
        '0.0',
        '4.2',
        '12.0',
        '-1.2',
    ]
    with pytest.raises(ContractError, match='nan'):
        prompts.speed_text(float('nan'))


def test_text_is_cleaned():
    assert prompts.clean_text('  slow\t\ndown \x07 now ') == 'slow down now'
    with pytest.raises(ContractError, match='empty'):
        prompts.clean_text(' \n\x00')
    with pytest.raises(ContractError, match='10000'):
        prompts.clean_text('a' * 10_000)


def test_clauses():
    lane, left = RoadOption.LANE_FOLLOW, RoadOption.LEFT
    assert prompts.command_clause(lane, lane, 14.3) == ('Command: follow the road.',)
    assert prompts.command_clause(left, lane, 14.9) == (
        'Command: go left at the next intersection in 14 meter then follow the road.',
    )
    assert prompts.command_clause(left, lane, 0.0) == (
        'Command: go left at the next intersection then follow the road.',
    ), 'the junction is being crossed'
    with pytest.raises(ContractError, match='VOID'):
        prompts.command_clause(RoadOption.VOID, lane, 1.0)


def test_one_target_point_alone_is_refused():
    prompt = prompts.Prompt(('go to ', prompts.Mark.TARGET_POINT))
    with pytest.raises(ContractError, match='expected none or two'):
        ENCODER.question(prompt)


def test_learned_part_begins_with_the_assistants_header():
    prompt = prompts.commentary_prompt(4.2, POINTS)
    talk = ENCODER.conversation(prompt, prompts.commentary_answer('Stop now.'))
    first = talk.learned.index(True)
    assert TOKENIZER.decode(talk.ids[first:]) == 'assistant\nStop now. Waypoints:'
    assert talk.ids[-1] == ENCODER.end_id


def test_markers_are_removed():
    assert prompts.without_markers('A: It is red.') == 'It is red.'
    assert prompts.without_markers(prompts.FOLLOWING_ANSWER) == 'Following the given instruction.'


def test_modes_have_their_prefixes():
    for mode, prefix in ((SafetyMode.FOLLOW, '<INSTR'), (SafetyMode.REFUSE_UNSAFE, '<SAFETY> ')):
        assert prompts.instruction_prompt(1.0, None, 'Stop.', mode).text.startswith(prefix)


def test_target_points_as_text():
    clause = prompts.target_point_text_clause(np.array([[14.25, -1.5], [31.756, 4.0]]))
    assert clause == ('Target waypoint: 1:[14.25, -1.5] 2:[31.76, 4.0]',)
