# SPDX-License-Identifier: Apache-2.0
"""Requests of browsers as calls of a stack client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from simlingo_core.errors import ContractError, SimlingoError
from simlingo_core.types import DrivingPlan, Instruction
from simlingo_view.page import messages
from simlingo_view.page.gateway import Done
from simlingo_view.page.requests import Begin, Consider, Hear, Hold, Say, Stop, World


class Client(Protocol):
    """What is needed of ``simlingo_ros.stack_client.StackClient``."""

    def say(self, instruction: Instruction) -> None:
        """Send an instruction, a question or a cancel."""
        ...

    def hear(self, samples: bytes) -> None:
        """Send sound to be recognised."""
        ...

    def hold(self, is_held: bool) -> None:
        """Tell whether the button to speak is held."""
        ...

    def control_world(self, action: str) -> None:
        """Play, pause or step the world."""
        ...

    def consider(
        self,
        instruction: Instruction,
        done: Callable[[DrivingPlan | None, str, str], None],
        failed: Callable[[SimlingoError], None],
    ) -> None:
        """Have a plan made that is not driven."""
        ...

    def stop(
        self, is_on: bool, done: Callable[[], None], failed: Callable[[SimlingoError], None]
    ) -> None:
        """Have control brake fully, or take that back."""
        ...

    def begin(
        self,
        route: str,
        situation: str,
        seed: int,
        done: Callable[[bool, str], None],
        failed: Callable[[SimlingoError], None],
    ) -> None:
        """Begin another episode."""
        ...


class StackRequests:
    """Carries out the requests of ``gateway.Stack`` with a client."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def say(self, request: Say, done: Done) -> None:
        """Send an instruction, a question or a cancel to the planner."""
        self._client.say(request.instruction)
        done({'id': request.instruction.id})

    def hear(self, request: Hear, done: Done) -> None:
        """Send a piece of sound to the voice node."""
        self._client.hear(request.samples)
        done({})

    def hold(self, request: Hold, done: Done) -> None:
        """Tell the voice node whether the button is held."""
        self._client.hold(request.is_held)
        done({})

    def consider(self, request: Consider, done: Done) -> None:
        """Have the planner make a plan that is not driven."""

        def finish(plan: DrivingPlan | None, reason: str, reply: str) -> None:
            answer: dict[str, Any] = {'reason': reason, 'reply': reply, 'plan': None}
            if plan is not None:
                answer['plan'] = messages.plain(messages.plan(plan, None))
            done(answer)

        self._client.consider(request.instruction, finish, done)

    def stop(self, request: Stop, done: Done) -> None:
        """Have control brake fully, or take that back."""
        self._client.stop(request.is_on, lambda: done({'stop': request.is_on}), done)

    def control_world(self, request: World, done: Done) -> None:
        """Play, pause or step the world."""
        self._client.control_world(request.action)
        done({'action': request.action})

    def begin(self, request: Begin, done: Done) -> None:
        """Begin another episode."""

        def finish(has_begun: bool, reason: str) -> None:
            done({'route': request.route} if has_begun else ContractError(reason))

        self._client.begin(request.route, request.situation, request.seed, finish, done)
