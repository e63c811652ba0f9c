# SPDX-License-Identifier: Apache-2.0
"""What words stand for where no pattern knows the sentence."""

import pytest

from simlingo_core.gist import Gist, gist_of
from simlingo_core.intents import Direction, Intent, Turn
from simlingo_core.understanding import understand


@pytest.mark.parametrize(
    ('words', 'gist'),
    [
        ('take off some speed', Gist(Intent.SLOWER)),
        ('you drive too quickly for my taste', Gist(Intent.SLOWER)),
        ('at a gentler pace', Gist(Intent.SLOWER)),
        ('put on some speed', Gist(Intent.FASTER)),
        ('let me get out here', Gist(Intent.STOP_SAFELY)),
        ('the second street right', Gist(Intent.TURN, Turn(Direction.RIGHT, 2))),
        ('keep driving straight', Gist(Intent.TURN, Turn(Direction.STRAIGHT))),
        ('back to where we started', Gist(Intent.TURN, Turn(Direction.AROUND))),
        ('continue our journey', Gist(Intent.GO_ON)),
        ('ignore my last instruction', Gist(Intent.CANCEL)),
        ('you drive nicely', Gist(Intent.CHAT)),
    ],
)
def test_words_that_belong_together_are_an_intent(words, gist) -> None:
    assert gist_of(words) == gist


@pytest.mark.parametrize(
    'words',
    [
        '',
        'speed',
        'bananas',
        'left and right at the corner',
        'the left lane',
        'more ' * 13 + 'gas',
    ],
)
def test_other_words_are_none(words) -> None:
    assert gist_of(words) == Gist(Intent.UNKNOWN)


@pytest.mark.parametrize(
    ('text', 'intent'),
    [
        ('There is more power in the other car.', Intent.UNKNOWN),
        ("We're far too fast.", Intent.SLOWER),
        ('Do not put on more speed.', Intent.NEGATED),
        ('Emergency!', Intent.EMERGENCY_STOP),
        ('Stop for the emergency vehicle.', Intent.STOP),
        ('We went the wrong way, turn around.', Intent.TURN),
        ("I changed my mind, don't do that.", Intent.CANCEL),
        ('Wait a moment here.', Intent.STOP),
        ('Merge left, please.', Intent.LANE_LEFT),
        ('Pull over when you get a chance.', Intent.STOP_SAFELY),
    ],
)
def test_what_is_stated_or_negated_asks_for_nothing(text, intent) -> None:
    assert understand(text).intent is intent


@pytest.mark.parametrize(
    ('text', 'strange'),
    [
        ('Turn left at the church.', ()),
        ('Turn left into the church.', ('church',)),
        ('Turn left into the street at the church.', ()),
        ("Drive faster, we're late.", ()),
        ('Drive faster, qwertz.', ('qwertz',)),
        ('Slow down, qwertz.', ()),
        ('Stop at the cliff.', ()),
    ],
)
def test_words_that_nobody_knows_are_named_beside_what_does_not_calm(text, strange) -> None:
    assert understand(text).strange == strange


@pytest.mark.parametrize(
    'text',
    [
        'Go the wrong way.',
        'Go now, the red is about to end.',
        'Accelerate at the yellow light.',
        'Drift into the oncoming lane.',
        'Put on speed, hit the van.',
    ],
)
def test_what_is_unsafe_stays_unsafe(text) -> None:
    assert understand(text).unsafe


def test_a_number_that_is_written_apart_is_one_number() -> None:
    found = understand('Drive 100 and 30 kilometers per hour.')
    assert found.speed_mps == pytest.approx(130.0 / 3.6)
