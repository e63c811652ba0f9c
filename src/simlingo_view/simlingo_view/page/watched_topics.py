# SPDX-License-Identifier: Apache-2.0
"""Subscriptions and timers of the page that exist only while somebody watches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from simlingo_ros.lifecycle import StackNode
from simlingo_ros.listener import Listener


class WatchedTopics:
    """Opens for the first watcher and closes after the last.

    Args:
        node: of the page.
        listeners: subscriptions to everything but images.
        images: for each camera the subscription to small copies, and that to the images.
        timers: run while somebody watches.
    """

    def __init__(
        self,
        node: StackNode[Any],
        listeners: Sequence[Listener],
        images: Sequence[tuple[Listener, Listener]],
        timers: Sequence[Any],
    ) -> None:
        self._count_publishers: Callable[[str], int] = node.count_publishers
        self._listeners, self._images, self._timers = listeners, images, timers
        self.close()

    def open(self) -> None:
        """Subscribe to everything."""
        for listener in self._listeners:
            listener.resume()
        for timer in self._timers:
            timer.reset()
        self.choose_images()

    def close(self) -> None:
        """End every subscription and timer."""
        for listener in (*self._listeners, *(one for pair in self._images for one in pair)):
            listener.destroy()
        for timer in self._timers:
            timer.cancel()

    def choose_images(self) -> None:
        """Take the small copies of a world that makes them, else the images themselves."""
        for small, full in self._images:
            has_small = self._count_publishers(small.topic) > 0
            (small if has_small else full).resume()
            (full if has_small else small).destroy()
