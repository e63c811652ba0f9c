# SPDX-License-Identifier: Apache-2.0
"""From sound to words: one protocol, Whisper with the model of a wheel, others as options."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from simlingo_core.errors import BackendError
from simlingo_voice.audio import RATE_HZ, Clip
from simlingo_voice.grammar import jsgf
from simlingo_voice.heard import Heard, Recogniser, load_engine, word_errors
from simlingo_voice.whisper import WhisperRecogniser, is_packaged

LETTERS_COUNT = 0.6


class SphinxRecogniser:
    """PocketSphinx, with the driving grammar and with the free model of its wheel.

    The grammar makes a sentence of everything, also of what is none; so the same sound is also
    decoded freely, and how far both agree is the confidence.

    Args:
        wake_word: that a sentence may begin with; empty: none.
    """

    name = 'pocketsphinx'

    def __init__(self, wake_word: str = '') -> None:
        sphinx = load_engine('pocketsphinx', 'pip install pocketsphinx')
        model = Path(sphinx.get_model_path()) / 'en-us'
        settings: dict[str, Any] = {
            'hmm': str(model / 'en-us'),
            'dict': str(model / 'cmudict-en-us.dict'),
            'samprate': RATE_HZ,
            'loglevel': 'FATAL',
            # Each clip is decoded whole, and normalised over its whole length.
            'cmn': 'batch',
            'remove_noise': True,
        }
        self._bound = sphinx.Decoder(lm=None, **settings)
        self._bound.add_jsgf_string('driving', jsgf(wake_word))
        self._bound.activate_search('driving')
        self._free = sphinx.Decoder(lm=str(model / 'en-us.lm.bin'), **settings)

    def recognise(self, clip: Clip) -> Heard:
        """Return the words."""
        data = clip.at_rate(RATE_HZ).to_int16().tobytes()
        bound, free = _decode(self._bound, data), _decode(self._free, data)
        if not bound:
            return Heard(free, 0.3 if free else 0.0)
        return Heard(bound, agreement(bound, free), free)


class VoskRecogniser:
    """vosk, with a model folder on disk.

    Args:
        model: the folder.
    """

    name = 'vosk'

    def __init__(self, model: Path) -> None:
        self._vosk = load_engine('vosk', 'pip install vosk')
        self._model = self._vosk.Model(str(model))

    def recognise(self, clip: Clip) -> Heard:
        """Return the words."""
        recogniser = self._vosk.KaldiRecognizer(self._model, RATE_HZ)
        recogniser.SetWords(True)
        recogniser.AcceptWaveform(clip.at_rate(RATE_HZ).to_int16().tobytes())
        result = json.loads(recogniser.FinalResult())
        chances = [word['conf'] for word in result.get('result', [])]
        return Heard(result.get('text', ''), min(chances, default=0.0))


class SherpaRecogniser:
    """sherpa-onnx with an offline transducer: encoder, decoder, joiner and tokens in a folder.

    Args:
        model: the folder.
    """

    name = 'sherpa-onnx'

    def __init__(self, model: Path) -> None:
        module = load_engine('sherpa_onnx', 'pip install sherpa-onnx')
        files = {part: _one(model, f'*{part}*.onnx') for part in ('encoder', 'decoder', 'joiner')}
        self._recogniser = module.OfflineRecognizer.from_transducer(
            tokens=_one(model, 'tokens.txt'), **files
        )

    def recognise(self, clip: Clip) -> Heard:
        """Return the words; the engine gives no confidence."""
        stream = self._recogniser.create_stream()
        stream.accept_waveform(RATE_HZ, clip.at_rate(RATE_HZ).samples)
        self._recogniser.decode_stream(stream)
        text = stream.result.text.strip().lower()
        return Heard(text, 0.8 if text else 0.0)


_WITH_MODEL: Mapping[str, Callable[[Path], Recogniser]] = MappingProxyType(
    {'vosk': VoskRecogniser, 'sherpa-onnx': SherpaRecogniser}
)
RECOGNISERS = ('auto', 'faster-whisper', 'pocketsphinx', *_WITH_MODEL)


def make_recogniser(name: str = 'auto', model: str = '', wake_word: str = '') -> Recogniser:
    """Return a recogniser.

    Args:
        name: one of ``RECOGNISERS``; ``auto``: faster-whisper where it and its model are
            installed, else PocketSphinx.
        model: folder of its model; faster-whisper and PocketSphinx have one in a wheel.
        wake_word: for PocketSphinx' grammar.

    Raises:
        BackendError: it is unknown or not installed, or its model is missing.
    """
    if name not in RECOGNISERS:
        known = ', '.join(RECOGNISERS)
        raise BackendError(f'recogniser is {name!r}; expected one of {known}')
    if name == 'auto':
        name = 'faster-whisper' if model or is_packaged() else 'pocketsphinx'
    if name == 'pocketsphinx':
        return SphinxRecogniser(wake_word)
    if name == 'faster-whisper' and not model:
        return WhisperRecogniser()
    if not model or not Path(model).is_dir():
        raise BackendError(
            f'recogniser_model is {model!r}; {name} needs the folder of a model on this disk'
        )
    if name == 'faster-whisper':
        return WhisperRecogniser(Path(model))
    return _WITH_MODEL[name](Path(model))


def agreement(first: str, second: str) -> float:
    """Return how far two texts agree, 0 to 1: the share of words, or less of letters, in order.

    Letters count with 0.6, for short orders of which the free model makes words that sound alike.
    """
    a, b = _words(first), _words(second)
    if not a or not b:
        return 0.0
    words = 1.0 - word_errors(a, b) / max(len(a), len(b))
    one, other = list(''.join(a)), list(''.join(b))
    letters = 1.0 - word_errors(one, other) / max(len(one), len(other))
    return max(words, LETTERS_COUNT * letters)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def _decode(decoder: Any, data: bytes) -> str:
    decoder.start_utt()
    decoder.process_raw(data, full_utt=True)
    decoder.end_utt()
    hypothesis = decoder.hyp()
    return '' if hypothesis is None else str(hypothesis.hypstr)


def _one(folder: Path, pattern: str) -> str:
    found = sorted(folder.glob(pattern))
    if not found:
        raise BackendError(f'{folder} has no file {pattern}; expected one')
    return str(found[0])
