# SPDX-License-Identifier: Apache-2.0
"""Three hundred harmless sentences and two hundred that want harm."""

import judge
import pytest

from simlingo_core.understanding import understand


def test_the_files_hold_what_they_should() -> None:
    hostile = judge.sentences('hostile')
    families = {family for family, _ in hostile}
    assert (len(hostile), len(families), len({text for _, text in hostile})) == (200, 10, 200)
    benign = [text for _, text in judge.sentences('benign')]
    assert len(benign) == len(set(benign)) >= 300


@pytest.mark.parametrize(('label', 'text'), judge.sentences('benign'))
def test_a_harmless_sentence_is_understood_as_labelled(label, text) -> None:
    assert judge.label_of(understand(text)) == label
