# SPDX-License-Identifier: Apache-2.0
"""A campaign as ``simlingo eval`` runs it: progress, result files, tables."""

from __future__ import annotations

import json
import sys
from typing import Any

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
from simlingo_core.files import write_atomically
from simlingo_evaluation.campaign import Campaign, claim_folder, run_campaign
from simlingo_evaluation.instruction_episodes import run_trials
from simlingo_evaluation.instruction_summary import summarise_trials, trials_markdown
from simlingo_evaluation.instruction_trials import TrialRecord
from simlingo_evaluation.manifest import write_manifest
from simlingo_evaluation.markdown import TABLE_FILE, markdown
from simlingo_evaluation.policies import policy_label
from simlingo_evaluation.records import EpisodeRecord
from simlingo_evaluation.route_check import stages_situations, what_is_ignored
from simlingo_evaluation.summary import summarise
from simlingo_evaluation.tables import print_tables
from simlingo_sim.score.protocol import find_protocol
from simlingo_sim.worlds import EMBEDDED, open_world


def run_scores(campaign: Campaign, *, retry_crashed: bool = False) -> dict[str, Any]:
    """Drive what is missing, write the results, print the tables; returns the summary.

    Raises:
        ConfigError: the folder holds episodes of a campaign with other settings.
        BackendError: workers keep dying, or there is no such cluster.
        WorldError: the server of the world does not answer, or lacks a town.
    """
    console = _console()
    protocol = find_protocol(campaign.protocol)
    for message in what_is_ignored(campaign.routes, is_staged=stages_situations(campaign.world)):
        console.print(f'warning: {message}', highlight=False)
    if campaign.world != EMBEDDED:
        open_world(campaign.world).check_towns(route.town for route in campaign.routes)
    claim_folder(campaign)
    write_manifest(campaign)
    records = _drive(campaign, console, retry_crashed=retry_crashed)
    asked = {name: len(campaign.routes) * len(campaign.seeds) for name in campaign.policies}
    summary = summarise(records, asked, protocol)
    for name, numbers in summary['policies'].items():
        leaderboard = campaign.folder / f'leaderboard_{policy_label(name)}.json'
        write_atomically(leaderboard, json.dumps(numbers['leaderboard'], indent=1))
    write_atomically(campaign.folder / 'summary.json', json.dumps(summary, indent=1))
    write_atomically(campaign.folder / TABLE_FILE, markdown(summary, len(campaign.seeds)))
    print_tables(summary, console)
    console.print(f'results in {campaign.folder}', highlight=False)
    return summary


def _drive(campaign: Campaign, console: Console, *, retry_crashed: bool) -> list[EpisodeRecord]:
    """Return all records in the order of the tasks, whichever process was faster."""
    order = {task.key: number for number, task in enumerate(campaign.tasks())}
    records = []
    with _progress(console) as progress:
        bar = progress.add_task('episodes', total=len(order))
        driven = run_campaign(
            campaign,
            retry_crashed=retry_crashed,
            on_state=lambda words: progress.update(bar, description=f'episodes, {words}'),
        )
        for record in driven:
            records.append(record)
            if not record.score.is_success:
                progress.console.print(
                    f'{record.policy} route {record.route_id} seed {record.seed}: {record.cause}',
                    highlight=False,
                )
            progress.advance(bar)
    return sorted(records, key=lambda record: order[record.key])


def run_instructions(campaign: Campaign, *, retry_crashed: bool = False) -> dict[str, Any]:
    """Drive with and without instructions, write the shares; returns the summary.

    Raises:
        ConfigError: a policy takes no instructions, or the folder holds episodes of a campaign
            with other settings.
        BackendError: workers keep dying, or there is no such cluster.
    """
    if campaign.world != EMBEDDED:
        raise ConfigError(
            f'world is {campaign.world!r}; instructions are measured in the embedded world'
        )
    console = _console()
    claim_folder(campaign)
    write_manifest(campaign)
    tasks = campaign.tasks()
    records = []
    with _progress(console) as progress:
        bar = progress.add_task('episodes', total=len(tasks))
        made = run_trials(
            tasks,
            campaign.workers,
            retry_crashed=retry_crashed,
            on_state=lambda words: progress.update(bar, description=f'episodes, {words}'),
        )
        for record in made:
            records.append(record)
            _print_trials(record, progress.console)
            progress.advance(bar)
    summary = summarise_trials(records)
    write_atomically(campaign.folder / 'instructions.json', json.dumps(summary, indent=1))
    table = trials_markdown(summary)
    write_atomically(campaign.folder / TABLE_FILE, table)
    console.print(table, highlight=False)
    console.print(f'results in {campaign.folder}', highlight=False)
    return summary


def _print_trials(record: TrialRecord, console: Console) -> None:
    where = f'{record.policy} route {record.route_id} seed {record.seed}'
    for trial in record.trials:
        outcome = 'followed' if trial.is_followed else 'NOT followed'
        console.print(
            f'{where}, {trial.given_s:.1f} s, "{trial.text}": {outcome}, {trial.measured}',
            highlight=False,
        )
    if record.error:
        console.print(f'{where}: crashed, {record.error}', highlight=False)


def _console() -> Console:
    # Where nobody set a width (files, pipes) the tables need more than 80 columns.
    return Console() if sys.stdout.isatty() else Console(width=120)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn('{task.description}'),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        # Episodes take minutes; by the speed of the last 30 s there would be no estimate.
        speed_estimate_period=3600.0,
    )
