# SPDX-License-Identifier: Apache-2.0
"""One drive of a campaign: made in this process, written to its own file."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from simlingo_core.errors import SimlingoError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.schedule import Schedule
from simlingo_core.types import Instruction, SafetyMode
from simlingo_evaluation.agents import Agent, PolicyAgent
from simlingo_evaluation.causes import describe_failure
from simlingo_evaluation.episode import EpisodeResult, EpisodeTrace, run_episode
from simlingo_evaluation.policies import make_agent, policy_label
from simlingo_evaluation.records import EpisodeRecord, write_record
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


@dataclass(frozen=True, kw_only=True)
class EpisodeTask:
    """One drive to make.

    Attributes:
        policy: see ``make_agent``.
        route: what to drive.
        situation: instead of what the route says; empty: as the route says.
        seed: of the world.
        protocol: name of the score's rules.
        schedule: of policies.
        folder: of the campaign.
        has_strips: draw images of failures.
        instruction: said to policies; empty: nothing is.
        instruction_s: simulation time at which it is said.
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

    @property
    def situations(self) -> tuple[str, ...]:
        """Names of what happens."""
        return (self.situation,) if self.situation else self.route.situation_names

    @property
    def stem(self) -> str:
        """File name of the record, without suffix; unique within the campaign."""
        town = Path(self.route.town).stem
        parts = (town, self.route.id, self.situation, str(self.seed))
        words = [re.sub(r'[^A-Za-z0-9_.-]+', '-', part).strip('-') for part in parts if part]
        return '__'.join([policy_label(self.policy), *words])

    @property
    def record_path(self) -> Path:
        """Where the record of this drive lies."""
        return self.folder / 'drives' / f'{self.stem}.json'


def make_episode(task: EpisodeTask) -> EpisodeRecord:
    """Make one drive in this process and write its record."""
    with process_world() as world:
        outcome = _drive(world, task)
        cause = describe_failure(outcome)
        strip = _draw(world, task, outcome, cause) if cause and task.has_strips else ''
    trace = outcome.trace
    record = EpisodeRecord(
        policy=task.policy,
        route_id=task.route.id,
        town=task.route.town,
        situations=task.situations,
        seed=task.seed,
        score=outcome.score,
        **_smoothness(trace),
        has_happened=trace.has_happened,
        cause=cause,
        strip=strip,
        events=tuple(trace.events),
        error=outcome.error,
        wall_s=outcome.wall_s,
        top_speed_mps=max(trace.speed_mps, default=0.0),
    )
    write_record(task.record_path, record)
    return record


@cache
def process_world() -> SimWorld:
    """Return this process's world, to be closed after each drive; towns stay loaded."""
    return SimWorld()


@cache
def process_agent(name: str, schedule: Schedule) -> Agent:
    """Return this process's agent of that name; models are loaded once."""
    return make_agent(name, process_world(), schedule)


def _drive(world: SimWorld, task: EpisodeTask) -> EpisodeResult:
    agent = process_agent(task.policy, task.schedule)
    if isinstance(agent, PolicyAgent):
        agent.instructions = ()
        if task.instruction:
            given = Instruction(text=task.instruction, safety_mode=SafetyMode.FOLLOW)
            agent.instructions = ((task.instruction_s, given),)
    try:
        frame = world.reset(
            task.route, task.situation or None, task.seed, with_image=agent.needs_image(0)
        )
    except SimlingoError as error:
        return _failed_start(task, str(error))
    return run_episode(world, frame, agent, make_scorer(world, find_protocol(task.protocol)))


def _failed_start(task: EpisodeTask, error: str) -> EpisodeResult:
    """Return the outcome of a drive whose world could not be set up: it counts as zero."""
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
    acceleration = np.array(trace.acceleration_base_mps2).reshape(-1, 2)
    yaw_rate = np.array(trace.yaw_rate_radps)
    shares = {
        'smoothness_official': official_smoothness(acceleration, yaw_rate),
        'smoothness_corrected': corrected_smoothness(
            acceleration, yaw_rate, period_s=TICK_PERIOD_S
        ),
    }
    return {name: share if math.isfinite(share) else None for name, share in shares.items()}


def _draw(world: SimWorld, task: EpisodeTask, outcome: EpisodeResult, cause: str) -> str:
    if not outcome.trace.snapshots:
        return ''
    renderer = Renderer(world.town, CameraQuality.PLAIN, task.route.look_seed(task.seed))
    try:
        path = task.folder / 'strips' / f'{task.stem}.jpg'
        caption = (
            f'{task.policy}, {task.route.town}, route {task.route.id}, seed {task.seed}: {cause}'
        )
        write_strip(path, outcome.trace.snapshots, renderer, caption)
    finally:
        renderer.close()
    return f'strips/{path.name}'
