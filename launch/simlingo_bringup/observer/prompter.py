# SPDX-License-Identifier: Apache-2.0
"""Decides when the observer sends its instruction: where the car can follow it."""

from __future__ import annotations

STEADY_S = 1.0


class Prompter:
    """Gives one instruction once the car has come far enough and drives fast enough.

    Args:
        text: the instruction; empty: none.
        progress: share of the route from which on it may be given, 0 to 1.
        speed_mps: the car must have driven at least so fast for a second.
    """

    def __init__(self, text: str, progress: float, speed_mps: float) -> None:
        self._text, self._progress, self._speed_mps = text, progress, speed_mps
        self._fast_since_s: float | None = None

    def look(self, t_s: float, progress: float, speed_mps: float) -> str:
        """Return the instruction when it is to be given; empty: not now."""
        if speed_mps < self._speed_mps:
            self._fast_since_s = None
        elif self._fast_since_s is None:
            self._fast_since_s = t_s
        since_s = self._fast_since_s
        if since_s is None or t_s - since_s < STEADY_S - 1e-6 or progress < self._progress:
            return ''
        text, self._text = self._text, ''
        return text
