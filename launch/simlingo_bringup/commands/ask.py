# SPDX-License-Identifier: Apache-2.0
"""Ask a running stack about what it drives by."""

from __future__ import annotations

from typing import Annotated

import typer

from simlingo_bringup.console_options import (
    DEFAULT_NAMESPACE,
    DomainId,
    Namespace,
    open_console,
)

COMMENTARY_LIMIT_S = 5.0

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help='Such as "why do you stop?".')],
    limit_s: Annotated[float, typer.Option(min=0.1, help='Wait at most so long.')] = 30.0,
    namespace: Namespace = DEFAULT_NAMESPACE,
    domain_id: DomainId = None,
) -> None:
    """Ask the model about the newest image; exit code 0: answered, 1: not.

    The model must have been trained to answer.  The committed mini was not: it comments on its
    driving, but refuses every question; its newest commentary is printed then.
    """
    with open_console(namespace, domain_id) as console:
        answer = console.ask(question, limit_s)
        print(answer.text)
        if not answer.is_success and (text := console.newest_commentary(COMMENTARY_LIMIT_S)):
            print(f'Its commentary now: "{text}"')
    raise typer.Exit(0 if answer.is_success else 1)
