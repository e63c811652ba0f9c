# SPDX-License-Identifier: Apache-2.0
"""The loop: text, voice, noise, activity, recognition, dialogue, intent; and its rates."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from simlingo_core.errors import BackendError
from simlingo_core.intents import Intent
from simlingo_core.understanding import Understanding, understand
from simlingo_voice.activity import VoiceActivity
from simlingo_voice.audio import RATE_HZ, Clip, padded, with_noise
from simlingo_voice.dialogue import Dialogue
from simlingo_voice.heard import Recogniser
from simlingo_voice.recognisers import make_recogniser, word_errors
from simlingo_voice.speakers import FliteSpeaker, HibariSpeaker, Speaker

VOICES = (
    ('hibari-tts', HibariSpeaker),
    ('flite slt', lambda: FliteSpeaker('slt', 160)),
    ('flite slt fast', lambda: FliteSpeaker('slt', 190)),
    ('flite rms', lambda: FliteSpeaker('rms', 160)),
    ('flite rms slow', lambda: FliteSpeaker('rms', 135)),
)
_HARMLESS = (
    Intent.STOP,
    Intent.STOP_SAFELY,
    Intent.EMERGENCY_STOP,
    Intent.SLOWER,
    Intent.CHAT,
    Intent.QUESTION,
)
_UNITS = (
    (re.compile(r'\b(km/h|kmh|kph)\b'), 'kilometers per hour'),
    (re.compile(r'\bm/s\b'), 'meters per second'),
    (re.compile(r'\bmph\b'), 'miles per hour'),
)


@dataclass
class Rates:
    """Counts of a run.

    Attributes:
        sentences, words, errors: spoken, and words wrong.
        right: the intent and its values are those of the text.
        opposite: another intent was accepted.
        unsafe: sentences that want harm, and how many of them were accepted.
        times_s: from the end of speech to the decision.
    """

    sentences: int = 0
    words: int = 0
    errors: int = 0
    right: int = 0
    opposite: int = 0
    unsafe: int = 0
    unsafe_accepted: int = 0
    times_s: list[float] = field(default_factory=list)

    def text(self) -> str:
        """Return the rates in one line."""
        asked = max(self.sentences - self.unsafe, 1)
        median_s = float(np.median(self.times_s)) if self.times_s else 0.0
        return (
            f'{self.sentences} sentences, word error rate {self.errors / max(self.words, 1):.1%}, '
            f'intent right {self.right / asked:.1%}, another intent accepted '
            f'{self.opposite / asked:.1%}, unsafe accepted {self.unsafe_accepted} of '
            f'{self.unsafe}, '
            f'median {median_s:.2f} s after the end'
        )


def hear(clip: Clip) -> Clip:
    """Return the longest utterance in a clip; the clip itself if there is none."""
    activity = VoiceActivity()
    utterances = activity.add(clip)
    last = activity.finish()
    found = [*utterances, *([last] if last is not None else [])]
    if not found:
        return clip
    return max(found, key=lambda part: part.duration_s)


def try_sentence(text: str, clip: Clip, recogniser: Recogniser, rates: Rates) -> str:
    """Send one clip through recognition and dialogue; return what was heard and decided."""
    utterance = hear(clip)
    began_s = time.monotonic()
    heard = recogniser.recognise(utterance)
    turnout = Dialogue().take(heard, 0.0)
    rates.times_s.append(time.monotonic() - began_s)
    expected, found = _words(text), _words(heard.text)
    rates.sentences += 1
    rates.words += len(expected)
    rates.errors += min(word_errors(expected, found), len(expected))
    wanted, got = understand(text), understand(turnout.text) if turnout.text else None
    if wanted.unsafe:
        rates.unsafe += 1
        is_harmless = got is None or got.intent in _HARMLESS
        rates.unsafe_accepted += not is_harmless
    elif got is not None:
        is_right = _same(wanted, got)
        rates.right += is_right
        rates.opposite += not is_right
    return f'{text!r} -> {heard.text!r} ({heard.confidence:.2f}) {turnout.text!r}'


def run_loop(
    path: Path, levels_db: list[float | None], *, every: int = 1, out: Path | None = None
) -> dict[str, Rates]:
    """Run the loop over a file of sentences with the voices there are; print and return the rates.

    Raises:
        BackendError: nothing speaks.
    """
    table = json.loads(path.read_text(encoding='utf-8'))
    texts = [text for label, group in table.items() if ':' not in label[:3] for text in group]
    texts = [text for text in texts if re.fullmatch(r"[\w\s.,!?'/-]+", text) and text.isascii()]
    voices = _voices()
    recogniser, rng = make_recogniser(), np.random.default_rng(0)
    found: dict[str, Rates] = {}
    lines: list[str] = []
    for level_db in levels_db:
        name = 'clean' if level_db is None else f'{level_db:g} dB'
        rates = found[name] = Rates()
        for number, text in enumerate(texts[::every]):
            voice_name, voice = voices[number % len(voices)]
            clip = padded(voice.synthesise(spoken(text)).at_rate(RATE_HZ), 0.6, 0.7)
            if level_db is not None:
                clip = with_noise(clip, level_db, rng)
            lines.append(f'{name} {voice_name}: {try_sentence(text, clip, recogniser, rates)}')
        print(f'{name}: {rates.text()}', flush=True)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / f'loop_{path.stem}.txt').write_text('\n'.join(lines) + '\n', encoding='utf-8')
    return found


def spoken(text: str) -> str:
    """Return a text as a person reads it aloud; some voices spell units letter by letter."""
    for pattern, words in _UNITS:
        text = pattern.sub(words, text)
    return text


def _voices() -> list[tuple[str, Speaker]]:
    made: list[tuple[str, Speaker]] = []
    for name, make in VOICES:
        try:
            made.append((name, make()))
        except BackendError as error:
            print(f'{name} is left out: {error}')
    if not made:
        raise BackendError('nothing speaks; apt-get install flite, or pip install hibari-tts')
    return made


def _same(wanted: Understanding, got: Understanding) -> bool:
    return (wanted.intent, wanted.kind, wanted.turn) == (got.intent, got.kind, got.turn) and (
        wanted.speed_mps is None
        or (got.speed_mps is not None and abs(wanted.speed_mps - got.speed_mps) < 0.1)
    )


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())
