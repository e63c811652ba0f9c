# SPDX-License-Identifier: Apache-2.0
"""What is spoken and when: replies first, commentary only when it changes and not too often."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True)
class Speech:
    """Something to be spoken.

    Attributes:
        text: in words.
        is_reply: it answers a person, and interrupts commentary.
    """

    text: str
    is_reply: bool


class SpeechQueue:
    """Decides what is spoken next.

    Args:
        commentary_period_s: least time from commentary to commentary; 0: none is spoken.
    """

    def __init__(self, commentary_period_s: float = 5.0) -> None:
        self._period_s = commentary_period_s
        self._replies: deque[str] = deque(maxlen=5)
        self._commentary = self._spoken_commentary = ''
        self._commented_s = -1e9
        self._busy_until_s = -1e9
        self._is_busy_with_reply = False

    def reply(self, text: str) -> None:
        """Have a reply spoken; it interrupts commentary."""
        if text.strip():
            self._replies.append(text.strip())

    def comment(self, text: str) -> None:
        """Have commentary spoken, unless it has been just now."""
        self._commentary = text.strip()

    def interrupt(self, t_s: float) -> None:
        """Be silent: somebody speaks."""
        self._busy_until_s = t_s
        self._commentary = ''

    def next(self, t_s: float) -> Speech | None:
        """Return what to speak now; None: nothing, or the speech before is not over."""
        is_busy = t_s < self._busy_until_s
        if self._replies and (not is_busy or not self._is_busy_with_reply):
            return Speech(self._replies.popleft(), is_reply=True)
        is_new = self._commentary not in ('', self._spoken_commentary)
        is_due = self._period_s > 0.0 and t_s - self._commented_s >= self._period_s
        if is_busy or not is_new or not is_due:
            return None
        self._spoken_commentary, self._commented_s = self._commentary, t_s
        return Speech(self._commentary, is_reply=False)

    def note_spoken(self, speech: Speech, duration_s: float, t_s: float) -> None:
        """Take note that a speech has begun."""
        self._busy_until_s = t_s + duration_s
        self._is_busy_with_reply = speech.is_reply
