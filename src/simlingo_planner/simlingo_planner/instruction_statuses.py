# SPDX-License-Identifier: Apache-2.0
"""What is reported about an instruction, in words."""

from __future__ import annotations

from simlingo_core.intents import Intent
from simlingo_core.status import InstructionState, InstructionStatus
from simlingo_planner.active_instruction import ActiveInstruction


def status_text(status: InstructionStatus) -> str:
    """Return id, state and reason for logs; a reason that only repeats the state is left out."""
    state = status.state.name.lower()
    reason = '' if status.reason == state else status.reason
    name = f'{status.id}: ' if status.id else ''
    return name + (f'{state}, {reason}' if reason else state)


def make_status(
    instruction_id: str, state: InstructionState, t_s: float, reason: str = '', reply: str = ''
) -> InstructionStatus:
    """Return a status."""
    return InstructionStatus(
        t_s=t_s, id=instruction_id, state=state, reason=reason, spoken_reply=reply
    )


def acceptance_words(active: ActiveInstruction, waits: str, *, has_navigator: bool) -> str:
    """Return what an accepted instruction was understood as, and what is done about it.

    Args:
        active: the instruction.
        waits: what it waits for; empty: nothing.
        has_navigator: whether a turn changes the route.
    """
    asked, turn = active.asked, active.asked.turn
    words = f'"{active.instruction.text}"'
    meanings = [asked.kind.value] if asked.kind is not None else []
    meanings += [turn.words] if turn is not None else []
    if meanings:
        words += f' is understood as {" and ".join(meanings)}'
    if asked.intent is Intent.EMERGENCY_STOP:
        words += '; the car stops without the model, until "go on"'
    elif active.prompt is not None and asked.kind is not None:
        words += f'; the model reads "{active.prompt.text}"'
    elif asked.kind is not None:
        words += '; the cap of the speed does it'
    if turn is not None and not has_navigator:
        words += '; without a map the command of the next junction is overridden'
    return f'{words}; it waits {waits}' if waits else words
