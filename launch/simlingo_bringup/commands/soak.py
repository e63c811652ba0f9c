# SPDX-License-Identifier: Apache-2.0
"""Drive for hours in real time and look whether anything grows."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Annotated

import typer

from simlingo_bringup.environment import prepare_environment

app = typer.Typer(add_completion=False, rich_markup_mode=None)

EXIT_GREW = 1
EIGHT_HOURS_MIN = 480.0


@app.command()
def soak(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar='[NAME:=VALUE]...', help="Arguments of 'simlingo up'."),
    ] = None,
    minutes: Annotated[float, typer.Option(min=1.0, help='How long.')] = EIGHT_HOURS_MIN,
    out: Annotated[Path, typer.Option(help='New folder for results.')] = Path('out/soak'),
    sample_s: Annotated[float, typer.Option(min=1.0, help='From look to look.')] = 30.0,
    route_s: Annotated[float, typer.Option(min=10.0, help='Time on each route.')] = 180.0,
    latency_limit: Annotated[
        float,
        typer.Option(
            min=0.0, help='How much slower plans may be at the end, as a ratio; 0: not judged.'
        ),
    ] = 1.3,
    domain_id: Annotated[
        int | None, typer.Option(min=0, max=232, help='ROS domain; default: ROS_DOMAIN_ID.')
    ] = None,
) -> None:
    """Run stack, page and recorder; sample memory, threads, handles and plan times.

    Log and recording are rotated. Results: summary.json, samples.jsonl, table.md, curves.png.
    Ctrl-C ends early, with results. Exit code 1: something grew, or the stack ended.
    """
    prepare_environment(domain_id=domain_id)
    # Not at the top: rclpy must see the environment prepared above.
    from simlingo_bringup.soak.page import write_results
    from simlingo_bringup.soak.run import Soak, SoakSettings
    from simlingo_bringup.soak.verdict import Limits, judge
    from simlingo_core.errors import ConfigError

    if (out / 'bag').exists():
        raise ConfigError(f'{out} holds an earlier soak; name another folder with --out')
    out.mkdir(parents=True, exist_ok=True)
    run = Soak(
        SoakSettings(
            folder=out,
            duration_s=60.0 * minutes,
            sample_period_s=sample_s,
            route_period_s=route_s,
            arguments=tuple(arguments or ()),
        )
    )
    try:
        with (out / 'samples.jsonl').open('w') as file:
            for sample in run.run():
                file.write(json.dumps(sample.to_dict()) + '\n')
                file.flush()
                memory_mb = sum(process.memory_mb for process in sample.processes)
                print(
                    f'{sample.t_s / 60.0:7.1f} min  {memory_mb:6.0f} MB  {sample.plans:4d} plans  '
                    f'{sample.latency_ms:6.1f} ms',
                    flush=True,
                )
    except KeyboardInterrupt:
        print('ended early')
    curves = judge(run.samples, Limits(latency_ratio=latency_limit or float('inf')))
    facts = {
        'minutes': round(run.samples[-1].t_s / 60.0, 1) if run.samples else 0.0,
        'machine': platform.processor() or platform.machine(),
        'plans': sum(sample.plans for sample in run.samples),
        'episodes': run.episodes,
        'log lines lost': run.lost_lines,
        'largest log and recording [MB]': [
            round(max((s.log_mb for s in run.samples), default=0.0), 1),
            round(max((s.bag_mb for s in run.samples), default=0.0), 1),
        ],
    }
    print(write_results(out, run.samples, curves, facts))
    print(f'results in {out}')
    if not all(curve.is_flat for curve in curves):
        raise typer.Exit(EXIT_GREW)
