# SPDX-License-Identifier: Apache-2.0
"""Requests of browsers, carried out in the thread of the node."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

from simlingo_core.errors import SimlingoError
from simlingo_view.page.requests import Begin, Consider, Hear, Hold, Request, Say, Stop, World

Answer = dict[str, Any]
Done = Callable[[Answer | SimlingoError], None]


class Stack(Protocol):
    """What a browser can have done; ``done`` is called with the answer or an error."""

    def say(self, request: Say, done: Done) -> None:
        """Send an instruction, a question or a cancel to the planner."""
        ...

    def hear(self, request: Hear, done: Done) -> None:
        """Have a piece of sound recognised."""
        ...

    def hold(self, request: Hold, done: Done) -> None:
        """Tell whether the button to speak is held."""
        ...

    def consider(self, request: Consider, done: Done) -> None:
        """Have the planner make a plan that is not driven."""
        ...

    def stop(self, request: Stop, done: Done) -> None:
        """Have control brake fully, or take that back."""
        ...

    def control_world(self, request: World, done: Done) -> None:
        """Play, pause or step the world."""
        ...

    def begin(self, request: Begin, done: Done) -> None:
        """Begin another episode."""
        ...


class Gateway:
    """Hands each request to the stack and gives the server a future for the answer.

    Args:
        stack: what carries it out, in the thread of ``call_later``.
        call_later: has the node's thread make a call.
    """

    def __init__(self, stack: Stack, call_later: Callable[[Callable[[], None]], None]) -> None:
        self._stack, self._call_later = stack, call_later

    def submit(self, request: Request) -> Future[Answer]:
        """Begin to carry out a request; any thread may call this."""
        future: Future[Answer] = Future()
        future.set_running_or_notify_cancel()

        def done(answer: Answer | SimlingoError) -> None:
            if isinstance(answer, SimlingoError):
                future.set_exception(answer)
            else:
                future.set_result(answer)

        def carry_out() -> None:
            try:
                self._carry_out(request, done)
            except SimlingoError as error:
                done(error)

        self._call_later(carry_out)
        return future

    def _carry_out(self, request: Request, done: Done) -> None:
        stack = self._stack
        match request:
            case Say():
                stack.say(request, done)
            case Hear():
                stack.hear(request, done)
            case Hold():
                stack.hold(request, done)
            case Consider():
                stack.consider(request, done)
            case Stop():
                stack.stop(request, done)
            case World():
                stack.control_world(request, done)
            case Begin():
                stack.begin(request, done)
