# SPDX-License-Identifier: Apache-2.0
"""Conversion of instructions, their status, commentary, questions and the safety state."""

from __future__ import annotations

from enum import IntEnum
from typing import TypeVar

from simlingo_core.checks import number_in_range
from simlingo_core.errors import ContractError
from simlingo_core.status import InstructionState, InstructionStatus, SafetyLevel, SafetyState
from simlingo_core.types import (
    Answer,
    Commentary,
    Instruction,
    InstructionKind,
    InstructionSource,
    SafetyMode,
)
from simlingo_msgs.action import FollowInstruction
from simlingo_msgs.msg import Commentary as CommentaryMessage
from simlingo_msgs.msg import Instruction as InstructionMessage
from simlingo_msgs.msg import InstructionStatus as InstructionStatusMessage
from simlingo_msgs.msg import SafetyState as SafetyStateMessage
from simlingo_msgs.srv import Ask, Consider
from simlingo_ros.conversions.geometry import BASE_FRAME, make_header
from simlingo_ros.conversions.time import seconds_to_stamp, stamp_to_seconds

EnumT = TypeVar('EnumT', bound=IntEnum)

# Longest time for which a goal may keep an instruction active.
MAX_DURATION_S = 3600.0


def message_to_instruction(message: InstructionMessage) -> Instruction:
    """Return an instruction.

    Raises:
        ContractError: a constant is unknown, or the text is empty or too long.
    """
    return Instruction(
        t_s=stamp_to_seconds(message.header.stamp),
        id=message.id,
        text=message.text,
        source=_member(InstructionSource, 'Instruction.source', message.source),
        kind=_member(InstructionKind, 'Instruction.kind', message.kind),
        safety_mode=_member(SafetyMode, 'Instruction.safety_mode', message.safety_mode),
    )


def instruction_seen(message: InstructionMessage) -> Instruction | None:
    """Return an instruction for nodes that only watch; None: the planner rejects it."""
    try:
        return message_to_instruction(message)
    except ContractError:
        return None


def instruction_to_message(instruction: Instruction) -> InstructionMessage:
    """Return an instruction message."""
    return InstructionMessage(
        header=make_header(seconds_to_stamp(instruction.t_s), ''),
        id=instruction.id,
        text=instruction.text,
        source=int(instruction.source),
        kind=int(instruction.kind),
        safety_mode=int(instruction.safety_mode),
    )


def message_to_instruction_status(message: InstructionStatusMessage) -> InstructionStatus:
    """Return the status of an instruction.

    Raises:
        ContractError: the state is unknown.
    """
    return InstructionStatus(
        t_s=stamp_to_seconds(message.header.stamp),
        id=message.id,
        state=_member(InstructionState, 'InstructionStatus.state', message.state),
        reason=message.reason,
        spoken_reply=message.spoken_reply,
    )


def instruction_status_to_message(status: InstructionStatus) -> InstructionStatusMessage:
    """Return the message of the status of an instruction."""
    return InstructionStatusMessage(
        header=make_header(seconds_to_stamp(status.t_s), ''),
        id=status.id,
        state=int(status.state),
        reason=status.reason,
        spoken_reply=status.spoken_reply,
    )


def message_to_commentary(message: CommentaryMessage) -> Commentary:
    """Return a commentary."""
    return Commentary(
        t_s=stamp_to_seconds(message.header.stamp),
        text=message.text,
        is_growing=message.is_growing,
    )


def commentary_to_message(commentary: Commentary) -> CommentaryMessage:
    """Return a commentary message."""
    return CommentaryMessage(
        header=make_header(seconds_to_stamp(commentary.t_s), BASE_FRAME),
        text=commentary.text,
        is_growing=commentary.is_growing,
    )


def message_to_safety_state(message: SafetyStateMessage) -> SafetyState:
    """Return a safety state.

    Raises:
        ContractError: the level is unknown.
        NonFiniteError: an age is infinite.
    """
    return SafetyState(
        t_s=stamp_to_seconds(message.header.stamp),
        level=_member(SafetyLevel, 'SafetyState.level', message.level),
        reasons=tuple(message.reasons),
        plan_age_s=float(message.plan_age),
        margin_s=float(message.margin),
    )


def safety_state_to_message(state: SafetyState) -> SafetyStateMessage:
    """Return a safety state message."""
    return SafetyStateMessage(
        header=make_header(seconds_to_stamp(state.t_s), ''),
        level=int(state.level),
        reasons=list(state.reasons),
        plan_age=float(state.plan_age_s),
        margin=float(state.margin_s),
    )


def ask_to_instruction(request: Ask.Request, instruction_id: str, t_s: float) -> Instruction:
    """Return the question of a service request.

    Raises:
        ContractError: the question is empty or too long.
    """
    return Instruction(
        t_s=t_s,
        id=instruction_id,
        text=request.question,
        source=InstructionSource.API,
        kind=InstructionKind.ASK,
    )


def consider_to_instruction(request: Consider.Request, instruction_id: str) -> Instruction:
    """Return the instruction of a request to consider it.

    Raises:
        ContractError: the text is empty or too long, or the safety mode is unknown.
    """
    return Instruction(
        id=instruction_id,
        text=request.instruction,
        source=InstructionSource.API,
        safety_mode=_member(SafetyMode, 'Consider.safety_mode', request.safety_mode),
    )


def fill_answer(response: Ask.Response, answer: Answer) -> Ask.Response:
    """Put an answer into a service response."""
    response.success = answer.is_success
    response.answer = answer.text
    response.image_stamp = seconds_to_stamp(answer.image_t_s)
    return response


def response_to_answer(response: Ask.Response) -> Answer:
    """Return the answer of a service response."""
    return Answer(
        text=response.answer,
        image_t_s=stamp_to_seconds(response.image_stamp),
        is_success=response.success,
    )


def goal_to_instruction(
    goal: FollowInstruction.Goal, instruction_id: str, t_s: float
) -> tuple[Instruction, float]:
    """Return the instruction of an action goal and its duration; 0: until done or cancelled.

    Raises:
        ContractError: the text is empty or too long, or the duration is out of range.
        NonFiniteError: the duration is NaN or infinite.
    """
    duration_s = number_in_range('FollowInstruction.duration', goal.duration, 0.0, MAX_DURATION_S)
    instruction = Instruction(
        t_s=t_s,
        id=instruction_id,
        text=goal.text,
        source=InstructionSource.API,
        safety_mode=_member(SafetyMode, 'FollowInstruction.safety_mode', goal.safety_mode),
    )
    return instruction, duration_s


def instruction_to_goal(
    instruction: Instruction, duration_s: float = 0.0
) -> FollowInstruction.Goal:
    """Return an action goal."""
    return FollowInstruction.Goal(
        text=instruction.text,
        safety_mode=int(instruction.safety_mode),
        duration=number_in_range('duration_s', duration_s, 0.0, MAX_DURATION_S),
    )


def status_to_result(status: InstructionStatus) -> FollowInstruction.Result:
    """Return an action result."""
    return FollowInstruction.Result(
        state=int(status.state), reason=status.reason, spoken_reply=status.spoken_reply
    )


def _member(enum: type[EnumT], name: str, value: int) -> EnumT:
    """Return the enum member of a number or raise ContractError."""
    try:
        return enum(value)
    except ValueError as error:
        known = {int(member): member.name for member in enum}
        raise ContractError(f'{name} is {value}; expected one of {known}') from error
