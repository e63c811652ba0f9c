# SPDX-License-Identifier: Apache-2.0
"""Ask a running stack about what it drives by."""

from __future__ import annotations

from typing import Annotated

import typer

from simlingo_bringup.environment import prepare_environment

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help='Such as "why do you stop?".')],
    limit_s: Annotated[float, typer.Option(min=0.1, help='Wait at most so long.')] = 30.0,
    namespace: Annotated[str, typer.Option(help='Of the stack.')] = 'simlingo',
    domain_id: Annotated[
        int | None, typer.Option(min=0, max=232, help='ROS domain; default: ROS_DOMAIN_ID.')
    ] = None,
) -> None:
    """Ask the model about the newest image; exit code 0: answered, 1: not.

    The model must have been trained to answer.  The committed mini was not: it comments on its
    driving, but refuses every question.
    """
    prepare_environment(domain_id=domain_id)
    # Not at the top: rclpy must see the environment prepared above.
    from simlingo_bringup.console import StackConsole

    with StackConsole(namespace) as console:
        answer = console.ask(question, limit_s)
    print(answer.text)
    raise typer.Exit(0 if answer.is_success else 1)
