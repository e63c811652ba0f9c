# SPDX-License-Identifier: Apache-2.0
"""Routes x seeds x policies over processes; can be interrupted and resumed."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from simlingo_core.errors import ConfigError, ContractError
from simlingo_core.files import write_atomically
from simlingo_core.schedule import Schedule
from simlingo_evaluation.episode_task import EpisodeTask, make_episode
from simlingo_evaluation.jobs.mapping import map_jobs
from simlingo_evaluation.jobs.workers import Workers
from simlingo_evaluation.policies import check_policy
from simlingo_evaluation.records import EpisodeRecord, read_record
from simlingo_evaluation.route_check import check_routes, stages_situations, world_rules
from simlingo_sim.camera.faults import CameraFaults
from simlingo_sim.score.protocol import find_protocol
from simlingo_sim.town.route_files import RouteSpec, read_routes
from simlingo_sim.worlds import EMBEDDED, check_world

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """A set of episodes.

    Attributes:
        policies: names or model folders.
        routes: what to drive.
        situation: instead of those of the routes; empty: those of the routes.
        seeds: every route is driven once with each.
        protocol: name of the score's rules.
        schedule: of policies.
        folder: for records, strips and the manifest.
        workers: who drives.
        has_strips: draw images of failures.
        instruction: given to policies in every episode; empty: none.
        instruction_s: simulation time at which it is given.
        comments: have models comment on every plan, and compare the two.
        camera_faults: faults of the front camera; empty: none.
        has_bags: record every episode as a bag.
        world: where it is driven, see ``worlds.open_world``.
    """

    policies: tuple[str, ...]
    routes: tuple[RouteSpec, ...]
    seeds: tuple[int, ...]
    folder: Path
    situation: str = ''
    protocol: str = 'bench2drive'
    schedule: Schedule = field(default_factory=Schedule)
    workers: Workers = field(default_factory=Workers)
    has_strips: bool = True
    instruction: str = ''
    instruction_s: float = 0.0
    comments: bool = False
    camera_faults: str = ''
    has_bags: bool = False
    world: str = EMBEDDED

    def __post_init__(self) -> None:
        if not (self.policies and self.routes and self.seeds):
            raise ConfigError('a campaign needs at least one policy, one route and one seed')
        for name, values in (('policies', self.policies), ('seeds', self.seeds)):
            if len(set(values)) < len(values):
                raise ConfigError(f'{name} are {values}; expected each of them once')
        find_protocol(self.protocol)
        for policy in self.policies:
            check_policy(policy)
        check_world(self.world)
        if self.world == EMBEDDED:
            check_routes(self.routes, self.situation)
        elif self._has_many_workers or self.camera_faults or self.has_bags:
            raise ConfigError(
                f'world is {self.world!r}; expected one worker, no faults of the camera and no '
                'bags there'
            )
        elif stages_situations(self.world):
            check_routes(self.routes, self.situation, are_towns_here=False)
        CameraFaults(self.camera_faults, seed=0)

    @property
    def _has_many_workers(self) -> bool:
        return not self.workers.is_local or (self.workers.count or 1) > 1

    def tasks(self) -> list[EpisodeTask]:
        """Return all episodes; those of one town follow each other."""
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
                comments=self.comments,
                camera_faults=self.camera_faults,
                has_bags=self.has_bags,
                world=self.world,
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
            # Only where it is on, so that folders of older campaigns can be gone on with.
            **({'comments': True} if self.comments else {}),
            **({'camera_faults': self.camera_faults} if self.camera_faults else {}),
            **({'world': world_rules(self.world)} if self.world != EMBEDDED else {}),
        }


def run_campaign(
    campaign: Campaign,
    *,
    retry_crashed: bool = False,
    on_state: Callable[[str], None] | None = None,
) -> Iterator[EpisodeRecord]:
    """Yield the records of all episodes as they come: first those that were there already.

    A record that cannot be read is warned of, and its episode is driven again.

    Args:
        campaign: what to drive.
        retry_crashed: drive episodes again whose agent or simulation crashed.
        on_state: called with words that say who drives.

    Raises:
        ConfigError: the folder holds episodes of a campaign with other settings.
        BackendError: workers keep dying, or there is no such cluster.
    """
    claim_folder(campaign)
    open_tasks = []
    for task in campaign.tasks():
        record = _find_record(task)
        if record is None or (retry_crashed and record.is_crashed):
            open_tasks.append(task)
        else:
            yield record
    yield from map_jobs(
        make_episode,
        open_tasks,
        campaign.workers,
        output=campaign.folder,
        models=campaign.policies,
        on_state=on_state,
    )


def _find_record(task: EpisodeTask) -> EpisodeRecord | None:
    if not task.record_path.exists():
        return None
    try:
        record = read_record(task.record_path)
    except ContractError as error:
        logger.warning('%s; the episode is driven again', error)
        return None
    is_recorded = (task.bag_path / 'metadata.yaml').is_file()
    return record if is_recorded or not task.has_bags else None


def claim_folder(campaign: Campaign) -> None:
    """Make sure that a folder is not shared by campaigns whose episodes differ.

    Raises:
        ConfigError: it holds episodes of a campaign with other settings, or its settings cannot
            be read.
    """
    path = campaign.folder / 'settings.json'
    varying = {'policies', 'routes', 'seeds'}
    rules = {key: value for key, value in campaign.settings().items() if key not in varying}
    if path.exists():
        found = _read_settings(path)
        if found != rules:
            raise ConfigError(
                f'{campaign.folder} holds episodes with {found}, not {rules}; '
                'choose another folder with --out'
            )
    write_atomically(path, json.dumps(rules, indent=1))


def _read_settings(path: Path) -> object:
    try:
        return json.loads(path.read_text())
    except ValueError as error:
        raise ConfigError(
            f'{path} cannot be read ({error}), so that nobody knows with which settings its '
            'episodes were driven; choose another folder with --out'
        ) from error


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
