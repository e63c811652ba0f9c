# SPDX-License-Identifier: Apache-2.0
"""Calls that other threads want the executor's thread to make."""

from __future__ import annotations

import queue
from collections.abc import Callable

from rclpy.node import Node


class CallQueue:
    """Makes calls in the executor's thread, in the order in which they were handed over.

    Args:
        node: whose executor makes the calls.
        may_call: asked before each call; while it is False the calls wait.
    """

    def __init__(self, node: Node, may_call: Callable[[], bool]) -> None:
        self._node, self._may_call = node, may_call
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._wake = node.create_guard_condition(self._make_calls)

    def call_later(self, call: Callable[[], None]) -> None:
        """Have the executor's thread make a call; any thread may call this."""
        self._calls.put(call)
        self._wake.trigger()

    def destroy(self) -> None:
        """Drop what waits."""
        self._node.destroy_guard_condition(self._wake)

    def _make_calls(self) -> None:
        while self._may_call():
            try:
                call = self._calls.get_nowait()
            except queue.Empty:
                return
            call()
