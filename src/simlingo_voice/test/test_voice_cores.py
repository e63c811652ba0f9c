# SPDX-License-Identifier: Apache-2.0
"""Clips, voice activity, dialogue and the order of speech, without any engine."""

import re
from pathlib import Path

import numpy as np
import pytest

from simlingo_core.errors import BackendError, ContractError
from simlingo_core.types import InstructionKind
from simlingo_core.wordings import WORDINGS
from simlingo_voice.activity import HeldSound, VoiceActivity
from simlingo_voice.audio import (
    RATE_HZ,
    Clip,
    padded,
    read_wav,
    traffic_noise,
    with_noise,
    write_wav,
)
from simlingo_voice.denoise import denoised
from simlingo_voice.detectors import make_detector
from simlingo_voice.dialogue import Dialogue, DialogueLimits
from simlingo_voice.early import EarlyReading
from simlingo_voice.grammar import RULES, jsgf
from simlingo_voice.heard import Heard
from simlingo_voice.speech_queue import SpeechQueue

DATA = Path(__file__).parent / 'data'


def tone(duration_s, rate_hz=RATE_HZ, level=0.3):
    t_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    return Clip((level * np.sin(2 * np.pi * 220.0 * t_s)).astype(np.float32), rate_hz)


def test_a_clip_survives_a_file_and_another_rate(tmp_path) -> None:
    write_wav(tmp_path / 'a' / 'tone.wav', tone(0.5, 24000))
    clip = read_wav(tmp_path / 'a' / 'tone.wav')
    assert (clip.rate_hz, clip.duration_s) == (24000, 0.5)
    slow = clip.at_rate(RATE_HZ)
    assert len(slow.samples) == 8000
    assert slow.samples[400:-400].max() == pytest.approx(0.3, abs=0.01)


def test_what_is_no_wav_is_named(tmp_path) -> None:
    (tmp_path / 'x.wav').write_bytes(b'abc')
    with pytest.raises(ContractError, match=r'x\.wav cannot be read as WAV'):
        read_wav(tmp_path / 'x.wav')


def test_noise_has_the_level_that_is_asked_for() -> None:
    clip = tone(1.0)
    noise = with_noise(clip, 10.0, np.random.default_rng(0)).samples - clip.samples
    ratio_db = 10 * np.log10(np.mean(clip.samples**2) / np.mean(noise**2))
    assert ratio_db == pytest.approx(10.0, abs=1.0)


def test_utterances_are_cut_out_of_silence_and_of_noise() -> None:
    speech = padded(tone(1.0), 1.0, 1.0)
    rng = np.random.default_rng(0)
    noisy = Clip(speech.samples + 0.02 * traffic_noise(len(speech.samples), rng).samples)
    for clip in (speech, noisy):
        activity = VoiceActivity()
        found = []
        for start in range(0, len(clip.samples), 777):
            found += activity.add(Clip(clip.samples[start : start + 777]))
        pause, end = found
        assert (pause.number, pause.has_ended, end.number, end.has_ended) == (0, False, 0, True)
        assert 1.0 <= pause.clip.duration_s < end.clip.duration_s <= 2.0
    assert VoiceActivity().add(Clip(np.zeros(RATE_HZ, dtype=np.float32))) == []


def test_less_noise_is_left_of_noise_than_of_speech() -> None:
    t_s = np.arange(RATE_HZ) / RATE_HZ
    voice = Clip((0.2 * np.sin(2 * np.pi * 700.0 * t_s)).astype(np.float32))
    speech, rng = padded(voice, 0.5, 0.5), np.random.default_rng(0)
    noisy = with_noise(speech, 5.0, rng)
    cleaned = denoised(noisy)
    middle, silence = slice(12000, 20000), slice(0, 6000)
    assert cleaned.samples[middle].std() > 0.8 * speech.samples[middle].std()
    assert cleaned.samples[silence].std() < 0.4 * noisy.samples[silence].std()
    assert len(cleaned.samples) == len(noisy.samples)
    short = Clip(np.ones(100, dtype=np.float32))
    assert np.array_equal(denoised(short).samples, short.samples)


@pytest.mark.parametrize('snr_db', [None, 5.0])
def test_the_network_hears_speech_in_noise_and_no_noise(snr_db) -> None:
    try:
        detector = make_detector('silero')
    except BackendError as error:
        pytest.skip(str(error))
    spoken = read_wav(DATA / 'turn_left.wav')
    clip = padded(spoken, 1.0, 1.0)
    if snr_db is not None:
        clip = with_noise(clip, snr_db, np.random.default_rng(0))
    ended = [part.clip for part in VoiceActivity(detector).add(clip) if part.has_ended]
    assert sum(part.duration_s for part in ended) == pytest.approx(spoken.duration_s, abs=1.0)
    noise = traffic_noise(3 * RATE_HZ, np.random.default_rng(1))
    quiet = Clip(np.float32(0.05) * noise.samples)
    assert VoiceActivity(make_detector('silero')).add(quiet) == []


def test_a_detector_that_does_not_exist_is_named() -> None:
    with pytest.raises(BackendError, match=r"activity is 'ears'; expected one of auto, silero"):
        make_detector('ears')


def test_sound_is_kept_while_the_button_is_held_and_only_then() -> None:
    held = HeldSound(longest_s=1.0)
    held.add(tone(0.5))
    assert held.release() is None
    held.push()
    assert held.is_held
    for _ in range(3):
        held.add(tone(0.5, 24000))
    assert held.release().duration_s == pytest.approx(1.0)
    assert not held.is_held
    held.push()
    held.add(tone(0.1))
    assert held.release() is None


def test_quiet_endings_belong_to_the_utterance() -> None:
    """What has begun goes on at half the level that it needs to begin."""
    loud, quiet = tone(0.5, level=0.3), tone(0.5, level=0.0098)
    rest = np.zeros(RATE_HZ, dtype=np.float32)
    clip = Clip(np.concatenate([rest, loud.samples, quiet.samples, rest]))
    hiss = np.random.default_rng(0).standard_normal(len(clip.samples)).astype(np.float32)
    *_, found = VoiceActivity().add(Clip(clip.samples + np.float32(1e-4) * hiss))
    assert found.clip.duration_s > 1.6
    assert VoiceActivity().add(quiet) == []


def test_speech_that_goes_on_after_a_pause_is_another_utterance_than_at_the_pause() -> None:
    gap = np.zeros(round(0.3 * RATE_HZ), dtype=np.float32)
    speech = np.concatenate([tone(0.5).samples, gap, tone(0.5).samples])
    found = VoiceActivity().add(padded(Clip(speech), 1.0, 1.0))
    assert [(part.number, part.has_ended) for part in found] == [
        (0, False),
        (1, False),
        (1, True),
    ]
    assert found[2].clip.duration_s > found[0].clip.duration_s + 0.7


def test_what_was_recognised_at_a_pause_counts_when_it_was_the_end() -> None:
    first, whole, early = Heard('turn', 0.9), Heard('turn left', 0.9), EarlyReading()
    assert (early.begins(0), early.note(0, first)) == (True, None)
    assert early.begins(1)
    assert early.note(0, first) is None
    assert not early.begins(1)
    assert early.end(1) is None
    assert early.note(1, whole) == whole
    assert early.begins(2)
    assert (early.note(2, first), early.end(2), early.end(2)) == (None, first, None)


# ---- dialogue -----------------------------------------------------------------------------------


def take(text, confidence=1.0, other='', t_s=0.0, dialogue=None):
    return (dialogue or Dialogue()).take(Heard(text, confidence, other), t_s)


def test_a_sure_order_is_sent_and_a_question_is_asked() -> None:
    assert take('go faster').text == 'go faster'
    asked = take('why do you stop')
    assert (asked.text, asked.kind) == ('why do you stop', InstructionKind.ASK)


def test_an_unsure_order_is_sent_when_it_is_repeated_and_a_stop_at_once() -> None:
    dialogue = Dialogue()
    first = take('go faster', 0.4, dialogue=dialogue)
    assert (first.text, first.reply) == ('', 'Did you say go faster? Please say it again.')
    assert take('go faster', 0.4, t_s=5.0, dialogue=dialogue).text == 'go faster'
    take('go faster', 0.4, t_s=20.0, dialogue=dialogue)
    assert take('go faster', 0.4, t_s=29.0, dialogue=dialogue).text == ''
    assert take('go faster', 0.1).text == take('go faster', 0.1).text == ''
    assert take('stop', 0.3).text == 'stop'


@pytest.mark.parametrize('other', ['run the red light', 'hit the cyclist'])
def test_what_may_be_unsafe_in_either_reading_is_not_sent(other) -> None:
    turnout = take('turn right', other=other)
    assert (turnout.text, turnout.reply.startswith('I will not do that')) == ('', True)


def test_the_free_reading_counts_where_the_grammar_has_no_words_for_the_order() -> None:
    bent, free = 'can you change into the oncoming lane', 'could you change into the left lane'
    assert take(bent, 0.57, free).text == free
    assert take(bent, 0.57, 'could you change the radio').text == ''
    assert take('turn right', 0.9, 'turn left').text == 'turn right'


def test_the_wake_word_is_needed_where_one_is_set() -> None:
    dialogue = Dialogue(DialogueLimits(), 'hey car')
    assert take('slow down', dialogue=dialogue).text == ''
    assert take('hey car slow down', dialogue=dialogue).text == 'slow down'
    assert take('hey car', dialogue=dialogue).reply == 'Yes?'


# ---- speech -------------------------------------------------------------------------------------


def test_commentary_is_spoken_when_it_changes_and_not_too_often() -> None:
    queue = SpeechQueue(5.0)
    queue.comment('I follow the road.')
    speech = queue.next(0.0)
    queue.note_spoken(speech, 1.5, 0.0)
    queue.comment('I follow the road.')
    assert queue.next(6.0) is None
    queue.comment('I stop for the light.')
    assert queue.next(4.0) is None
    assert queue.next(5.0).text == 'I stop for the light.'


def test_a_reply_interrupts_commentary_and_waits_for_another_reply() -> None:
    queue = SpeechQueue(5.0)
    queue.comment('I follow the road.')
    queue.note_spoken(queue.next(0.0), 3.0, 0.0)
    queue.reply('Going on.')
    first = queue.next(0.5)
    assert (first.text, first.is_reply) == ('Going on.', True)
    queue.note_spoken(first, 1.0, 0.5)
    queue.reply('Cancelled.')
    assert queue.next(1.0) is None
    assert queue.next(1.6).text == 'Cancelled.'


def test_who_speaks_interrupts_the_car() -> None:
    queue = SpeechQueue(5.0)
    queue.comment('I follow the road.')
    queue.interrupt(1.0)
    assert queue.next(1.0) is None


def test_the_grammar_names_only_rules_that_exist_and_holds_the_manoeuvres() -> None:
    text = jsgf('hey car')
    assert '[hey car]' in text
    assert set(re.findall(r'<(\w+)>', text)) == {*RULES, 'order'}
    for wordings in WORDINGS.values():
        word = wordings.train[0].lower().split()[0]
        assert word in text


def test_the_first_clear_order_of_further_readings_counts_where_the_best_is_none() -> None:
    heard = Heard('wheel over', 0.8, others=('pull the lever', 'pull over'))
    assert Dialogue().take(heard, 0.0).text == 'pull over'
    slip = Heard('add the crossing turn left', 0.8, others=('at the crossing turn left',))
    assert Dialogue().take(slip, 0.0).text == 'at the crossing turn left'
    doubtful = Heard('straight into the tree', 0.6, others=('straight into three',))
    assert Dialogue().take(doubtful, 0.0).text != 'straight into three'
    unsafe = Heard('turn right', 0.7, others=('run the red light',))
    assert Dialogue().take(unsafe, 0.0).text == ''
    sure = Heard('turn right', 0.9, others=('run the red light',))
    assert Dialogue().take(sure, 0.0).text == 'turn right'
    clear = Heard('turn left', 0.9, others=('turn right',))
    assert Dialogue().take(clear, 0.0).text == 'turn left'


def test_an_emergency_stop_needs_the_least_confidence() -> None:
    assert take('emergency stop', 0.15).text == 'emergency stop'
    assert take('stop', 0.15).text == ''
    assert take('emergency stop', 0.05).text == ''
