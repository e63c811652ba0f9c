# SPDX-License-Identifier: Apache-2.0
"""Makes sound of text beside the executor: sound that comes in meanwhile must not be lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from subprocess import SubprocessError

from simlingo_core.errors import BackendError
from simlingo_voice.audio import RATE_HZ, Clip
from simlingo_voice.speakers import Speaker
from simlingo_voice.speech_queue import Speech

Done = Callable[[Speech, Clip | BackendError], None]


class Synthesis:
    """Makes one piece of speech at a time, in a thread of its own.

    Args:
        speaker: makes the sound; None: it is always busy.
        call_later: has the executor's thread make a call.

    Attributes:
        is_busy: whether no piece can be begun.
    """

    def __init__(
        self, speaker: Speaker | None, call_later: Callable[[Callable[[], None]], None]
    ) -> None:
        self._speaker, self._call_later = speaker, call_later
        self.is_busy = speaker is None

    def begin(self, speech: Speech, done: Done) -> None:
        """Begin a piece; ``done`` is called with its sound, or with why there is none."""
        assert self._speaker is not None
        self.is_busy = True
        run = partial(self._run, self._speaker, speech, done)
        threading.Thread(target=run, name='synthesis', daemon=True).start()

    def _run(self, speaker: Speaker, speech: Speech, done: Done) -> None:
        try:
            clip: Clip | BackendError = speaker.synthesise(speech.text).at_rate(RATE_HZ)
        except (BackendError, OSError, ValueError, RuntimeError, SubprocessError) as error:
            clip = BackendError(f'{speaker.name} failed: {error}')
        self._call_later(partial(self._end, speech, clip, done))

    def _end(self, speech: Speech, clip: Clip | BackendError, done: Done) -> None:
        self.is_busy = False
        done(speech, clip)
