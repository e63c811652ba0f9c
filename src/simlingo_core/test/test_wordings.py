# SPDX-License-Identifier: Apache-2.0
import pytest

from simlingo_core.wordings import WORDINGS, ManoeuvreKind, kind_of, speed_words

TEXTS = [
    (kind, wording.format(speed=speed_words(speed_mps, in_kmh=in_kmh)))
    for kind, wordings in WORDINGS.items()
    for wording in (*wordings.train, *wordings.held_out)
    for speed_mps, in_kmh in ((3.0, True), (8.4, False))
]


@pytest.mark.parametrize(('kind', 'text'), sorted(set(TEXTS)))
def test_the_kind_of_every_wording_is_known(kind, text):
    assert kind_of(text) is kind


@pytest.mark.parametrize(
    ('text', 'kind'),
    [
        ('slow down', ManoeuvreKind.SLOWER),
        ('drive more slowly', ManoeuvreKind.SLOWER),
        ('STOP', ManoeuvreKind.STOP),
        ('Turn left at the crossing.', None),
        ('You drive all right.', None),
        ('What do you see?', None),
    ],
)
def test_other_words(text, kind):
    assert kind_of(text) is kind
