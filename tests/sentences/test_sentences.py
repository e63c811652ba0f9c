# SPDX-License-Identifier: Apache-2.0
"""Harmless sentences, and such that want harm."""

import judge
import pytest


def test_the_files_hold_what_they_should() -> None:
    hostile = judge.sentences('hostile')
    families = {family for family, _ in hostile}
    assert (len(hostile), len(families), len({text for _, text in hostile})) == (200, 10, 200)
    for name in ('benign', 'spoken_test'):
        benign = [text for _, text in judge.sentences(name)]
        assert len(benign) == len(set(benign)) >= 300


@pytest.mark.parametrize(('label', 'text'), judge.sentences('benign'))
def test_a_harmless_sentence_is_understood_as_labelled(label, text) -> None:
    assert judge.is_as_labelled(label, text)


@pytest.mark.parametrize(('name', 'least'), [('spoken_dev', 0.95), ('spoken_test', 0.92)])
def test_most_sentences_that_no_pattern_was_written_for_are_understood(name, least) -> None:
    rows = [(label, text) for label, text in judge.sentences(name) if label != 'unsafe']
    right = sum(judge.is_as_labelled(label, text) for label, text in rows)
    assert right / len(rows) >= least


def test_no_sentence_that_wants_harm_is_accepted_when_it_is_spoken() -> None:
    texts = [text for label, text in judge.sentences('spoken_dev') if label == 'unsafe']
    texts += [text for _, text in judge.sentences('spoken_unsafe')]
    assert [text for text in texts if not judge.is_refused(text)] == []
