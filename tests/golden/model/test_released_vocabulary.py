# SPDX-License-Identifier: Apache-2.0
"""Prompts in the ids of the released model, Qwen2's vocabulary behind InternVL2-1B.

That vocabulary is not ours to ship.  Without it the golden ids still show where special ids stand
and where text is cut before it is merged; with it (``make vocabulary``) all ids are compared.
"""

import json
import os
from itertools import groupby
from pathlib import Path

import pytest

from simlingo_model import prompts
from simlingo_model.conversation import ConversationEncoder
from simlingo_model.presets import stand_in_tokenizer
from simlingo_model.tokenizer import TextTokenizer

FILE = Path(__file__).resolve().parents[1] / 'data' / 'tiny' / 'prompts_qwen2_tokenizer.json'
GOLDEN = json.loads(FILE.read_text())
CASES = [pytest.param(case, id=case['mode']) for case in GOLDEN['prompts']]
FIRST_SPECIAL = min(GOLDEN['special_ids'].values())
IMAGE_TOKENS = 512
# Words that the vocabulary splits into pieces, and the number of pieces.
PIECES = {'Waypoints': 2, 'ĠWaypoints': 2, '<INSTRUCTION': 3, '_FOLLOWING': 2, '<SAFETY': 4}


def expand(runs):
    return [i for i, count in runs for _ in range(count)]


def stretches(ids):
    """Return runs of special ids and runs of text ids, in turn."""
    return [list(run) for _, run in groupby(ids, lambda i: i >= FIRST_SPECIAL)]


@pytest.fixture(scope='module')
def encoder():
    return ConversationEncoder(stand_in_tokenizer(), IMAGE_TOKENS)


def test_special_ids(encoder):
    specials = encoder.tokenizer.specials
    assert {name: specials[name] for name in GOLDEN['special_ids']} == GOLDEN['special_ids']
    assert encoder.end_id == GOLDEN['eos']
    assert encoder.pad_id == GOLDEN['pad']


@pytest.mark.parametrize('case', CASES)
def test_special_ids_stand_where_they_should(case, encoder):
    theirs = stretches(expand(case['conversation_ids_rle']))
    ours = encoder.conversation(prompts.prompt_from_text(case['user']), case['answer'])
    mine = stretches(ours.ids)
    assert [run for run in mine if run[0] >= FIRST_SPECIAL] == [
        run for run in theirs if run[0] >= FIRST_SPECIAL
    ]
    assert len(mine) == len(theirs)
    header = ours.ids[ours.learned.index(True) :]
    their_header = expand(case['conversation_ids_rle'])[case['loss_mask_first_true'] :]
    assert [i for i in header if i >= FIRST_SPECIAL] == [
        i for i in their_header if i >= FIRST_SPECIAL
    ]


def test_text_is_cut_into_words_as_the_vocabulary_has_them(encoder):
    """The same words always have the same ids, and no two words have the same."""
    text_tokenizer = encoder.tokenizer._text
    ids_of = {}
    for case in GOLDEN['prompts']:
        theirs = stretches(expand(case['conversation_ids_rle']))
        ours = encoder.conversation(prompts.prompt_from_text(case['user']), case['answer'])
        for mine, ids in zip(stretches(ours.ids), theirs, strict=True):
            if ids[0] >= FIRST_SPECIAL:
                continue
            text = encoder.tokenizer.decode(mine)
            for word, _ in text_tokenizer.pre_tokenizer.pre_tokenize_str(text):
                taken, ids = ids[: PIECES.get(word, 1)], ids[PIECES.get(word, 1) :]
                assert ids_of.setdefault(word, taken) == taken, word
            assert ids == [], text
    assert len({tuple(ids) for ids in ids_of.values()}) == len(ids_of) > 60


@pytest.mark.vocabulary
@pytest.mark.parametrize('case', CASES)
def test_all_ids(case):
    encoder = ConversationEncoder(
        TextTokenizer.load(Path(os.environ['INTERNVL2_1B'])), IMAGE_TOKENS
    )
    prompt = prompts.prompt_from_text(case['user'])
    assert list(encoder.question(prompt)) == expand(case['question_ids_rle'])
    labelled = encoder.conversation(prompt, case['answer'])
    assert list(labelled.ids) == expand(case['conversation_ids_rle'])
    assert labelled.learned.index(True) == case['loss_mask_first_true']
    assert len(labelled.ids) == case['length']
