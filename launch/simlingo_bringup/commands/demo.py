# SPDX-License-Identifier: Apache-2.0
"""Drive the first graph for ten seconds and show what came of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from simlingo_bringup.environment import prepare_environment
from simlingo_bringup.graph import find_graph
from simlingo_bringup.resolution import resolve
from simlingo_bringup.supervisor import supervise
from simlingo_core.errors import BackendError
from simlingo_core.frame import TICK_PERIOD_S

app = typer.Typer(add_completion=False, rich_markup_mode=None)

LABELS = {
    'ticks': 'ticks of 0.05 s',
    'distance_m': 'distance [m]',
    'final_speed_mps': 'speed at the end [m/s]',
    'largest_deviation_m': 'largest deviation from the course [m]',
    'commands': 'commands received',
}


@app.command()
def demo(
    seconds: Annotated[float, typer.Option(min=1.0, help='How long to drive.')] = 10.0,
    folder: Annotated[Path, typer.Option(help='Where results go.')] = Path('out/demo'),
    lockstep: Annotated[bool, typer.Option(help='Wait for each command.')] = False,
) -> None:
    """Drive the first graph: a small world, a planner and a controller as ROS 2 nodes."""
    summary_path = folder.resolve() / 'summary.json'
    summary_path.unlink(missing_ok=True)
    arguments = {
        'episode_ticks': str(round(seconds / TICK_PERIOD_S)),
        'summary_path': str(summary_path),
        'lockstep': str(lockstep).lower(),
    }
    prepare_environment()
    code = supervise(resolve(find_graph('fixture'), arguments))
    if code:
        raise typer.Exit(code)
    if not summary_path.is_file():
        raise BackendError('the drive was stopped before its end; there is no summary')
    summary = json.loads(summary_path.read_text(encoding='utf-8'))
    for name, label in LABELS.items():
        value = summary[name]
        text = f'{value:.2f}' if isinstance(value, float) else str(value)
        print(f'{label:40}{text:>10}')
    print(f'summary: {summary_path}')
