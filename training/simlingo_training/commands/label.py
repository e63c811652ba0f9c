# SPDX-License-Identifier: Apache-2.0
"""Write commentary and dreams beside recorded episodes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simlingo_training.data_problems import problem_table, table_console
from simlingo_training.label import label_all

app = typer.Typer(add_completion=False, rich_markup_mode=None)

EXIT_FAILED = 1


@app.command()
def run(
    data: Annotated[Path, typer.Option(help='Root of the data set.')] = Path('data/mini'),
) -> None:
    """Write commentary and dreams for every episode that has none yet.

    Exit code 1: measurements cannot be read; they are listed, and their frames have no labels.
    """
    count, problems = label_all(data)
    print(f'{count} frames labelled in {data}')
    if problems:
        table_console().print(problem_table(problems, data))
        raise typer.Exit(EXIT_FAILED)
