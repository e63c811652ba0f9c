# SPDX-License-Identifier: Apache-2.0
"""Says one sentence on the way, where the car can do what it says."""

from __future__ import annotations

STEADY_S = 1.0


class Prompter:
    """Waits until the car has come far enough and drives fast enough, then speaks once.

    Args:
        text: what is said; empty: nothing.
        progress: share of the route from which on it may be said, 0 to 1.
        speed_mps: the car must have driven at least so fast for a second.
    """

    def __init__(self, text: str, progress: float, speed_mps: float) -> None:
        self._text, self._progress, self._speed_mps = text, progress, speed_mps
        self._fast_since_s: float | None = None

    def look(self, t_s: float, progress: float, speed_mps: float) -> str:
        """Return what is to be said now; empty: nothing."""
        if speed_mps < self._speed_mps:
            self._fast_since_s = None
        elif self._fast_since_s is None:
            self._fast_since_s = t_s
        since_s = self._fast_since_s
        if since_s is None or t_s - since_s < STEADY_S - 1e-6 or progress < self._progress:
            return ''
        said, self._text = self._text, ''
        return said
