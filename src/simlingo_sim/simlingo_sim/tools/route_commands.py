# SPDX-License-Identifier: Apache-2.0
"""Cut route files of the CARLA leaderboard into short routes around their scenarios."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.callback()
def main() -> None:
    """Work on route files."""


@app.command()
def split(
    files: Annotated[list[Path], typer.Argument(help='Route files (XML), or a route set.')],
    out: Annotated[
        Path,
        typer.Option(help='Folder: <scenario type>/<id>.xml, one route each, and split.json.'),
    ],
    scenarios: Annotated[int, typer.Option(min=1, help='Scenarios on a short route.')] = 1,
    samples: Annotated[
        int, typer.Option(min=0, help='Routes of each scenario type; 0: all, each once.')
    ] = 0,
    frequent_kept: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help='Share kept of ControlLoss and HardBreakRoute.'),
    ] = 1.0,
    keep_weather: Annotated[
        bool, typer.Option('--keep-weather', help="Keep the files' weather; else it is drawn.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help='Of all draws.')] = 0,
) -> None:
    """Cut long routes around their scenarios, and balance the scenario types."""
    from simlingo_core.files import write_atomically
    from simlingo_sim.tools.route_split import SplitSettings, split_routes
    from simlingo_sim.tools.town_plans import plan_in_town
    from simlingo_sim.town.route_files import read_routes, write_routes

    routes = [route for file in files for route in read_routes(file)]
    settings = SplitSettings(
        scenarios=scenarios,
        samples=samples,
        frequent_kept=frequent_kept,
        keeps_weather=keep_weather,
        seed=seed,
    )
    result = split_routes(routes, settings, plan_in_town)
    for route in result.routes:
        path = out / route.situations[0].name / f'{route.id}.xml'
        path.parent.mkdir(parents=True, exist_ok=True)
        write_routes(path, [route])
    report = {'routes': len(result.routes), 'counts': result.counts, 'left_out': result.left_out}
    write_atomically(out / 'split.json', json.dumps(report, indent=1))
    for warning in result.warnings:
        print(f'warning: {warning}')
    for name, count in result.counts.items():
        print(f'{count:6d}  {name}')
    for reason, count in result.left_out.items():
        print(f'left out: {count} scenarios, {reason}')
    print(f'{len(result.routes)} routes in {out}')


@app.command()
def stageable(
    file: Annotated[str, typer.Argument(help='A route file (XML), or a route set.')],
    maps: Annotated[
        Path | None, typer.Option(help='Folder with <town>.xodr; default: the towns here.')
    ] = None,
    json_path: Annotated[
        Path | None, typer.Option('--json', help='Write the numbers and reasons here as well.')
    ] = None,
) -> None:
    """List, scenario by scenario, what of a route file could be staged in its towns."""
    from simlingo_core.files import write_atomically
    from simlingo_sim.tools.stageable import check_file, towns_in
    from simlingo_sim.town.route_files import read_routes

    reports = check_file(read_routes(file), towns_in(maps))
    typer.echo('in file, known, fit at their trigger, fit somewhere on their route:')
    for name, report in reports.items():
        numbers = (report.routes, report.known, report.placed, report.fitting)
        most = report.reasons.most_common(1)
        reason = f'  {most[0][1]}: {most[0][0]}' if most else ''
        typer.echo(f'{name:42}' + ''.join(f'{number:5}' for number in numbers) + reason)
    if json_path is not None:
        content = {
            name: {**vars(report), 'reasons': dict(report.reasons.most_common())}
            for name, report in reports.items()
        }
        write_atomically(json_path, json.dumps(content, indent=1))
