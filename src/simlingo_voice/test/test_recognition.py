# SPDX-License-Identifier: Apache-2.0
"""From recorded speech to an intent, clean and in the noise of traffic.

The recordings were spoken by hibari-tts.
"""

from pathlib import Path

import numpy as np
import pytest

from simlingo_core.errors import BackendError
from simlingo_core.intents import Intent
from simlingo_core.understanding import understand
from simlingo_voice.audio import padded, read_wav, with_noise
from simlingo_voice.dialogue import Dialogue
from simlingo_voice.loop import hear
from simlingo_voice.recognisers import RECOGNISERS, agreement, make_recogniser

DATA = Path(__file__).parent / 'data'
INTENTS = {
    'slow_down': Intent.SLOWER,
    'turn_left': Intent.TURN,
    'stop': Intent.STOP,
    'thirty': Intent.TARGET_SPEED,
}


@pytest.fixture(scope='module')
def recogniser():
    pytest.importorskip('pocketsphinx', reason='pip install -r requirements/voice.txt')
    return make_recogniser('pocketsphinx')


def turnout_of(recogniser, name, snr_db=None):
    clip = padded(read_wav(DATA / f'{name}.wav'), 0.6, 0.7)
    if snr_db is not None:
        clip = with_noise(clip, snr_db, np.random.default_rng(1))
    return Dialogue().take(recogniser.recognise(hear(clip)), 0.0)


@pytest.mark.parametrize('snr_db', [None, 20.0])
@pytest.mark.parametrize('name', INTENTS)
def test_an_order_is_recognised_and_sent(recogniser, name, snr_db) -> None:
    assert understand(turnout_of(recogniser, name, snr_db).text).intent is INTENTS[name]


@pytest.mark.parametrize('name', ['red_light', 'bananas'])
def test_what_is_unsafe_or_no_order_is_not_sent(recogniser, name) -> None:
    turnout = turnout_of(recogniser, name)
    assert turnout.text == ''
    assert turnout.reply


def test_engines_without_their_model_say_what_they_need() -> None:
    for name in RECOGNISERS[1:]:
        with pytest.raises(BackendError, match='folder of a model'):
            make_recogniser(name)
    with pytest.raises(BackendError, match='expected one of'):
        make_recogniser('ears')


def test_agreement_is_the_share_of_common_words() -> None:
    assert agreement('slow down please', 'slow down please') == 1.0
    assert agreement('turn left', 'turn right') == 0.5
    assert agreement('stop', 'so') == pytest.approx(0.3)
    assert agreement('turn left', '') == 0.0
