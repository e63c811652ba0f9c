# SPDX-License-Identifier: Apache-2.0
"""The loop: text, voice, noise, activity, recognition, dialogue, intent."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

from simlingo_core.errors import BackendError, ContractError
from simlingo_voice.activity import VoiceActivity
from simlingo_voice.audio import RATE_HZ, Clip, padded, with_noise
from simlingo_voice.detectors import make_detector
from simlingo_voice.heard import Recogniser
from simlingo_voice.loop_rates import Spoken, rates
from simlingo_voice.recognisers import make_recogniser
from simlingo_voice.speakers import FliteSpeaker, HibariSpeaker, Speaker

VOICES = (
    ('hibari-tts', HibariSpeaker),
    ('flite slt', lambda: FliteSpeaker('slt', 160)),
    ('flite slt fast', lambda: FliteSpeaker('slt', 190)),
    ('flite rms', lambda: FliteSpeaker('rms', 160)),
    ('flite rms slow', lambda: FliteSpeaker('rms', 135)),
)
CLEAN = 'clean'
_UNITS = (
    (re.compile(r'\b(km/h|kmh|kph)\b'), 'kilometers per hour'),
    (re.compile(r'\bm/s\b'), 'meters per second'),
    (re.compile(r'\bmph\b'), 'miles per hour'),
)


def hear(clip: Clip) -> Clip:
    """Return the longest utterance in a clip; the clip itself if there is none."""
    activity = VoiceActivity(make_detector())
    utterances = activity.add(clip)
    last = activity.finish()
    ended = [part.clip for part in utterances if part.has_ended]
    if last is not None:
        ended.append(last.clip)
    return max(ended, key=lambda part: part.duration_s, default=clip)


def try_sentence(
    clip: Clip, recogniser: Recogniser, *, level: str, voice: str, label: str, text: str
) -> Spoken:
    """Send one clip through activity and recognition."""
    utterance = hear(clip)
    began_s, began_processor_s = time.monotonic(), time.process_time()
    heard = recogniser.recognise(utterance)
    return Spoken(
        level=level,
        voice=voice,
        label=label,
        text=text,
        heard=heard.text,
        confidence=heard.confidence,
        other_text=heard.other_text,
        others=heard.others,
        processor_s=time.process_time() - began_processor_s,
        waited_s=time.monotonic() - began_s,
    )


def run_loop(
    path: Path, levels_db: list[float | None], *, every: int = 1, out: Path | None = None
) -> list[Spoken]:
    """Speak the sentences of a file with the voices there are, and print the rates.

    Args:
        path: JSON, label to sentences.
        levels_db: signal to noise; None: without noise.
        every: take every n-th sentence.
        out: folder for what was recognised; what it holds of an earlier run is judged anew and
            not spoken again.

    Raises:
        BackendError: nothing speaks.
        ContractError: the file, or that of an earlier run, holds something else.
    """
    texts = read_sentences(path)
    chosen = texts[::every]
    kept = None if out is None else out / f'loop_{path.stem}.jsonl'
    done = {} if kept is None or not kept.exists() else _read_results(kept)
    levels = [CLEAN if level_db is None else f'{level_db:g} dB' for level_db in levels_db]
    todo = [
        (number, level)
        for level in range(len(levels))
        for number, (_, text) in list(enumerate(texts))[::every]
        if (levels[level], text) not in done
    ]
    for spoken in _speak_all(texts, levels_db, levels, todo):
        done[spoken.level, spoken.text] = spoken
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            with kept.open('a', encoding='utf-8') as file:
                file.write(json.dumps(asdict(spoken)) + '\n')
    results = [done[level, text] for level in levels for _, text in chosen]
    for level in levels:
        print(f'{level}: {rates([one for one in results if one.level == level])}', flush=True)
    return results


def read_sentences(path: Path) -> list[tuple[str, str]]:
    """Return label and text of the sentences that an English voice can speak.

    Raises:
        ContractError: the file holds no sentences.
    """
    try:
        table = json.loads(path.read_text(encoding='utf-8'))
        found = [
            (label, text)
            for label, group in table.items()
            if ':' not in label[:3]
            for text in group
            if re.fullmatch(r"[\w\s.,!?'/-]+", text) and text.isascii()
        ]
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ContractError(f'{path} holds no sentences ({error}); expected JSON, label to a list '
                            'of texts') from error  # fmt: skip
    if not found:
        raise ContractError(f'{path} holds no sentence that a voice can speak')
    return found


def spoken_form(text: str) -> str:
    """Return a text as a person reads it aloud; some voices spell units letter by letter."""
    for pattern, words in _UNITS:
        text = pattern.sub(words, text)
    return text


def _speak_all(
    texts: list[tuple[str, str]],
    levels_db: list[float | None],
    levels: list[str],
    todo: list[tuple[int, int]],
) -> Iterator[Spoken]:
    """Speak and hear; noise depends on the number of the sentence and the level only."""
    if not todo:
        return
    voices, recogniser = _voices(), make_recogniser()
    clips: dict[int, Clip] = {}
    for number, level in todo:
        label, text = texts[number]
        name, voice = voices[number % len(voices)]
        if number not in clips:
            clips[number] = voice.synthesise(spoken_form(text)).at_rate(RATE_HZ)
        clip = padded(clips[number], 0.6, 0.7)
        level_db = levels_db[level]
        if level_db is not None:
            rng = np.random.default_rng([number, round(10.0 * level_db) + 1000])
            clip = with_noise(clip, level_db, rng)
        yield try_sentence(
            clip, recogniser, level=levels[level], voice=name, label=label, text=text
        )


def _read_results(path: Path) -> dict[tuple[str, str], Spoken]:
    try:
        tables = [json.loads(line) for line in path.read_text().splitlines()]
        rows = [Spoken(**{**table, 'others': tuple(table['others'])}) for table in tables]
    except (ValueError, TypeError, KeyError) as error:
        raise ContractError(f'{path} holds something else ({error}); delete it') from error
    return {(row.level, row.text): row for row in rows}


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
