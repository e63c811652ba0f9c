# SPDX-License-Identifier: Apache-2.0
"""How many of the images that come are passed on."""

from __future__ import annotations

import math


class Pace:
    """Picks from what comes so many a second, by a schedule.

    A least interval would do with less than it was asked for: of frames 50 ms apart, of which some
    come a little early, the third is taken where the second is 99.9 ms behind the last.  Here what
    is taken may be early by half a frame, and the next is due by the schedule, not from then on.

    Args:
        rate_hz: how many to take each second, in the mean.
        frame_period_s: usual time between two that come.
    """

    def __init__(self, rate_hz: float, frame_period_s: float) -> None:
        self._period_s, self._early_s = 1.0 / rate_hz, 0.5 * frame_period_s
        self._due_s = -math.inf

    def takes(self, now_s: float) -> bool:
        """Tell whether what comes now is taken; what was missed is not made up for."""
        if now_s < self._due_s - self._early_s:
            return False
        self._due_s = max(self._due_s + self._period_s, now_s)
        return True
