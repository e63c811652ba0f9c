# SPDX-License-Identifier: Apache-2.0
"""Cancel the active instruction of a running stack."""

from __future__ import annotations

from typing import Annotated

import typer

from simlingo_bringup.console_options import (
    DEFAULT_NAMESPACE,
    DomainId,
    Namespace,
    open_console,
)
from simlingo_core.status import InstructionState
from simlingo_core.types import Instruction, InstructionKind

app = typer.Typer(add_completion=False, rich_markup_mode=None)

ANSWER_LIMIT_S = 5.0


@app.command()
def cancel(
    ident: Annotated[
        str, typer.Argument(help='Id of the instruction; empty: the active one.')
    ] = '',
    namespace: Namespace = DEFAULT_NAMESPACE,
    domain_id: DomainId = None,
) -> None:
    """Cancel an instruction; exit code 0: cancelled, 1: there was none."""
    request = Instruction(id=ident, text='', kind=InstructionKind.CANCEL)
    with open_console(namespace, domain_id) as console:
        for status in console.follow(request, ANSWER_LIMIT_S):
            if status.state is InstructionState.CANCELLED:
                print(f'cancelled {status.id}')
                raise typer.Exit(0)
            if status.state is InstructionState.REJECTED:
                print(status.reason)
                raise typer.Exit(1)
    print('there is no instruction to cancel')
    raise typer.Exit(1)
