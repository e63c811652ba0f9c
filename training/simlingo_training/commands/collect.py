# SPDX-License-Identifier: Apache-2.0
"""Record episodes of the expert for training, in SimLingo's layout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from simlingo_evaluation.jobs.options import Cluster, GpuShare, WorkerCount
from simlingo_evaluation.jobs.workers import LOCAL, Workers
from simlingo_evaluation.route_check import stages_situations, what_is_ignored
from simlingo_evaluation.seeds import parse_seeds
from simlingo_sim.worlds import EMBEDDED, open_world, with_server
from simlingo_training.collect import ROUTES, CollectTask, collect, tasks

app = typer.Typer(add_completion=False, rich_markup_mode=None)

EXIT_FAILED = 1


@app.command()
def run(
    out: Annotated[Path, typer.Option(help='Root of the data set.')] = Path('data/mini'),
    seeds: Annotated[str, typer.Option(help='Seeds, such as 200-201 or 100.')] = '200-201',
    routes: Annotated[
        str, typer.Option(help='Route set or XML file, in training towns.')
    ] = ROUTES,
    route: Annotated[list[str] | None, typer.Option(help='Only this route; repeatable.')] = None,
    weather: Annotated[
        str,
        typer.Option(
            help="A weather preset of CARLA, 'random' (by the seed), 'noon', or empty: as the "
            'route has it.'
        ),
    ] = '',
    learner: Annotated[
        str,
        typer.Option(
            help='Takeover collection: this policy (mini, or a model folder) drives until it '
            'errs, the expert takes over, and only the expert is recorded.'
        ),
    ] = '',
    mix: Annotated[
        str,
        typer.Option(
            help="'hazards': up to three situations on each route, and frames around them."
        ),
    ] = '',
    world: Annotated[
        str,
        typer.Option(help='Where: embedded, carla, or carla://HOST:PORT of a CARLA server.'),
    ] = EMBEDDED,
    carla_host: Annotated[
        str, typer.Option(help='Machine of the CARLA server, with --world carla.')
    ] = '',
    carla_port: Annotated[
        int, typer.Option(min=0, max=65535, help='Its port; 0: 2000.', show_default=False)
    ] = 0,
    workers: WorkerCount = None,
    cluster: Cluster = LOCAL,
    gpus: GpuShare = 0.0,
) -> None:
    """Record episodes of the expert on the training routes; goes on where it was stopped.

    Exit code 1: some episodes could not be recorded; they are listed.
    """
    chosen = tuple(route or ())
    world = with_server(world, carla_host, carla_port)
    todo = tasks(out, parse_seeds(seeds), chosen, routes, learner, weather, mix, world)
    at_work = Workers.of(workers, cluster, gpus, local_count=2)
    console = Console()
    if world != EMBEDDED:
        # One server has one world.
        at_work = Workers()
        asked = [task.route for task in todo]
        for message in what_is_ignored(asked, is_staged=stages_situations(world)):
            console.print(f'warning: {message}', highlight=False)
        open_world(world).check_towns(route.town for route in asked)
    frames, events, failed = _record(todo, at_work)
    for text in failed:
        console.print(f'[red]not recorded[/red] {text}')
    console.print(f'{frames} frames in {out}')
    for name, count in sorted(events.items()):
        console.print(f'{count:6d} x {name}', highlight=False)
    if failed:
        raise typer.Exit(EXIT_FAILED)


def _record(todo: Sequence[CollectTask], workers: Workers) -> tuple[int, Counter[str], list[str]]:
    """Return the frames, how often each situation happened, and what was not recorded."""
    done = sum(task.folder.is_complete for task in todo)
    frames, failed = 0, []
    events: Counter[str] = Counter()
    with Progress(
        TextColumn('collecting{task.description}'),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn('{task.fields[note]}'),
        TimeRemainingColumn(),
        # Episodes take minutes; by the speed of the last 30 s there would be no estimate.
        speed_estimate_period=3600.0,
    ) as bar:
        line = bar.add_task('', total=len(todo), completed=done, note='')
        recorded = collect(
            todo,
            workers,
            on_state=lambda words: bar.update(line, description=f', {words}'),
        )
        for result in recorded:
            frames += result.frames
            events.update(result.events)
            bar.update(line, advance=1, note=f'{frames} frames')
            if result.error:
                failed.append(f'{result.task.folder.relative.name}: {result.error}')
    return frames, events, failed
