# SPDX-License-Identifier: Apache-2.0
"""Routes x seeds x policies over processes; can be interrupted and resumed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from simlingo_core.errors import ConfigError
from simlingo_core.schedule import Schedule
from simlingo_evaluation.episode_task import EpisodeTask, make_episode
from simlingo_evaluation.policies import check_policy
from simlingo_evaluation.processes import map_over_processes
from simlingo_evaluation.records import EpisodeRecord, read_record
from simlingo_sim.score.protocol import find_protocol
from simlingo_sim.town.route_files import RouteSpec, read_routes


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """A set of drives.

    Attributes:
        policies: names or model folders.
        routes: what to drive.
        situation: instead of what the routes say; empty: as they say.
        seeds: every route is driven once with each.
        protocol: name of the score's rules.
        schedule: of policies.
        folder: for records, strips and the manifest.
        workers: processes.
        has_strips: draw images of failures.
        instruction: said to policies on every drive; empty: nothing is.
        instruction_s: simulation time at which it is said.
    """

    policies: tuple[str, ...]
    routes: tuple[RouteSpec, ...]
    seeds: tuple[int, ...]
    folder: Path
    situation: str = ''
    protocol: str = 'bench2drive'
    schedule: Schedule = field(default_factory=Schedule)
    workers: int = 1
    has_strips: bool = True
    instruction: str = ''
    instruction_s: float = 0.0

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise ConfigError(f'workers is {self.workers}; expected 1 or more')
        if not (self.policies and self.routes and self.seeds):
            raise ConfigError('a campaign needs at least one policy, one route and one seed')
        find_protocol(self.protocol)
        for policy in self.policies:
            check_policy(policy)

    def tasks(self) -> list[EpisodeTask]:
        """Return all drives; drives of one town follow each other."""
        routes = sorted(self.routes, key=lambda route: route.town)
        return [
            EpisodeTask(
                policy=policy,
                route=route,
                situation=self.situation,
                seed=seed,
                protocol=self.protocol,
                schedule=self.schedule,
                folder=self.folder,
                has_strips=self.has_strips,
                instruction=self.instruction,
                instruction_s=self.instruction_s,
            )
            for policy in self.policies
            for route in routes
            for seed in self.seeds
        ]

    def settings(self) -> dict[str, object]:
        """Return what decides the results, as JSON types."""
        return {
            'policies': list(self.policies),
            'routes': [f'{route.town}:{route.id}' for route in self.routes],
            'situation': self.situation,
            'seeds': list(self.seeds),
            'protocol': self.protocol,
            'plan_period_ticks': self.schedule.plan_period_ticks,
            'plan_latency_ticks': self.schedule.plan_latency_ticks,
            'instruction': self.instruction,
            'instruction_s': self.instruction_s,
        }


def run_campaign(campaign: Campaign) -> Iterator[EpisodeRecord]:
    """Yield the records of all drives as they come: first those that were there already.

    Raises:
        ConfigError: the folder holds drives of a campaign with other settings.
        ContractError: a record in the folder cannot be read.
        BackendError: the processes keep dying.
    """
    claim_folder(campaign)
    open_tasks = []
    for task in campaign.tasks():
        if task.record_path.exists():
            yield read_record(task.record_path)
        else:
            open_tasks.append(task)
    yield from map_over_processes(make_episode, open_tasks, campaign.workers)


def claim_folder(campaign: Campaign) -> None:
    """Make sure that a folder is not shared by campaigns whose drives differ.

    Raises:
        ConfigError: it holds drives of a campaign with other settings.
    """
    path = campaign.folder / 'settings.json'
    varying = {'policies', 'routes', 'seeds'}
    rules = {key: value for key, value in campaign.settings().items() if key not in varying}
    if path.exists():
        found = json.loads(path.read_text())
        if found != rules:
            raise ConfigError(
                f'{campaign.folder} holds drives with {found}, not {rules}; '
                'choose another folder with --out'
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rules, indent=1))


def routes_of(names: Sequence[str], wanted: Sequence[str]) -> tuple[RouteSpec, ...]:
    """Return routes of files or sets, all of them or those with the ids wanted.

    Raises:
        WorldError: a file or set cannot be read.
        ConfigError: an id is not among them.
    """
    found = [route for name in names for route in read_routes(name)]
    if not wanted:
        return tuple(found)
    known = {route.id for route in found}
    missing = [ident for ident in wanted if ident not in known]
    if missing:
        raise ConfigError(
            f'there is no route {", ".join(missing)}; expected some of {sorted(known)}'
        )
    return tuple(route for route in found if route.id in wanted)
