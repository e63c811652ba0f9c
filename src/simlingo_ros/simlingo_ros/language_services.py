# SPDX-License-Identifier: Apache-2.0
"""The services ``ask`` and ``consider``: questions, and plans that are only considered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from simlingo_core.errors import SimlingoError
from simlingo_core.instruction_ids import make_instruction_id
from simlingo_core.types import Answer, DrivingPlan, Instruction
from simlingo_msgs.srv import Ask, Consider
from simlingo_ros.conversions.driving import plan_to_message
from simlingo_ros.conversions.language import (
    ask_to_instruction,
    consider_to_instruction,
    fill_answer,
)


class Considered(Protocol):
    """What came of an instruction that was only considered."""

    @property
    def plan(self) -> DrivingPlan | None:
        """The plan it would lead to; None: there is none."""
        ...

    @property
    def reason(self) -> str:
        """What it was understood as, or why there is no plan."""
        ...

    @property
    def reply(self) -> str:
        """Reply of the model."""
        ...


def answer_questions(
    ask: Callable[[Instruction], Awaitable[Answer]],
) -> Callable[[Ask.Request, Ask.Response], Any]:
    """Return the callback of the service ``ask``.

    Args:
        ask: takes a question about the newest image; its answer can be awaited.
    """

    async def answer(request: Ask.Request, response: Ask.Response) -> Ask.Response:
        try:
            instruction = ask_to_instruction(request, make_instruction_id('ask'), 0.0)
        except SimlingoError as error:
            refusal = Answer(text=str(error), image_t_s=0.0, is_success=False)
            return fill_answer(response, refusal)
        return fill_answer(response, await ask(instruction))

    return answer


def answer_considerations(
    consider: Callable[[Instruction], Awaitable[Considered]],
) -> Callable[[Consider.Request, Consider.Response], Any]:
    """Return the callback of the service ``consider``.

    Args:
        consider: begins to consider an instruction; its end can be awaited.
    """

    async def answer(request: Consider.Request, response: Consider.Response) -> Consider.Response:
        try:
            instruction = consider_to_instruction(request, make_instruction_id('consider'))
        except SimlingoError as error:
            response.reason = str(error)
            return response
        end = await consider(instruction)
        response.reason, response.spoken_reply = end.reason, end.reply
        if end.plan is not None:
            response.success = True
            response.plan = plan_to_message(end.plan)
        return response

    return answer
