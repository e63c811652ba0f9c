# SPDX-License-Identifier: Apache-2.0
"""Show what runs, what is missing and how old the plan is, on one screen."""

from __future__ import annotations

from typing import Annotated

import typer

from simlingo_bringup.environment import prepare_environment

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def status(
    duration_s: Annotated[float, typer.Option(min=0.5, help='Listen for so long.')] = 3.0,
    namespace: Annotated[str, typer.Option(help='Of the stack.')] = 'simlingo',
    domain_id: Annotated[
        int | None, typer.Option(min=0, max=232, help='ROS domain; default: ROS_DOMAIN_ID.')
    ] = None,
) -> None:
    """Show safety state and diagnostics of a running stack; exit code 1: nothing runs."""
    prepare_environment(domain_id=domain_id)
    # Not at the top: rclpy must see the environment prepared above.
    from simlingo_bringup.console import StackConsole, render_status

    with StackConsole(namespace) as console:
        state, lines = console.observe(duration_s)
    print(render_status(state, lines, namespace))
    raise typer.Exit(0 if state is not None or lines else 1)
