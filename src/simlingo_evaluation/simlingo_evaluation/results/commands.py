# SPDX-License-Identifier: Apache-2.0
"""Read the result files of the CARLA leaderboard and of Bench2Drive."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from simlingo_core.files import write_atomically

app = typer.Typer(add_completion=False, help=__doc__, pretty_exceptions_enable=False)

Folders = Annotated[
    list[Path], typer.Argument(help='Folders with result files (*.json), or files.')
]
Results = Annotated[Path, typer.Argument(help='A result file, merged.json, or a folder.')]
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
RouteFile = Annotated[
    str, typer.Argument(help='The route file: an .xml path, or a set such as test.')
]
Maps = Annotated[
    Path | None,
    typer.Option(help='Folder with Town*.xodr, for routes that failed past their junction.'),
]
Metrics = Annotated[
    Path, typer.Option(help='Folder with <save_name>/metric_info.json of each route.')
]
Period = Annotated[float, typer.Option(min=0.001, help='True time between two steps [s].')]
JsonPath = Annotated[Path | None, typer.Option('--json', help='Write the numbers here as well.')]
AbilityOut = Annotated[
    Path | None, typer.Option(help='Default: <results>_ability.json, as the original.')
]
Rollouts = Annotated[
    list[Path], typer.Argument(help='Result files or folders, one for each rollout.')
]
MetricFolders = Annotated[
    list[Path] | None,
    typer.Option('--metrics', help='Folder of the logs; once for each rollout, in their order.'),
]
MaybeTotal = Annotated[
    int | None, typer.Option(min=1, help="Routes of the benchmark; default: the files' progress.")
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
        _warn(message)
    write_atomically(out, json.dumps(merged, indent=4))
    typer.echo(
        f'{protocol}: driving score {merged["driving score"]:.3f}, success rate '
        f'{merged["success rate"]:.2%}, {merged["eval num"]} records: {out}'
    )


@app.command('ability')
def ability_command(
    route_file: RouteFile,
    merged: Results,
    maps: Maps = None,
    out: AbilityOut = None,
) -> None:
    """Count Bench2Drive's five abilities, as its ability_benchmark.py 0.0.4 does."""
    from simlingo_evaluation.results.abilities import count_abilities, first_junction_share
    from simlingo_evaluation.results.comparison import read_rollout
    from simlingo_sim.town.route_files import read_routes

    rollout = read_rollout(merged, total=None)
    junction_share = first_junction_share(maps) if maps is not None else None
    report = count_abilities(read_routes(route_file), rollout.records, junction_share)
    file = report.as_file()
    path = out or merged.with_name(f'{merged.stem}_ability.json')
    write_atomically(path, json.dumps(file, indent=4))
    for name, (successes, count) in report.counts.items():
        typer.echo(f'{name:16} {successes:4} of {count:4} {_percent(file[name])}')
    typer.echo(f'{"mean":16} {"":12} {_percent(file["mean"])}')
    if report.crashed:
        _warn(f'{len(report.crashed)} routes have no record and are not counted')
    if report.undecided:
        _warn(
            f'route {", ".join(report.undecided)} failed; whether past the first junction is not '
            'known without the maps of CARLA (--maps), so that they count as failures'
        )
    if report.without_ability:
        _warn(f'{len(report.without_ability)} routes have a scenario that belongs to no ability')
    typer.echo(str(path))


@app.command('comfort')
def comfort_command(
    merged: Results, metrics: Metrics, period: Period = 0.05, json_path: JsonPath = None
) -> None:
    """Share of comfortable segments: as Bench2Drive's tool computes it, and corrected."""
    from simlingo_evaluation.results.comparison import read_rollout
    from simlingo_evaluation.results.measures import comfort_of

    numbers = comfort_of(read_rollout(merged, total=None).records, metrics, period_s=period)
    typer.echo(f'official  {_percent(numbers["driving_smoothness"])}')
    typer.echo(f'corrected {_percent(numbers["driving_smoothness_corrected"])}')
    typer.echo(
        'The official number takes 0.1 s for the period of the steps, deg/s for rad/s, and the '
        'yaw rate for the yaw acceleration; the corrected one does not.'
    )
    if numbers['missing']:
        _warn(f'{len(numbers["missing"])} routes have no log: {", ".join(numbers["missing"][:5])}')
    _write(json_path, numbers)


@app.command('efficiency')
def efficiency_command(merged: Results, json_path: JsonPath = None) -> None:
    """Mean speed against the traffic around, as Bench2Drive's tool computes it."""
    from simlingo_evaluation.results.comparison import read_rollout
    from simlingo_evaluation.results.measures import efficiency_of

    numbers = efficiency_of(read_rollout(merged, total=None).records)
    value = numbers['driving_efficiency']
    typer.echo('efficiency: ' + ('no entries' if value is None else f'{value:.2f} %'))
    typer.echo(f'{numbers["routes_with_entries"]} of {numbers["routes"]} routes have entries')
    _write(json_path, numbers)


@app.command('compare')
def compare_command(
    rollouts: Rollouts,
    metrics: MetricFolders = None,
    total: MaybeTotal = None,
    json_path: JsonPath = None,
) -> None:
    """Rollouts side by side, under the rules of four protocols at once.

    The rules are leaderboard 2.0 and 2.1, Bench2Drive, and SimLingo's changed copy of it.
    """
    from rich.console import Console
    from rich.table import Table

    from simlingo_core.errors import ConfigError
    from simlingo_evaluation.results.comparison import (
        difference,
        measures_of,
        read_rollout,
        table_of,
    )

    if metrics and len(metrics) != len(rollouts):
        raise ConfigError(
            f'--metrics is given {len(metrics)} times for {len(rollouts)} rollouts; give it once '
            'for each, or not at all'
        )
    logs: list[Path | None] = [*metrics] if metrics else [None] * len(rollouts)
    read = [read_rollout(p, total=total, metrics=m) for p, m in zip(rollouts, logs, strict=True)]
    measured = [measures_of(rollout) for rollout in read]
    table = Table('', *(rollout.name for rollout in read))
    for row in table_of(measured):
        table.add_row(*row)
    Console(soft_wrap=True).print(table)
    differences = [difference(read[0], other) for other in read[1:]]
    for other, gain in zip(read[1:], differences, strict=True):
        score = gain['driving_score']
        typer.echo(
            f'{other.name} against {read[0].name} on {gain["routes"]} routes of both: '
            + (
                f'{score["mean"]:+.2f} points{_range(score)}, '
                f'{len(gain["better"])} routes better, {len(gain["worse"])} worse'
                if score
                else 'nothing to compare'
            )
        )
    _write(json_path, {'rollouts': measured, 'differences': differences})


def _range(score: Mapping[str, float | None]) -> str:
    low, high = score['low'], score['high']
    return '' if low is None or high is None else f' [{low:+.2f}, {high:+.2f}]'


def _percent(share: float | None) -> str:
    return 'no routes' if share is None else f'{share:8.2%}'


def _warn(message: str) -> None:
    typer.echo(f'warning: {message}', err=True)


def _write(path: Path | None, numbers: Any) -> None:
    if path is not None:
        write_atomically(path, json.dumps(numbers, indent=1))
