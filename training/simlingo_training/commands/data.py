# SPDX-License-Identifier: Apache-2.0
"""Check and count data sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from simlingo_core.files import write_atomically

app = typer.Typer(add_completion=False, rich_markup_mode=None)

EXIT_BROKEN = 1


@app.callback()
def main() -> None:
    """Look after data sets."""


@app.command()
def check(
    data: Annotated[Path, typer.Argument(help='Root of the data set.')],
    workers: Annotated[int, typer.Option(min=1, help='Processes.')] = 2,
    json_path: Annotated[
        Path | None, typer.Option('--json', help='Write the broken files here as well.')
    ] = None,
) -> None:
    """Read every file of a data set and decode every image.

    Exit code 1: some cannot be used; file, field and reason of each are listed.
    """
    from simlingo_training.data_check import check_data
    from simlingo_training.data_problems import problem_table, table_console

    report = check_data(data, workers)
    if json_path is not None:
        broken = [
            {'file': str(p.path), 'field': p.field, 'reason': p.reason} for p in report.problems
        ]
        content = {'episodes': report.episodes, 'frames': report.frames, 'broken': broken}
        write_atomically(json_path, json.dumps(content, indent=1))
    print(f'{report.episodes} episodes with {report.frames} frames in {data}')
    if report.problems:
        table_console().print(problem_table(report.problems, data))
        raise typer.Exit(EXIT_BROKEN)
    print('no broken files')


@app.command()
def stats(
    data: Annotated[Path, typer.Argument(help='Root of the data set.')],
    workers: Annotated[int, typer.Option(min=1, help='Processes.')] = 2,
) -> None:
    """Count episodes (good, and left out by reason), frames, commentaries and dreams by mode."""
    from simlingo_training.data_problems import table_console
    from simlingo_training.data_stats import count_data, counts_table

    table_console().print(counts_table(count_data(data, workers), data))
