# SPDX-License-Identifier: Apache-2.0
"""Turns by words between who decides on them and who plans the route."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from simlingo_core.intents import Turn
from simlingo_core.status import InstructionState, InstructionStatus
from simlingo_core.types import Instruction
from simlingo_msgs.msg import Instruction as InstructionMessage
from simlingo_msgs.msg import InstructionStatus as InstructionStatusMessage
from simlingo_ros import interfaces
from simlingo_ros.conversions.language import (
    instruction_status_to_message,
    instruction_to_message,
    message_to_instruction,
    message_to_instruction_status,
)
from simlingo_ros.lifecycle import StackNode


class RouteRequests:
    """Asks for another route.

    Args:
        node: that decides on turns.
        on_answer: called with each answer; its id is that of the instruction.
    """

    def __init__(
        self, node: StackNode[Any], on_answer: Callable[[InstructionStatus], None]
    ) -> None:
        self._requests, self._on_answer = node.advertise(interfaces.ROUTE_REQUEST), on_answer
        node.listen(interfaces.ROUTE_ANSWER, self._take, watch=False)

    @property
    def ask(self) -> Callable[[str, Turn], str] | None:
        """Asks for the route of a turn, answered later; None: nobody listens."""
        return self._ask if self._requests.get_subscription_count() else None

    def _ask(self, instruction_id: str, turn: Turn) -> str:
        request = Instruction(id=instruction_id, text=turn.words)
        self._requests.publish(instruction_to_message(request))
        return ''

    def _take(self, message: InstructionStatusMessage) -> None:
        self._on_answer(message_to_instruction_status(message))


Messages = Iterable[tuple[str, Any]]


class RoutePlanning(Protocol):
    """Who plans the route anew."""

    def answer_turn(self, request: Instruction) -> InstructionStatus:
        """Plan the route of a turn by words; return what came of it."""
        ...


class RouteMessages(Protocol):
    """Who makes the messages of the route."""

    def of_route(self) -> Messages:
        """Yield them, each with the key of its topic."""
        ...


def answer_route_requests(
    node: StackNode[Any],
    find: Callable[[], tuple[RoutePlanning, RouteMessages]],
    publish: Callable[[Messages], None],
) -> None:
    """Plan routes on request.

    Args:
        node: that knows the map.
        find: returns who plans now, and who makes the messages of the new route.
        publish: publishes them.
    """
    answers = node.advertise(interfaces.ROUTE_ANSWER)

    def take(message: InstructionMessage) -> None:
        planning, messages = find()
        answer = planning.answer_turn(message_to_instruction(message))
        if answer.state is not InstructionState.REJECTED:
            publish(messages.of_route())
        answers.publish(instruction_status_to_message(answer))
        node.get_logger().info(f'turn by words: {answer.spoken_reply or answer.reason}')

    node.listen(interfaces.ROUTE_REQUEST, take, watch=False)
