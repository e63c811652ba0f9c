# SPDX-License-Identifier: Apache-2.0
"""Recognition that begins at a pause, before it is clear that the pause is the end."""

from __future__ import annotations

from simlingo_voice.heard import Heard


class EarlyReading:
    """Keeps what was recognised at a pause until the utterance has ended there.

    If speech goes on after the pause, the utterance gets another number and is recognised anew;
    what was recognised at the pause is forgotten.
    """

    def __init__(self) -> None:
        self._begun = -1
        self._heard: Heard | None = None
        self._has_ended = False

    def begins(self, number: int) -> bool:
        """Whether recognition of an utterance must begin now; False: it has begun already."""
        if number <= self._begun:
            return False
        self._begun, self._heard, self._has_ended = number, None, False
        return True

    def note(self, number: int, heard: Heard) -> Heard | None:
        """Take what was recognised; return it if the utterance has ended."""
        if number != self._begun:
            return None
        self._heard = heard
        return self._due()

    def end(self, number: int) -> Heard | None:
        """Take note that the utterance has ended; return its text if that is known."""
        if number != self._begun:
            return None
        self._has_ended = True
        return self._due()

    def _due(self) -> Heard | None:
        if self._heard is None or not self._has_ended:
            return None
        heard, self._heard = self._heard, None
        return heard
