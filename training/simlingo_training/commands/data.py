# SPDX-License-Identifier: Apache-2.0
"""Check, count, clean, show and convert data sets; sort their frames into families."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from simlingo_core.files import write_atomically
from simlingo_evaluation.jobs.options import Cluster, WorkerCount
from simlingo_evaluation.jobs.workers import LOCAL, Workers

app = typer.Typer(add_completion=False, rich_markup_mode=None)

DataArgument = Annotated[Path, typer.Argument(help='Root of the data set.')]

EXIT_BROKEN = 1


@app.callback()
def main() -> None:
    """Look after data sets."""


@app.command()
def check(
    data: DataArgument,
    workers: WorkerCount = None,
    cluster: Cluster = LOCAL,
    json_path: Annotated[
        Path | None, typer.Option('--json', help='Write the broken files here as well.')
    ] = None,
) -> None:
    """Read every file of a data set and decode every image.

    Exit code 1: some cannot be used; file, field and reason of each are listed.
    """
    from simlingo_training.data_check import check_data
    from simlingo_training.data_problems import problem_table, table_console

    at_work = Workers.of(workers, cluster, local_count=2)
    report = check_data(at_work.path(data), at_work)
    if json_path is not None:
        broken = [
            {'file': str(p.path), 'field': p.field, 'reason': p.reason} for p in report.problems
        ]
        content = {'episodes': report.episodes, 'frames': report.frames, 'broken': broken}
        write_atomically(json_path, json.dumps(content, indent=1))
    print(f'{report.episodes} episodes with {report.frames} frames in {data}')
    if report.problems:
        table_console().print(problem_table(report.problems, at_work.path(data)))
        raise typer.Exit(EXIT_BROKEN)
    print('no broken files')


@app.command()
def stats(
    data: DataArgument,
    workers: WorkerCount = None,
    cluster: Cluster = LOCAL,
) -> None:
    """Count episodes (good, and left out by reason), frames, commentaries and dreams by mode."""
    from simlingo_training.data_problems import table_console
    from simlingo_training.data_stats import count_data, counts_table

    at_work = Workers.of(workers, cluster, local_count=2)
    table_console().print(counts_table(count_data(at_work.path(data), at_work), data))


@app.command()
def clean(
    data: DataArgument,
    really: Annotated[
        bool, typer.Option('--really', help='Remove them; without it they are listed only.')
    ] = False,
) -> None:
    """List the episodes that upstream's rules remove, and why; --really removes them."""
    from simlingo_training.data_clean import find_removals, removals_table, remove
    from simlingo_training.data_problems import table_console

    removals = find_removals(data)
    if removals:
        table_console().print(removals_table(removals, data))
    if really:
        remove(removals)
    done = 'removed' if really else 'would be removed; --really removes them'
    print(f'{len(removals)} episodes {done}')


@app.command()
def show(
    data: DataArgument,
    episode: Annotated[str, typer.Option(help='Part of its path; empty: the first one.')] = '',
    frame: Annotated[int, typer.Option(min=0, help='Number of the frame.')] = 20,
    out: Annotated[Path | None, typer.Option(help='Draw it into this JPEG as well.')] = None,
) -> None:
    """Print what is known about one frame, and draw its labels."""
    from simlingo_training.data_show import draw_frame, find_episode, show_frame

    sample, lines = show_frame(find_episode(data, episode), frame)
    print('\n'.join(lines))
    if out is not None:
        draw_frame(sample, out)
        print(f'drawn into {out}')


@app.command()
def convert(
    data: DataArgument,
    out: Annotated[Path, typer.Argument(help='Root of the new data set.')],
) -> None:
    """Write a data set of an older version in the layout of today; images are linked.

    Exit code 1: some files could not be read; they are listed and left out.
    """
    from simlingo_training.data_convert import convert as convert_data
    from simlingo_training.data_problems import problem_table, table_console

    count, problems = convert_data(data, out)
    print(f'{count} episodes in {out}')
    if problems:
        table_console().print(problem_table(problems, data))
        raise typer.Exit(EXIT_BROKEN)


@app.command()
def buckets(
    data: DataArgument,
    workers: WorkerCount = None,
    cluster: Cluster = LOCAL,
) -> None:
    """Write which frames belong to which of upstream's families, for mix.families of a recipe.

    Exit code 1: some files could not be read; they are listed.
    """
    from simlingo_training.bucket_families import UPSTREAM_WEIGHTS
    from simlingo_training.bucket_file import make_buckets, read_buckets
    from simlingo_training.data_problems import problem_table, table_console

    at_work = Workers.of(workers, cluster, local_count=2)
    path, problems = make_buckets(at_work.path(data), at_work)
    found = read_buckets(path)
    for name in sorted({*found.families, *UPSTREAM_WEIGHTS}):
        print(f'{name:45} {len(found.members(name)):8} frames')
    print(f'written to {path}')
    if problems:
        table_console().print(problem_table(problems, at_work.path(data)))
        raise typer.Exit(EXIT_BROKEN)
