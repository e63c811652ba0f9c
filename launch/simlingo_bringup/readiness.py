# SPDX-License-Identifier: Apache-2.0
"""Watches the lifecycle state of nodes from a thread of its own."""

from __future__ import annotations

import queue
import threading
import time
from typing import Any

POLL_S = 0.1
ASK_AGAIN_S = 0.3
RENEW_S = 10.0
IDLE_S = 0.2


class ReadinessMonitor:
    """Asks nodes for their lifecycle state until they are active.

    Also looks for names that exist twice on the domain, which means that another graph runs
    there.  ROS is imported and used in the thread only; the owner talks to it through
    ``watch``, ``forget``, ``is_active`` and ``take_duplicates``.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: set[str] = set()
        self._active: set[str] = set()
        self._checked_for_duplicates: set[str] = set()
        self._findings: dict[str, str] = {}
        self._duplicates: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._failure: BaseException | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name='readiness', daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def close(self, timeout_s: float) -> None:
        """Stop watching."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    @property
    def failure(self) -> BaseException | None:
        """What ended the thread before its time, if anything did."""
        return self._failure

    def watch(self, full_name: str, *, is_first_start: bool) -> None:
        """Begin to ask for a node's state; look for a duplicate unless the node was restarted."""
        with self._lock:
            self._watched.add(full_name)
            self._active.discard(full_name)
            # A killed node stays visible until its lease ends, so a restarted one may have a
            # duplicate that is no other graph's.
            if not is_first_start:
                self._checked_for_duplicates.add(full_name)

    def forget(self, full_name: str) -> None:
        """Stop asking for a node's state."""
        with self._lock:
            self._watched.discard(full_name)
            self._active.discard(full_name)
            self._checked_for_duplicates.add(full_name)

    def is_active(self, full_name: str) -> bool:
        """Tell whether the node has reported that it is active."""
        with self._lock:
            return full_name in self._active

    def describe(self, full_name: str) -> str:
        """Return what is known of a node that is not active."""
        with self._lock:
            return self._findings.get(full_name, 'not looked for yet')

    def take_duplicates(self) -> list[str]:
        """Return names found twice on the domain since the last call."""
        found = []
        while not self._duplicates.empty():
            found.append(self._duplicates.get())
        return found

    def _run(self) -> None:
        try:
            self._watch_nodes()
        except BaseException as error:
            # The owner polls for it and stops the graph; a thread has no other way to report it.
            self._failure = error

    def _watch_nodes(self) -> None:
        import rclpy
        from rclpy.executors import SingleThreadedExecutor
        from rclpy.node import Node
        from rclpy.signals import SignalHandlerOptions

        context = rclpy.Context()
        rclpy.init(args=[], context=context, signal_handler_options=SignalHandlerOptions.NO)
        node = Node(
            '_simlingo_up', context=context, enable_rosout=False, start_parameter_services=False
        )
        executor = SingleThreadedExecutor(context=context)
        executor.add_node(node)
        asked: dict[str, _StateQuestion] = {}
        worn_out: list[_StateQuestion] = []
        try:
            while not self._stop.is_set():
                self._ask_all(node, asked, worn_out)
                self._look_for_duplicates(node)
                executor.spin_once(timeout_sec=POLL_S if asked else IDLE_S)
        finally:
            executor.shutdown()
            node.destroy_node()
            rclpy.try_shutdown(context=context)

    def _ask_all(
        self, node: Any, asked: dict[str, _StateQuestion], worn_out: list[_StateQuestion]
    ) -> None:
        with self._lock:
            waiting = self._watched - self._active
        for full_name in waiting - asked.keys():
            asked[full_name] = _StateQuestion(node, full_name)
        for full_name in asked.keys() - waiting:
            worn_out.append(asked.pop(full_name))
        for full_name in waiting:
            question = asked[full_name]
            if question.is_worn_out:
                worn_out.append(question)
                asked[full_name] = question = _StateQuestion(node, full_name)
            is_active = question.is_active()
            with self._lock:
                self._findings[full_name] = question.finding
                if is_active and full_name in self._watched:
                    self._active.add(full_name)
        # A node whose answer finds no client warns of it: a busy one answers all at once, late.
        for question in [question for question in worn_out if not question.awaits_answer]:
            worn_out.remove(question)
            question.close()

    def _look_for_duplicates(self, node: Any) -> None:
        names = [
            f'{namespace.rstrip("/")}/{name}'
            for name, namespace in node.get_node_names_and_namespaces()
        ]
        with self._lock:
            for full_name in self._watched - self._checked_for_duplicates:
                if names.count(full_name) > 1:
                    self._checked_for_duplicates.add(full_name)
                    self._duplicates.put(full_name)


class _StateQuestion:
    """Asks one node for its lifecycle state, again and again."""

    def __init__(self, node: Any, full_name: str) -> None:
        from lifecycle_msgs.srv import GetState

        self._node = node
        self._client = node.create_client(GetState, f'{full_name}/get_state')
        self._answers: list[Any] = []
        self._made_s = time.monotonic()
        self._asked = 0
        self._asked_s = 0.0
        self.finding = 'not found on the domain'

    @property
    def is_worn_out(self) -> bool:
        """Whether it has asked for so long that new endpoints are worth a try."""
        return time.monotonic() - self._made_s > RENEW_S

    @property
    def awaits_answer(self) -> bool:
        """Whether a question is still open, of a node that can still answer it."""
        return self._client.service_is_ready() and not all(
            answer.done() for answer in self._answers
        )

    def is_active(self) -> bool:
        """Look at the answers so far; ask again when it is time."""
        from lifecycle_msgs.msg import State
        from lifecycle_msgs.srv import GetState

        for answer in [answer for answer in self._answers if answer.done()]:
            self._answers.remove(answer)
            state = answer.result().current_state
            self.finding = f'{state.label} when last asked'
            if state.id == State.PRIMARY_STATE_ACTIVE:
                return True
        # An answer can get lost while the two sides discover each other, and it can be late on a
        # busy machine: ask again, and take whichever answer comes.
        is_due = time.monotonic() - self._asked_s > ASK_AGAIN_S
        if is_due and self._client.service_is_ready():
            self._answers.append(self._client.call_async(GetState.Request()))
            self._asked, self._asked_s = self._asked + 1, time.monotonic()
            if len(self._answers) > 1:
                self.finding = f'silent; asked {self._asked} times'
        return False

    def close(self) -> None:
        """Release the client."""
        self._node.destroy_client(self._client)
