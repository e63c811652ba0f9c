# SPDX-License-Identifier: Apache-2.0
"""One episode of a campaign: driven in this process, written to its own file."""

from __future__ import annotations

import importlib
import math
import re
import shutil
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from simlingo_core.errors import SimlingoError
from simlingo_core.files import write_atomically
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.schedule import Schedule
from simlingo_core.types import Instruction, SafetyMode
from simlingo_evaluation.agents import Agent, PolicyAgent
from simlingo_evaluation.causes import describe_failure
from simlingo_evaluation.episode import EpisodeResult, EpisodeTrace, run_episode
from simlingo_evaluation.policies import make_agent, policy_label
from simlingo_evaluation.records import TRUSTED, EpisodeRecord, write_record
from simlingo_evaluation.results.metric_info import FILE_NAME, metric_info
from simlingo_evaluation.strips import write_strip
from simlingo_sim.camera.renderer import Renderer
from simlingo_sim.camera.specs import CameraQuality
from simlingo_sim.episode_runner import make_scorer
from simlingo_sim.score.infractions import EndReason
from simlingo_sim.score.protocol import find_protocol
from simlingo_sim.score.scorer import EpisodeScore
from simlingo_sim.score.smoothness import corrected_smoothness, official_smoothness
from simlingo_sim.town.route_files import RouteSpec
from simlingo_sim.world import SimWorld
from simlingo_sim.worlds import EMBEDDED, open_world


@dataclass(frozen=True, kw_only=True)
class EpisodeTask:
    """One episode of a campaign, not yet driven.

    Attributes:
        policy: see ``make_agent``.
        route: what to drive.
        situation: instead of those of the route; empty: those of the route.
        seed: of the world.
        protocol: name of the score's rules.
        schedule: of policies.
        folder: of the campaign.
        has_strips: draw images of failures.
        instruction: given to policies; empty: none.
        instruction_s: simulation time at which it is given.
        comments: have models comment on every plan, and compare the two.
        camera_faults: faults of the front camera; empty: none.
        has_bags: record the episode as a bag.
        world: where it is driven, see ``worlds.open_world``.
    """

    policy: str
    route: RouteSpec
    situation: str
    seed: int
    protocol: str
    schedule: Schedule
    folder: Path
    has_strips: bool
    instruction: str = ''
    instruction_s: float = 0.0
    comments: bool = False
    camera_faults: str = ''
    has_bags: bool = False
    world: str = EMBEDDED

    def in_folder(self, folder: Path) -> EpisodeTask:
        """Return the same episode, written to another folder."""
        return replace(self, folder=folder)

    @property
    def situations(self) -> tuple[str, ...]:
        """Names of the situations staged."""
        return (self.situation,) if self.situation else self.route.situation_names

    @property
    def key(self) -> str:
        """Name of the episode's files, without suffix; unique within the campaign.

        It ends with a fingerprint of the route, so that two routes with the same id, and two
        towns with the same file name, have records of their own.
        """
        town = Path(self.route.town).stem
        parts = (town, self.route.id, self.situation, str(self.seed), self.route.fingerprint())
        words = [re.sub(r'[^A-Za-z0-9_.-]+', '-', part).strip('-') for part in parts if part]
        return '__'.join([policy_label(self.policy), *words])

    @property
    def record_path(self) -> Path:
        """Where the record of this episode lies."""
        return self.folder / 'episodes' / f'{self.key}.json'

    @property
    def log_folder(self) -> Path:
        """Where the logs of this policy lie, one folder for each episode."""
        return self.folder / f'metric_{policy_label(self.policy)}'

    @property
    def bag_path(self) -> Path:
        """Where the recording of this episode goes."""
        return self.folder / 'bags' / self.key


def make_episode(task: EpisodeTask) -> EpisodeRecord:
    """Drive one episode in this process and write its record."""
    with open_world(task.world) as world:
        result = _run(world, task)
        cause = describe_failure(result)
        can_draw = task.has_strips and task.world == EMBEDDED
        strip = _draw_strip(world, task, result, cause) if cause and can_draw else ''
    trace = result.trace
    record = EpisodeRecord(
        key=task.key,
        policy=task.policy,
        route_id=task.route.id,
        town=task.route.town,
        situations=task.situations,
        seed=task.seed,
        score=result.score,
        **_smoothness(trace),
        has_happened=trace.has_happened,
        cause=cause,
        strip=strip,
        events=tuple(trace.events),
        error=result.error,
        wall_s=result.wall_s,
        top_speed_mps=max(trace.speed_mps, default=0.0),
        words=_words(task) if trace.states else {},
    )
    if trace.states:
        log = task.log_folder / record.entry(task.seed).save_name / FILE_NAME
        write_atomically(log, metric_info(trace.states), is_durable=False)
    write_record(task.record_path, record)
    return record


def process_world() -> SimWorld:
    """Return this process's embedded world, to be closed after each episode; towns stay loaded."""
    world: SimWorld = open_world()
    return world


@cache
def process_agent(
    name: str, schedule: Schedule, *, comments: bool = False, world: str = EMBEDDED
) -> Agent:
    """Return this process's agent of that name, for that world; models are loaded once."""
    return make_agent(name, open_world(world), schedule, comments=comments)


def _run(world: SimWorld, task: EpisodeTask) -> EpisodeResult:
    agent = _agent(task)
    if isinstance(agent, PolicyAgent):
        agent.instructions = _instructions(task)
    if task.world == EMBEDDED:
        world.config = replace(world.config, camera_faults=task.camera_faults)
    try:
        frame = world.reset(
            task.route, task.situation or None, task.seed, with_image=agent.needs_image(0)
        )
    except SimlingoError as error:
        return _failed_start(task, str(error))
    scorer = make_scorer(world, find_protocol(task.protocol))
    if not task.has_bags:
        return run_episode(world, frame, agent, scorer)
    shutil.rmtree(task.bag_path, ignore_errors=True)
    # By name: a bag needs ROS, and collection, which shares this module, must run without it.
    recorder = importlib.import_module('simlingo_evaluation.episode_bag').EpisodeBag
    with recorder(task.bag_path, world, task.schedule) as bag:
        if isinstance(agent, PolicyAgent):
            agent.on_plan = bag.add_plan
        try:
            return run_episode(world, frame, agent, scorer, on_command=bag.add_command)
        finally:
            if isinstance(agent, PolicyAgent):
                agent.on_plan = None


def _agent(task: EpisodeTask) -> Agent:
    return process_agent(task.policy, task.schedule, comments=task.comments, world=task.world)


def _words(task: EpisodeTask) -> dict[str, int]:
    """Return how many texts were compared with plans, and how many contradicted, by kind."""
    agent = _agent(task)
    if not isinstance(agent, PolicyAgent) or not agent.words.compared:
        return {}
    words = agent.words
    counts = {str(kind): count for kind, count in sorted(words.counts.items())}
    left = {f'{TRUSTED}_{kind}': count for kind, count in sorted(words.trusted_counts.items())}
    return {'compared': words.compared, TRUSTED: words.trusted, **counts, **left}


def _instructions(task: EpisodeTask) -> tuple[tuple[float, Instruction], ...]:
    if not task.instruction:
        return ()
    given = Instruction(text=task.instruction, safety_mode=SafetyMode.FOLLOW)
    return ((task.instruction_s, given),)


def _failed_start(task: EpisodeTask, error: str) -> EpisodeResult:
    """Return the result of an episode whose world could not be set up."""
    score = EpisodeScore(
        protocol=task.protocol,
        end=EndReason.SIMULATION_CRASHED,
        route_score=0.0,
        penalty=1.0,
        infractions=(),
        route_length_m=0.0,
        duration_s=0.0,
    )
    return EpisodeResult(score=score, trace=EpisodeTrace(), error=error, wall_s=0.0)


def _smoothness(trace: EpisodeTrace) -> dict[str, float | None]:
    """Return both measures by their names in the record."""
    acceleration = np.array([s.acceleration_base_mps2[:2] for s in trace.states]).reshape(-1, 2)
    yaw_rate = np.array([state.yaw_rate_radps for state in trace.states])
    shares = {
        'smoothness_official': official_smoothness(acceleration, yaw_rate),
        'smoothness_corrected': corrected_smoothness(
            acceleration, yaw_rate, period_s=TICK_PERIOD_S
        ),
    }
    return {name: share if math.isfinite(share) else None for name, share in shares.items()}


def _draw_strip(world: SimWorld, task: EpisodeTask, result: EpisodeResult, cause: str) -> str:
    """Draw the last seconds; returns the name of the file in the campaign's folder."""
    if not result.trace.snapshots:
        return ''
    renderer = Renderer(world.town, CameraQuality.PLAIN, task.route.look_seed(task.seed))
    try:
        path = task.folder / 'strips' / f'{task.key}.jpg'
        caption = (
            f'{task.policy}, {task.route.town}, route {task.route.id}, seed {task.seed}: {cause}'
        )
        write_strip(path, result.trace.snapshots, renderer, caption)
    finally:
        renderer.close()
    return f'strips/{path.name}'
