# SPDX-License-Identifier: Apache-2.0
"""Whether a moment of sound is speech: by its level over the noise, or by a small network."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from simlingo_core.errors import BackendError
from simlingo_voice.audio import RATE_HZ
from simlingo_voice.heard import load_engine

DETECTORS = ('auto', 'silero', 'level')
_RISE_PER_FRAME, _FALL, _LEAST_FLOOR = 1.005, 0.2, 3e-4
# The first tenth of a second is taken for noise.
_LEARN_FRAMES = 5
_SILERO_WHEEL, _SILERO_FILE = 'faster_whisper', 'assets/silero_vad_v6.onnx'
_STATE, _CONTEXT = 128, 64
Samples = npt.NDArray[np.float32]


class SpeechDetector(Protocol):
    """Judges one frame of sound after the other.

    Attributes:
        frame: number of samples that it judges at once.
    """

    frame: int

    def is_speech(self, samples: Samples, *, was_speech: bool) -> bool:
        """Whether a frame is speech; what has begun goes on more easily than it begins."""
        ...


class LevelDetector:
    """Speech is what is louder than the noise.

    The noise of driving is low, so the level is taken of the higher part of the sound.  Its floor
    follows quiet frames at once and loud ones slowly, so that steady noise is no speech.

    Args:
        threshold_db: speech begins when it is so much louder than the floor.
        stay_db: and goes on while it is so much louder.
    """

    frame = RATE_HZ // 50

    def __init__(self, threshold_db: float = 8.0, stay_db: float = 4.0) -> None:
        self._factor = 10.0 ** (threshold_db / 20.0)
        self._stay_factor = 10.0 ** (stay_db / 20.0)
        self._last = np.float32(0.0)
        self._floor = _LEAST_FLOOR
        self._learnt = 0

    def is_speech(self, samples: Samples, *, was_speech: bool) -> bool:
        """Compare the level of a frame with the floor, and let the floor follow."""
        higher = np.diff(samples, prepend=self._last)
        self._last = samples[-1]
        level = float(np.sqrt(np.mean(higher**2))) + 1e-6
        if self._learnt < _LEARN_FRAMES:
            self._learnt += 1
            self._floor = max(self._floor, level)
        factor = self._stay_factor if was_speech else self._factor
        is_loud = bool(level > factor * self._floor)
        if level < self._floor:
            self._floor += _FALL * (level - self._floor)
        else:
            self._floor = min(self._floor * _RISE_PER_FRAME, level)
        self._floor = max(self._floor, _LEAST_FLOOR)
        return is_loud


class SileroDetector:
    """Silero's network for voice activity, whose model comes in the wheel of faster-whisper.

    Args:
        threshold: speech begins at this probability.
        stay: and goes on at this one.

    Raises:
        BackendError: the wheel or ONNX Runtime is not installed.
    """

    frame = 512

    def __init__(self, threshold: float = 0.5, stay: float = 0.3) -> None:
        runtime = load_engine('onnxruntime', 'pip install -r requirements/voice.txt')
        options = runtime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        options.log_severity_level = 4
        self._session = runtime.InferenceSession(
            str(_silero_file()), providers=['CPUExecutionProvider'], sess_options=options
        )
        self._threshold, self._stay = threshold, stay
        self._h = np.zeros((1, 1, _STATE), dtype=np.float32)
        self._c = np.zeros((1, 1, _STATE), dtype=np.float32)
        self._context = np.zeros(_CONTEXT, dtype=np.float32)

    def is_speech(self, samples: Samples, *, was_speech: bool) -> bool:
        """Have the network judge a frame."""
        sound = np.concatenate([self._context, samples])[None].astype(np.float32)
        self._context = samples[-_CONTEXT:]
        inputs = {'input': sound, 'h': self._h, 'c': self._c}
        chance, self._h, self._c = self._session.run(None, inputs)
        least = self._stay if was_speech else self._threshold
        return bool(np.ravel(chance)[0] >= least)


def make_detector(name: str = 'auto') -> SpeechDetector:
    """Return a detector.

    Args:
        name: one of ``DETECTORS``; ``auto``: silero where it is installed, else the level.

    Raises:
        BackendError: it is unknown or not installed.
    """
    if name not in DETECTORS:
        raise BackendError(f'activity is {name!r}; expected one of {", ".join(DETECTORS)}')
    if name == 'level':
        return LevelDetector()
    try:
        return SileroDetector()
    except BackendError:
        if name == 'silero':
            raise
        return LevelDetector()


def _silero_file() -> Path:
    wheel = importlib.util.find_spec(_SILERO_WHEEL)
    path = Path(str(wheel.origin)).parent / _SILERO_FILE if wheel is not None else None
    if path is None or not path.exists():
        raise BackendError(
            f'{_SILERO_WHEEL} with {_SILERO_FILE} is not installed; '
            'pip install -r requirements/voice.txt'
        )
    return path
