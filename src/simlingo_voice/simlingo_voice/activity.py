# SPDX-License-Identifier: Apache-2.0
"""Voice activity: where speech begins and ends in a stream of sound."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simlingo_voice.audio import RATE_HZ, Clip

FRAME = RATE_HZ // 50
_BEGIN_FRAMES, _BEFORE_FRAMES = 3, 15
_RISE_PER_FRAME, _FALL, _LEAST_FLOOR = 1.005, 0.2, 3e-4
# The first tenth of a second is taken for noise.
_LEARN_FRAMES = 5
_SHORTEST_WORD_S = 0.2


@dataclass(frozen=True, eq=False)
class Utterance:
    """Speech that was cut out of sound.

    Attributes:
        clip: the speech.
        number: of it; what is cut at a pause has the number that it keeps if nothing follows.
        has_ended: no word belongs to it any more; else it is the speech so far, at a pause.
    """

    clip: Clip
    number: int
    has_ended: bool = True


class HeldSound:
    """Keeps the sound while a button is held; no level decides.

    Args:
        longest_s: of a longer utterance the end is lost.
    """

    def __init__(self, longest_s: float = 12.0) -> None:
        self._longest_s = longest_s
        self._clips: list[Clip] | None = None

    @property
    def is_held(self) -> bool:
        """Whether the button is held."""
        return self._clips is not None

    def push(self) -> None:
        """Begin to keep sound."""
        if self._clips is None:
            self._clips = []

    def add(self, clip: Clip) -> None:
        """Keep sound while the button is held."""
        if self._clips is not None and sum(c.duration_s for c in self._clips) < self._longest_s:
            self._clips.append(clip.at_rate(RATE_HZ))

    def release(self) -> Clip | None:
        """Return what was spoken since the button was pushed; None: too little for a word."""
        clips, self._clips = self._clips, None
        if not clips:
            return None
        held = Clip(np.concatenate([clip.samples for clip in clips]))
        return held if held.duration_s >= _SHORTEST_WORD_S else None


class VoiceActivity:
    """Cuts utterances out of sound by its level over the noise.

    The noise of driving is low, so the level is taken of the higher part of the sound.  Its floor
    follows quiet frames at once and loud ones slowly, so that steady noise is no speech.  Speech
    so far is also given at a pause, so that it can be recognised before it is clear that it has
    ended.

    Args:
        threshold_db: speech begins when it is so much louder than the floor.
        stay_db: and goes on while it is so much louder.
        end_silence_s: so much silence ends an utterance.
        pause_s: so much is a pause.
        longest_s: a longer utterance is cut.
    """

    def __init__(
        self,
        threshold_db: float = 8.0,
        stay_db: float = 4.0,
        end_silence_s: float = 0.45,
        pause_s: float = 0.16,
        longest_s: float = 12.0,
    ) -> None:
        self._factor = 10.0 ** (threshold_db / 20.0)
        self._stay_factor = 10.0 ** (stay_db / 20.0)
        self._last = np.float32(0.0)
        self._end_frames = round(end_silence_s * RATE_HZ / FRAME)
        self._pause_frames = round(pause_s * RATE_HZ / FRAME)
        self._most_frames = round(longest_s * RATE_HZ / FRAME)
        self._rest: npt.NDArray[np.float32] = np.zeros(0, dtype=np.float32)
        self._floor = _LEAST_FLOOR
        self._learnt = 0
        self._before: deque[npt.NDArray[np.float32]] = deque(maxlen=_BEFORE_FRAMES)
        self._frames: list[npt.NDArray[np.float32]] = []
        self._loud = self._quiet = self._number = 0

    @property
    def is_speech(self) -> bool:
        """Whether somebody speaks now."""
        return bool(self._frames)

    def add(self, clip: Clip) -> list[Utterance]:
        """Take sound; return the utterances that paused or ended in it, in order."""
        samples = np.concatenate([self._rest, clip.at_rate(RATE_HZ).samples])
        whole = len(samples) // FRAME * FRAME
        self._rest = samples[whole:].astype(np.float32)
        cut = [self._add_frame(frame) for frame in samples[:whole].reshape(-1, FRAME)]
        return [utterance for utterance in cut if utterance is not None]

    def finish(self) -> Utterance | None:
        """Return the utterance that has not ended; None: there is none."""
        return self._cut() if self._frames else None

    def _add_frame(self, frame: npt.NDArray[np.float32]) -> Utterance | None:
        level = self._level(frame)
        if self._learnt < _LEARN_FRAMES:
            self._learnt += 1
            self._floor = max(self._floor, level)
        is_loud = level > (self._stay_factor if self._frames else self._factor) * self._floor
        if level < self._floor:
            self._floor += _FALL * (level - self._floor)
        else:
            self._floor = min(self._floor * _RISE_PER_FRAME, level)
        self._floor = max(self._floor, _LEAST_FLOOR)
        if not self._frames:
            self._before.append(frame)
            self._loud = self._loud + 1 if is_loud else 0
            if self._loud >= _BEGIN_FRAMES:
                self._frames, self._quiet = list(self._before), 0
            return None
        self._frames.append(frame)
        if is_loud and self._quiet >= self._pause_frames:
            self._number += 1  # it was no end
        self._quiet = 0 if is_loud else self._quiet + 1
        if self._quiet >= self._end_frames or len(self._frames) >= self._most_frames:
            return self._cut()
        if self._quiet == self._pause_frames:
            return Utterance(Clip(np.concatenate(self._frames)), self._number, has_ended=False)
        return None

    def _level(self, frame: npt.NDArray[np.float32]) -> float:
        """Return the level of a frame above some hundred hertz: the first difference's."""
        higher = np.diff(frame, prepend=self._last)
        self._last = frame[-1]
        return float(np.sqrt(np.mean(higher**2))) + 1e-6

    def _cut(self) -> Utterance:
        utterance = Utterance(Clip(np.concatenate(self._frames)), self._number)
        self._number += 1
        self._frames, self._loud = [], 0
        self._before.clear()
        return utterance
