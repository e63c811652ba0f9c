# SPDX-License-Identifier: Apache-2.0
"""Write commentary, questions and dreams beside recorded episodes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from simlingo_evaluation.jobs.options import Cluster, WorkerCount
from simlingo_evaluation.jobs.workers import LOCAL, Workers
from simlingo_training.data_problems import problem_table, table_console
from simlingo_training.dreaming.realism import realism_table
from simlingo_training.label import LabelReport, label_all

app = typer.Typer(add_completion=False, rich_markup_mode=None)

EXIT_FAILED = 1


@app.command()
def run(
    data: Annotated[Path, typer.Option(help='Root of the data set.')] = Path('data/mini'),
    samples: Annotated[
        Path | None, typer.Option(help='Write a page of samples here, and no labels.')
    ] = None,
    count: Annotated[int, typer.Option(min=1, help='Samples of each kind.')] = 50,
    seed: Annotated[int, typer.Option(help='Of the samples.')] = 0,
    workers: WorkerCount = None,
    cluster: Cluster = LOCAL,
) -> None:
    """Write commentary, questions and dreams for every episode that lacks some.

    The table tells how many dreams of each mode were dropped because the car cannot drive them.

    Exit code 1: files cannot be read; they are listed, and their frames have no labels.
    """
    if samples is not None:
        from simlingo_training.label_samples import write_page

        for kind, number in write_page(data, samples, count, seed).items():
            print(f'{number:4d} {kind}')
        print(f'samples: {samples}')
        return
    at_work = Workers.of(workers, cluster, local_count=1)
    report = _label(at_work.path(data), at_work)
    print(f'{report.frames} frames labelled in {data}')
    if report.realism.made:
        table_console().print(realism_table(report.realism))
    if report.problems:
        table_console().print(problem_table(report.problems, at_work.path(data)))
        raise typer.Exit(EXIT_FAILED)


def _label(data: Path, workers: Workers) -> LabelReport:
    with Progress(
        TextColumn('labelling{task.description}'),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        speed_estimate_period=3600.0,
    ) as bar:
        line = bar.add_task('', total=None)
        return label_all(
            data,
            workers,
            on_state=lambda words: bar.update(line, description=f', {words}'),
            on_done=lambda done, total: bar.update(line, completed=done, total=total),
        )
