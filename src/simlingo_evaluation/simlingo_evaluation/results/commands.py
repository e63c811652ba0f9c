# SPDX-License-Identifier: Apache-2.0
"""Read the result files of the CARLA leaderboard and of Bench2Drive."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from simlingo_core.files import write_atomically

app = typer.Typer(add_completion=False, help=__doc__, pretty_exceptions_enable=False)

Folders = Annotated[list[Path], typer.Argument(help='Folders with result files (*.json).')]
Out = Annotated[Path, typer.Option(help='The merged file.')]
Protocol = Annotated[
    str,
    typer.Option(
        help='bench2drive divides by --total; simlingo_upstream leaves out crashed agents and '
        'divides by what is left.'
    ),
]
Total = Annotated[int, typer.Option(min=1, help='Number of routes of the benchmark.')]
LastOnly = Annotated[
    bool, typer.Option('--last-only', help='Count only the last record of each route.')
]


@app.callback()
def results() -> None:
    """Read the result files of the CARLA leaderboard and of Bench2Drive."""


@app.command('merge')
def merge_command(
    folders: Folders,
    out: Out,
    protocol: Protocol = 'bench2drive',
    total: Total = 220,
    last_only: LastOnly = False,
) -> None:
    """Merge result files in the format of Bench2Drive's merge_route_json.py."""
    # Here and not at the top: --help shall be quick.
    from simlingo_evaluation.results.merge import merge, read_folders, warnings_of
    from simlingo_sim.score.protocol import find_protocol

    rules = find_protocol(protocol)
    files = read_folders(folders)
    merged = merge(files, rules, total=total, keeps_duplicates=not last_only)
    for message in warnings_of(files, total):
        typer.echo(f'warning: {message}', err=True)
    write_atomically(out, json.dumps(merged, indent=4))
    typer.echo(
        f'{protocol}: driving score {merged["driving score"]:.3f}, success rate '
        f'{merged["success rate"]:.2%}, {merged["eval num"]} records: {out}'
    )
