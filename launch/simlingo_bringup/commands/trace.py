# SPDX-License-Identifier: Apache-2.0
"""Trace where plans spend their time, from exposure to pedals, as JSON for Perfetto."""

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

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def trace(
    out: Annotated[Path, typer.Option(help='File to write.')] = Path('out/trace.json'),
    duration_s: Annotated[float, typer.Option(min=0.5, help='Listen for so long.')] = 10.0,
    role: Annotated[str, typer.Option('--role', help="The car's role name.")] = 'ego_vehicle',
    camera: Annotated[str, typer.Option('--camera', help='Id of the front camera.')] = 'rgb_front',
    namespace: Namespace = DEFAULT_NAMESPACE,
    domain_id: DomainId = None,
) -> None:
    """Listen to a running stack and write one trace for each plan; exit code 1: there was none.

    Open the file at https://ui.perfetto.dev or in chrome://tracing.
    """
    with open_console(namespace, domain_id) as console:
        recorder = console.trace(duration_s, role=role, camera=camera)
    # Not at the top: they are needed at the end only, and ``simlingo --help`` must be quick.
    from simlingo_bringup.plan_trace import explain, write_chrome
    from simlingo_core.files import write_atomically

    traces = recorder.complete()
    print(explain(traces))
    if not traces:
        raise typer.Exit(1)
    write_atomically(out, write_chrome(traces))
    print(f'trace: {out}')
