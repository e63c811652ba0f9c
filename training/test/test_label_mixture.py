# SPDX-License-Identifier: Apache-2.0
"""What the recipe of every label asks about frames that simlingo label has labelled."""

from collections import Counter

import numpy as np
import pytest

from simlingo_model import prompts
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.questions import QuestionMaker
from simlingo_training.recipes import find_recipe
from simlingo_training.samples import read_samples


@pytest.fixture(scope='module')
def asked(data_set):
    from simlingo_training.episodes import find_episodes

    (samples, problems) = read_samples(EpisodeFrames(find_episodes(data_set)[0]))
    assert problems == []
    maker = QuestionMaker(find_recipe('mini_language'))
    drawn = []
    for seed in range(600):
        rng = np.random.default_rng(seed)
        drawn += maker.draw(samples[seed % len(samples)], rng).questions
    return drawn


def test_every_kind_is_asked(asked):
    kinds = Counter(question.kind for question in asked)
    assert set(kinds) == {'driving', 'commentary', 'vqa', 'dream'}
    assert min(kinds.values()) > 20


def test_questions_and_commentary_come_in_many_words(asked):
    questions = {q.prompt.text.split('Q: ')[1] for q in asked if q.kind == 'vqa'}
    assert len(questions) > 20
    commentaries = {q.answer for q in asked if q.kind == 'commentary'}
    assert len(commentaries) > 8
    assert not any('<' in text for text in commentaries)


def test_unsafe_instructions_are_followed_or_refused_by_the_prompt(asked):
    answers = {
        prefix: {q.answer for q in asked if q.kind == 'dream' and q.prompt.text.startswith(prefix)}
        for prefix in prompts.MODE_PREFIXES.values()
    }
    follow, safety = answers['<INSTRUCTION_FOLLOWING> '], answers['<SAFETY> ']
    assert follow == {prompts.FOLLOWING_ANSWER}
    assert prompts.FOLLOWING_ANSWER in safety
    assert any(answer.startswith('Ignore instruction as') for answer in safety)


def test_the_mini_keeps_to_the_written_words():
    assert find_recipe('mini').ask.paraphrase_share == 0.0
