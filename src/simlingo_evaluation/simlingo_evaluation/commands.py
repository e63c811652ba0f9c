# SPDX-License-Identifier: Apache-2.0
"""Measure policies in closed loop: routes x seeds x policies, scores, failures with images."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from simlingo_core.errors import ConfigError
from simlingo_core.schedule import Schedule

app = typer.Typer(add_completion=False, help=__doc__, pretty_exceptions_enable=False)

PACKAGES = ('simlingo_evaluation', 'simlingo_sim', 'libsumo', 'carla', 'panda3d', 'numpy', 'torch')


@app.command()
def evaluate(
    policy: Annotated[
        list[str] | None,
        typer.Option(
            help='mini, expert, expert_policy, route_follower, a model folder, or blind= and one '
            'of the models; may be repeated.'
        ),
    ] = None,
    routes: Annotated[
        list[str] | None,
        typer.Option(help='Route set (train, test) or an XML file; may be repeated.'),
    ] = None,
    route: Annotated[
        list[str] | None, typer.Option(help='Only the routes with these ids; may be repeated.')
    ] = None,
    seeds: Annotated[str, typer.Option(help='Such as 0,1,2 or 0-2.')] = '0',
    situation: Annotated[str, typer.Option(help='Stage this on every route instead.')] = '',
    protocol: Annotated[
        str,
        typer.Option(help='leaderboard_2_0, leaderboard_2_1, bench2drive or simlingo_upstream.'),
    ] = 'bench2drive',
    workers: Annotated[int, typer.Option(min=1, help='Processes.')] = 1,
    out: Annotated[
        Path | None, typer.Option(help='Run folder; an old one is resumed. Default: out/eval/...')
    ] = None,
    json_path: Annotated[
        Path | None, typer.Option('--json', help='Write the numbers here as well.')
    ] = None,
    plan_period: Annotated[int, typer.Option(min=1, help='Ticks from plan to plan.')] = 4,
    plan_latency: Annotated[int, typer.Option(min=0, help='Ticks until a plan counts.')] = 2,
    strips: Annotated[bool, typer.Option(help='Draw images of failures.')] = True,
    instruction: Annotated[str, typer.Option(help='Say this to policies on every drive.')] = '',
    instruction_at: Annotated[
        float, typer.Option(min=0.0, help='Simulation time it is said at [s].')
    ] = 8.0,
    instructions: Annotated[
        bool,
        typer.Option(
            '--instructions',
            help='Instead of scores: tell policies to slow down, stop and change lanes, and count '
            'how often they do.',
        ),
    ] = False,
) -> None:
    """Drive routes with policies and report scores, infractions and failures."""
    # Here and not at the top: --help shall be quick.
    from simlingo_evaluation.campaign import Campaign, routes_of

    campaign = Campaign(
        policies=tuple(policy or (['mini'] if instructions else ['expert', 'route_follower'])),
        routes=routes_of(routes or ['test'], route or []),
        seeds=parse_seeds(seeds),
        situation=situation,
        protocol=protocol,
        schedule=Schedule(plan_period, plan_latency),
        workers=workers,
        folder=out or _new_folder(),
        has_strips=strips,
        instruction=instruction,
        instruction_s=instruction_at if instruction else 0.0,
    )
    summary = _run_instructions(campaign) if instructions else _run(campaign)
    if json_path is not None:
        json_path.parent.mkdir(parents=True, exist_ok=True)
        json_path.write_text(json.dumps(summary, indent=1))


def parse_seeds(text: str) -> tuple[int, ...]:
    """Return the seeds meant by ``0,1,2`` or ``0-2``.

    Raises:
        ConfigError: the text is neither.
    """
    seeds: list[int] = []
    for part in text.split(','):
        first, dash, last = part.strip().partition('-')
        if not first.isdigit() or (dash and not last.isdigit()):
            raise ConfigError(f'seeds are {text!r}; expected numbers such as 0,1,2 or 0-2')
        seeds += range(int(first), int(last if dash else first) + 1)
    if not seeds or len(set(seeds)) != len(seeds):
        raise ConfigError(f'seeds are {text!r}; expected each number once')
    return tuple(seeds)


def _run(campaign: Any) -> dict[str, Any]:
    from simlingo_evaluation.campaign import run_campaign
    from simlingo_evaluation.markdown import TABLE_FILE, markdown
    from simlingo_evaluation.policies import policy_label
    from simlingo_evaluation.summary import print_tables, summarise
    from simlingo_sim.score.protocol import find_protocol

    # Where nobody set a width (files, pipes) the tables need more than 80 columns.
    console = Console() if sys.stdout.isatty() else Console(width=120)
    protocol = find_protocol(campaign.protocol)
    asked = {name: len(campaign.routes) * len(campaign.seeds) for name in campaign.policies}
    _write_manifest(campaign)
    records = []
    with _progress(console) as progress:
        bar = progress.add_task('drives', total=sum(asked.values()))
        for record in run_campaign(campaign):
            records.append(record)
            if not record.score.is_success:
                progress.console.print(
                    f'{record.policy} route {record.route_id} seed {record.seed}: {record.cause}',
                    highlight=False,
                )
            progress.advance(bar)
    order = {task.record_path: n for n, task in enumerate(campaign.tasks())}
    summary = summarise(_sorted(records, order, campaign), asked, protocol)
    for name, numbers in summary['policies'].items():
        leaderboard = campaign.folder / f'leaderboard_{policy_label(name)}.json'
        leaderboard.write_text(json.dumps(numbers['leaderboard'], indent=1))
    (campaign.folder / 'summary.json').write_text(json.dumps(summary, indent=1))
    (campaign.folder / TABLE_FILE).write_text(markdown(summary, len(campaign.seeds)))
    print_tables(summary, console)
    console.print(f'results in {campaign.folder}', highlight=False)
    return summary


def _run_instructions(campaign: Any) -> dict[str, Any]:
    from simlingo_evaluation.campaign import claim_folder
    from simlingo_evaluation.instruction_episodes import run_tries, summarise_tries, tries_markdown
    from simlingo_evaluation.markdown import TABLE_FILE

    console = Console() if sys.stdout.isatty() else Console(width=120)
    claim_folder(campaign)
    _write_manifest(campaign)
    tasks = campaign.tasks()
    tries: list[Any] = []
    with _progress(console) as progress:
        bar = progress.add_task('drives', total=len(tasks))
        for found in run_tries(tasks, campaign.workers):
            tries += found
            for one in found:
                outcome = 'followed' if one.is_obeyed else 'NOT followed'
                progress.console.print(
                    f'{one.policy} route {one.route_id} seed {one.seed}, {one.told_s:.1f} s, '
                    f'"{one.text}": {outcome}, {one.measured}',
                    highlight=False,
                )
            progress.advance(bar)
    tries.sort(key=lambda one: (one.policy, one.kind, one.route_id, one.seed))
    summary = summarise_tries(tries)
    (campaign.folder / 'instructions.json').write_text(json.dumps(summary, indent=1))
    table = tries_markdown(summary)
    (campaign.folder / TABLE_FILE).write_text(table)
    console.print(table, highlight=False)
    console.print(f'results in {campaign.folder}', highlight=False)
    return summary


def _sorted(records: list[Any], order: dict[Path, int], campaign: Any) -> list[Any]:
    """Put the records into the order of the tasks, whichever process was faster."""
    by_key = {
        (task.policy, task.route.id, task.route.town, task.seed): order[task.record_path]
        for task in campaign.tasks()
    }
    return sorted(records, key=lambda r: by_key[(r.policy, r.route_id, r.town, r.seed)])


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn('{task.description}'),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )


def _new_folder() -> Path:
    return Path('out') / 'eval' / datetime.now(UTC).strftime('%Y%m%d_%H%M%S')


def _write_manifest(campaign: Any) -> None:
    campaign.folder.mkdir(parents=True, exist_ok=True)
    manifest = {
        'command': sys.argv,
        'started': datetime.now(UTC).isoformat(timespec='seconds'),
        **campaign.settings(),
        'versions': {name: _version(name) for name in PACKAGES},
        'git_commit': _git_commit(),
    }
    (campaign.folder / 'manifest.json').write_text(json.dumps(manifest, indent=1))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return 'not installed'


def _git_commit() -> str:
    """Return the commit of this source tree, empty outside one."""
    try:
        answer = subprocess.run(
            ['git', 'rev-parse', 'HEAD'],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ''
    return answer.stdout.strip()
