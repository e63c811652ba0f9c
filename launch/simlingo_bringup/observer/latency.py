# SPDX-License-Identifier: Apache-2.0
"""How long a plan takes from the exposure of its image, by the wall clocks of the senders.

Simulation time moves in ticks of 50 ms, too coarse for this; and when the observer gets around to
a message must not count.  So it is the time between two sendings: that of the clock's tick, before
its image is taken, and that of the plan made from it.
"""

from __future__ import annotations

from collections import OrderedDict

_KEPT_TICKS = 100
_NANOSECONDS = 1_000_000_000


class PlanLatency:
    """Pairs plans with the ticks they were made from."""

    def __init__(self) -> None:
        self._sent_ns: OrderedDict[int, int] = OrderedDict()

    def note_tick(self, stamp_ns: int, sent_ns: int) -> None:
        """Remember when a tick was published.

        Args:
            stamp_ns: simulation time.
            sent_ns: wall time of its sending; that of the first if it is sent again.
        """
        self._sent_ns.setdefault(stamp_ns, sent_ns)
        while len(self._sent_ns) > _KEPT_TICKS:
            self._sent_ns.popitem(last=False)

    def of_plan(self, stamp_ns: int, sent_ns: int) -> float | None:
        """Return seconds from the tick to the plan; None: the tick is not known.

        Args:
            stamp_ns: simulation time of the plan's image.
            sent_ns: wall time of the plan's sending.
        """
        begun_ns = self._sent_ns.get(stamp_ns)
        if begun_ns is None or sent_ns < begun_ns:
            return None
        return (sent_ns - begun_ns) / _NANOSECONDS
