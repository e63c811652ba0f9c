# SPDX-License-Identifier: Apache-2.0
"""Hands what is published to every watcher; a slow one skips what has become old.

Everything here runs in the server's loop.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable

from simlingo_view.page.messages import Payload

MOST_EVENTS = 200
MOST_KEPT = 100


class Outbox:
    """What waits for one watcher: events in order, and the newest of each kind."""

    def __init__(self) -> None:
        self._events: deque[Payload] = deque(maxlen=MOST_EVENTS)
        self._newest: OrderedDict[str, Payload] = OrderedDict()
        self._has_some = asyncio.Event()

    def put(self, payload: Payload, key: str) -> None:
        """Add something; with a key it replaces what waits under the same key."""
        if key:
            self._newest[key] = payload
        else:
            self._events.append(payload)
        self._has_some.set()

    async def take(self) -> Payload:
        """Wait for something and return it, events first."""
        while not (self._events or self._newest):
            self._has_some.clear()
            await self._has_some.wait()
        if self._events:
            return self._events.popleft()
        return self._newest.popitem(last=False)[1]


class Hub:
    """All watchers.

    Args:
        on_count: called with the number of watchers when it has changed.
    """

    def __init__(self, on_count: Callable[[int], None]) -> None:
        self._on_count = on_count
        self._outboxes: set[Outbox] = set()
        self._kept: OrderedDict[str, Payload] = OrderedDict()

    @property
    def count(self) -> int:
        """Number of watchers."""
        return len(self._outboxes)

    def join(self) -> Outbox:
        """Add a watcher; it first receives everything that is kept."""
        outbox = Outbox()
        for key, payload in self._kept.items():
            outbox.put(payload, key)
        self._outboxes.add(outbox)
        self._on_count(self.count)
        return outbox

    def leave(self, outbox: Outbox) -> None:
        """Remove a watcher."""
        self._outboxes.discard(outbox)
        self._on_count(self.count)

    def publish(self, payload: Payload, key: str, is_kept: bool) -> None:
        """Hand a payload to every watcher.

        Args:
            payload: text or bytes.
            key: it replaces what waits under the same key; empty: it is an event.
            is_kept: later watchers receive the newest of this key too.
        """
        if is_kept:
            self._kept[key] = payload
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        for outbox in self._outboxes:
            outbox.put(payload, key)
