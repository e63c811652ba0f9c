# SPDX-License-Identifier: Apache-2.0
"""Collects episodes of the expert: routes x seeds, over processes, resumable."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from simlingo_core.errors import ConfigError, SimlingoError
from simlingo_core.frame import Frame
from simlingo_core.schedule import Schedule
from simlingo_core.types import VehicleCommand
from simlingo_evaluation.jobs.mapping import map_jobs
from simlingo_evaluation.jobs.workers import Workers
from simlingo_evaluation.policies import make_agent
from simlingo_evaluation.route_check import check_routes
from simlingo_sim.episode_runner import EpisodeRunner, make_scorer
from simlingo_sim.expert.driver import Expert
from simlingo_sim.score.infractions import Infraction
from simlingo_sim.score.protocol import LEADERBOARD_2_0
from simlingo_sim.score.scorer import EpisodeScore
from simlingo_sim.town.route_files import RouteSpec, read_routes, with_weather
from simlingo_sim.town.splits import Split, split_of_town
from simlingo_sim.world import SimWorld
from simlingo_sim.worlds import EMBEDDED, check_world, open_world
from simlingo_training.data_problems import DataError
from simlingo_training.disturbance import Disturbance
from simlingo_training.episodes import EpisodeFolder
from simlingo_training.gz_json import read_gz
from simlingo_training.hazard_mix import HazardEpisode, events_of, stage_hazards
from simlingo_training.recorder import EpisodeRecorder
from simlingo_training.takeover import TakeoverEpisode

ROUTES = 'train_wide'
"""The route set that data are collected on."""

MAX_TICKS = 3000
MIXES = ('', 'hazards')

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class CollectTask:
    """One episode to record.

    Attributes:
        root: of the data set.
        route: to drive.
        seed: of the world and of the disturbances.
        learner: the policy that takes turns with the expert; empty: the expert drives alone.
        mix: ``hazards``: several situations on the route, recorded around them, or with a learner
            wherever the expert has its turns; empty: the route as it is.
        world: where it is driven, see ``worlds.make_world``.
    """

    root: Path
    route: RouteSpec
    seed: int
    learner: str = ''
    mix: str = ''
    world: str = EMBEDDED

    def in_folder(self, folder: Path) -> CollectTask:
        """Return the same episode, written below another root."""
        return replace(self, root=folder)

    @property
    def folder(self) -> EpisodeFolder:
        """Where it is written.

        As upstream's, with a fingerprint of the route in the place of the date: routes of two
        files may have the same id, and towns in two folders the same name.
        """
        learner = '_with_learner' if self.learner else ''
        mix = f'_{self.mix}' if self.mix else ''
        world = '' if self.world == EMBEDDED else f'_{self.world.partition("://")[0]}'
        variant = f'random_weather{world}{learner}{mix}_seed_{self.seed}'
        split = split_of_town(self.route.town)
        town = Path(self.route.town).stem
        name = f'{town}_Rep0_{self.route.id}_route0_{self.route.fingerprint()}'
        return EpisodeFolder(
            self.root, Path(f'{split}_1_scenario') / f'routes_{split}' / variant / name
        )


@dataclass(frozen=True, kw_only=True)
class CollectResult:
    """What became of an episode; ``error`` is empty when it was recorded.

    ``events`` are the situations that happened.
    """

    task: CollectTask
    frames: int
    driving_score: float
    error: str = ''
    events: tuple[str, ...] = ()


def tasks(
    root: Path,
    seeds: Sequence[int],
    routes: Sequence[str] = (),
    route_set: str = ROUTES,
    learner: str = '',
    weather: str = '',
    mix: str = '',
    world: str = EMBEDDED,
) -> list[CollectTask]:
    """Return the episodes to record: every route of a set with every seed.

    Of each seed the routes come in an order that is drawn from it, so that a collection that is
    ended early has frames of all towns.

    Raises:
        ConfigError: there is no such world, it cannot do what is asked for, no route has one of
            the wanted ids, or one lies in a town kept for tests or in an unknown one, or has an
            unknown situation.
    """
    if mix not in MIXES:
        raise ConfigError(f'mix is {mix!r}; expected one of {", ".join(filter(None, MIXES))}')
    check_world(world)
    if world != EMBEDDED and (mix or learner):
        raise ConfigError(
            f'world is {world!r}, where the expert is recorded alone; drop --mix and --learner'
        )
    known = read_routes(route_set)
    chosen = [route for route in known if not routes or route.id in routes]
    missing = set(routes) - {route.id for route in known}
    if missing:
        raise ConfigError(f'the route set {route_set!r} has no route {sorted(missing)}')
    kept = sorted({r.town for r in chosen if split_of_town(r.town) is Split.TEST})
    if kept:
        raise ConfigError(
            f'the route set {route_set!r} has routes in {", ".join(kept)}, kept for tests; '
            'expected routes in training towns or in the validation town'
        )
    if world == EMBEDDED:
        check_routes(chosen)
    return [
        CollectTask(
            root=root,
            route=with_weather(r, weather, s),
            seed=s,
            learner=learner,
            mix=mix,
            world=world,
        )
        for s in seeds
        for r in _shuffled(chosen, s)
    ]


def _shuffled(routes: Sequence[RouteSpec], seed: int) -> list[RouteSpec]:
    return [routes[k] for k in np.random.default_rng([seed, 14]).permutation(len(routes))]


def collect(
    todo: Sequence[CollectTask],
    workers: Workers | int,
    *,
    on_state: Callable[[str], None] | None = None,
) -> Iterator[CollectResult]:
    """Record the episodes that are not there yet; yields each as it is done.

    An episode whose results cannot be read is warned of and recorded again.

    Args:
        todo: episodes of one data set.
        workers: who drives, or how many processes.
        on_state: called with words that say who drives.

    Raises:
        BackendError: workers keep dying, or there is no such cluster.
    """
    missing = [task for task in todo if not _is_recorded(task)]
    if missing:
        yield from map_jobs(
            record_episode,
            missing,
            workers,
            output=missing[0].root,
            models=sorted({task.learner for task in missing} - {''}),
            on_state=on_state,
        )


def _is_recorded(task: CollectTask) -> bool:
    if not task.folder.is_complete:
        return False
    try:
        read_gz(task.folder.results)
    except DataError as error:
        logger.warning('%s; the episode is recorded again', error.problem)
        return False
    return True


def record_episode(task: CollectTask) -> CollectResult:
    """Record one episode in this process."""
    task.folder.clear()
    try:
        with open_world(task.world) as world:
            return _record(task, world)
    except SimlingoError as error:
        return CollectResult(task=task, frames=0, driving_score=0.0, error=str(error))


def _record(task: CollectTask, world: SimWorld) -> CollectResult:
    if task.mix:
        first_frame = stage_hazards(world, task.route, task.seed)
    else:
        first_frame = world.reset(task.route, seed=task.seed, with_image=False)
    expert = Expert(world)
    expert.reset()
    scorer = make_scorer(world, LEADERBOARD_2_0)
    episode = _begin_episode(task, world, expert)
    runner = EpisodeRunner(world, scorer, on_judged=episode.note)
    runner.begin(first_frame)
    runner.run(episode, MAX_TICKS)
    score = runner.finish()
    episode.finish(score)
    return CollectResult(
        task=task,
        frames=episode.frame_count,
        driving_score=score.driving_score,
        events=events_of(world),
    )


def _begin_episode(
    task: CollectTask, world: SimWorld, expert: Expert
) -> ExpertEpisode | HazardEpisode | TakeoverEpisode:
    rng = np.random.default_rng([task.seed, 11])
    if task.learner:
        learner = make_agent(task.learner, world, Schedule())
        return TakeoverEpisode(task.folder, world, expert, learner, rng)
    if task.mix:
        return HazardEpisode(task.folder, world, expert, task.seed)
    return ExpertEpisode(task, world, expert, rng)


class ExpertEpisode:
    """An episode of the expert alone, pushed aside now and then."""

    def __init__(
        self, task: CollectTask, world: SimWorld, expert: Expert, rng: np.random.Generator
    ) -> None:
        self._expert = expert
        self._recorder = EpisodeRecorder(task.folder, world, expert, rng)
        self._disturbance = Disturbance(np.random.default_rng([task.seed, 12]))

    @property
    def frame_count(self) -> int:
        """Frames recorded."""
        return self._recorder.frame_count

    def needs_image(self, tick: int) -> bool:
        """Never: the recorder draws its own images."""
        return False

    def note(self, frame: Frame, infractions: Sequence[Infraction]) -> None:
        """Do nothing: the score of the whole episode holds its infractions."""

    def step(self, frame: Frame) -> VehicleCommand:
        """Return the command for this frame."""
        command = self._expert.drive(frame)
        self._recorder.look(command)
        reason = self._expert.decide().reason
        is_calm = not (reason.hazards or reason.changed_route or reason.is_in_junction)
        return self._disturbance.apply(command, frame.ego.speed_mps, is_calm=is_calm)

    def finish(self, score: EpisodeScore) -> None:
        """Write the result: the episode counts from now on."""
        self._recorder.finish(score)
