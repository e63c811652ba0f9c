# SPDX-License-Identifier: Apache-2.0
"""Give an instruction to a running stack and show what becomes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simlingo_bringup.console_options import (
    DEFAULT_NAMESPACE,
    DomainId,
    Namespace,
    open_console,
)
from simlingo_core.errors import ContractError
from simlingo_core.instruction_ids import make_instruction_id
from simlingo_core.status import InstructionState
from simlingo_core.types import Instruction, InstructionSource

app = typer.Typer(add_completion=False, rich_markup_mode=None)

ANSWER_LIMIT_S = 10.0
FAILURES = (InstructionState.REJECTED, InstructionState.NOT_FOLLOWED)


@app.command()
def say(
    text: Annotated[str, typer.Argument(help='The instruction, such as "slow down".')] = '',
    audio: Annotated[
        Path | None, typer.Option(help='A WAV file in which the instruction is spoken.')
    ] = None,
    operator: Annotated[
        bool, typer.Option('--operator', help='Of an operator: comes before all others.')
    ] = False,
    wait: Annotated[bool, typer.Option('--wait', help='Wait for its end.')] = False,
    limit_s: Annotated[float, typer.Option(min=0.1, help='Wait at most so long.')] = 60.0,
    namespace: Namespace = DEFAULT_NAMESPACE,
    domain_id: DomainId = None,
) -> None:
    """Give an instruction; exit code 0: accepted (with --wait: done), 1: not."""
    source = InstructionSource.OPERATOR if operator else InstructionSource.TYPED
    if audio is not None:
        text, source = recognised(audio), InstructionSource.VOICE
    instruction = Instruction(id=make_instruction_id('say'), text=text, source=source)
    last: InstructionState | None = None
    with open_console(namespace, domain_id) as console:
        for status in console.follow(instruction, limit_s if wait else ANSWER_LIMIT_S):
            last = status.state
            reason = f': {status.reason}' if status.reason else ''
            print(f'{last.name.lower().replace("_", " ")}{reason}', flush=True)
            if not wait and last in (InstructionState.ACCEPTED, InstructionState.ACTIVE):
                break
    if last is None:
        print('the planner has not answered')
    is_over = last in (InstructionState.DONE, InstructionState.CANCELLED)
    is_good = is_over if wait else last is not None and last not in FAILURES
    raise typer.Exit(0 if is_good else 1)


def recognised(audio: Path) -> str:
    """Return the instruction that is spoken in a WAV file.

    Raises:
        ContractError: the file cannot be read, or nothing that may be sent is recognised in it.
        BackendError: the engine is not installed.
    """
    from simlingo_voice.audio import padded, read_wav
    from simlingo_voice.dialogue import Dialogue
    from simlingo_voice.loop import hear
    from simlingo_voice.recognisers import make_recogniser

    clip = padded(read_wav(audio), 0.3, 0.6)
    turnout = Dialogue().take(make_recogniser().recognise(hear(clip)), 0.0)
    print(f'heard: {turnout.note}', flush=True)
    if not turnout.text:
        raise ContractError(f'nothing is sent: {turnout.reply or turnout.note}')
    return turnout.text
