# SPDX-License-Identifier: Apache-2.0
"""Show on one screen what runs, what is missing, how old it is, and what the car does."""

from __future__ import annotations

from typing import Annotated

import typer

from simlingo_bringup.console_options import (
    DEFAULT_NAMESPACE,
    DomainId,
    Namespace,
    open_console,
)

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def status(
    duration_s: Annotated[float, typer.Option(min=0.5, help='Listen for so long.')] = 3.0,
    namespace: Namespace = DEFAULT_NAMESPACE,
    domain_id: DomainId = None,
) -> None:
    """Show what a running stack does, by whose data and why; exit code 1: nothing runs."""
    with open_console(namespace, domain_id) as console:
        view = console.observe(duration_s)
    # Not at the top: it is needed at the end only, and ``simlingo --help`` must be quick.
    from simlingo_bringup.status_screen import render_status

    print(render_status(view, namespace))
    raise typer.Exit(1 if view.is_empty else 0)
