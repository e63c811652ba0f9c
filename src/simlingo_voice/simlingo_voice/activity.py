# SPDX-License-Identifier: Apache-2.0
"""Where speech begins and ends in a stream of sound."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simlingo_voice.audio import RATE_HZ, Clip
from simlingo_voice.detectors import LevelDetector, SpeechDetector

# What is shorter is no speech; what was before its beginning belongs to it.
_BEGIN_S, _BEFORE_S = 0.06, 0.4
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
    """Cuts utterances out of sound.

    Speech so far is also given at a pause, so that it can be recognised before it is clear that
    it has ended.

    Args:
        detector: tells speech from noise; None: by the level.
        end_silence_s: so much silence ends an utterance.
        pause_s: so much is a pause.
        longest_s: a longer utterance is cut.
    """

    def __init__(
        self,
        detector: SpeechDetector | None = None,
        *,
        end_silence_s: float = 0.45,
        pause_s: float = 0.16,
        longest_s: float = 12.0,
    ) -> None:
        self._detector = detector or LevelDetector()
        per_s = RATE_HZ / self._detector.frame
        self._begin_frames = max(round(_BEGIN_S * per_s), 1)
        self._end_frames = round(end_silence_s * per_s)
        self._pause_frames = round(pause_s * per_s)
        self._most_frames = round(longest_s * per_s)
        self._rest: npt.NDArray[np.float32] = np.zeros(0, dtype=np.float32)
        self._before: deque[npt.NDArray[np.float32]] = deque(maxlen=round(_BEFORE_S * per_s))
        self._frames: list[npt.NDArray[np.float32]] = []
        self._loud = self._quiet = self._number = 0

    @property
    def is_speech(self) -> bool:
        """Whether somebody speaks now."""
        return bool(self._frames)

    def add(self, clip: Clip) -> list[Utterance]:
        """Take sound; return the utterances that paused or ended in it, in order."""
        samples = np.concatenate([self._rest, clip.at_rate(RATE_HZ).samples])
        frame = self._detector.frame
        whole = len(samples) // frame * frame
        self._rest = samples[whole:].astype(np.float32)
        cut = [self._add_frame(part) for part in samples[:whole].reshape(-1, frame)]
        return [utterance for utterance in cut if utterance is not None]

    def finish(self) -> Utterance | None:
        """Return the utterance that has not ended; None: there is none."""
        return self._cut() if self._frames else None

    def _add_frame(self, frame: npt.NDArray[np.float32]) -> Utterance | None:
        is_loud = self._detector.is_speech(frame, was_speech=bool(self._frames))
        if not self._frames:
            self._before.append(frame)
            self._loud = self._loud + 1 if is_loud else 0
            if self._loud >= self._begin_frames:
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

    def _cut(self) -> Utterance:
        utterance = Utterance(Clip(np.concatenate(self._frames)), self._number)
        self._number += 1
        self._frames, self._loud = [], 0
        self._before.clear()
        return utterance
