# SPDX-License-Identifier: Apache-2.0
"""Instructions in closed loop: an episode without any, then the same again with one on the way.

The wordings are those the model was never trained on.  Route, seed and everything else are equal,
so that the two episodes are the same until the instruction is given.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from simlingo_core.errors import BackendError, ConfigError, ContractError, WorldError
from simlingo_core.frame import TICK_PERIOD_S, Frame
from simlingo_core.types import Instruction, SafetyMode, VehicleCommand
from simlingo_core.wordings import WORDINGS, ManoeuvreKind
from simlingo_evaluation.agents import PolicyAgent
from simlingo_evaluation.episode import MAX_TICKS, run_episode
from simlingo_evaluation.episode_task import EpisodeTask, process_agent, process_world
from simlingo_evaluation.instruction_following import Track, judge_following
from simlingo_evaluation.instruction_moments import (
    KINDS,
    WINDOW_S,
    Moment,
    choose_moment,
    look_around,
)
from simlingo_evaluation.instruction_summary import KIND_NAMES
from simlingo_evaluation.instruction_trials import (
    InstructionTrial,
    TrialRecord,
    read_trials,
    write_trials,
)
from simlingo_evaluation.jobs.mapping import map_jobs
from simlingo_evaluation.jobs.workers import Workers
from simlingo_planner.config import PlannerNodeConfig
from simlingo_sim.episode_runner import make_scorer
from simlingo_sim.score.protocol import find_protocol
from simlingo_sim.world import SimWorld

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Recording:
    """What an episode leaves: its track, and without an instruction its moments."""

    track: Track
    moments: list[Moment]


@dataclass(frozen=True)
class TrialJob:
    """Route, seed and policy; and the number of the task, which chooses the wordings."""

    task: EpisodeTask
    number: int

    def in_folder(self, folder: Path) -> TrialJob:
        """Return the same trials, written to another folder."""
        return replace(self, task=self.task.in_folder(folder))


def run_trials(
    tasks: Sequence[EpisodeTask],
    workers: Workers | int,
    *,
    retry_crashed: bool = False,
    on_state: Callable[[str], None] | None = None,
) -> Iterator[TrialRecord]:
    """Yield the trials of each task as they come; those made before are read.

    A file that cannot be read is warned of, and its episodes are driven again.

    Args:
        tasks: routes, seeds and policies.
        workers: who drives, or how many processes.
        retry_crashed: make trials again of which an episode crashed.
        on_state: called with words that say who drives.

    Raises:
        ConfigError: a policy takes no instructions.
        BackendError: workers keep dying, or there is no such cluster.
    """
    open_tasks = []
    for number, task in enumerate(tasks):
        record = _find_trials(task)
        if record is None or (retry_crashed and record.error):
            open_tasks.append(TrialJob(task, number))
        else:
            yield record
    if open_tasks:
        yield from map_jobs(
            make_trials,
            open_tasks,
            workers,
            output=tasks[0].folder,
            models=sorted({task.policy for task in tasks}),
            on_state=on_state,
        )


def make_trials(job: TrialJob) -> TrialRecord:
    """Make all trials of a task in this process and write them.

    Raises:
        ConfigError: the policy takes no instructions.
    """
    task, number = job.task, job.number
    agent = process_agent(task.policy, task.schedule)
    if not isinstance(agent, PolicyAgent):
        raise ConfigError(f'{task.policy} takes no instructions; evaluate a model')
    # What is measured is whether the model understands the words, not whether the planner does.
    agent.planner_config = PlannerNodeConfig(gives_words_as_typed=True)
    trials: list[InstructionTrial] = []
    error = ''
    with process_world() as world:
        try:
            for trial in _make_trials(world, agent, task, number):
                trials.append(trial)
        except (BackendError, WorldError) as failure:
            error = str(failure)
    record = TrialRecord(
        policy=task.policy,
        route_id=task.route.id,
        seed=task.seed,
        trials=tuple(trials),
        error=error,
    )
    write_trials(trials_path(task), record)
    return record


def trials_path(task: EpisodeTask) -> Path:
    """Return where the trials of a task lie."""
    return task.folder / 'trials' / f'{task.key}.json'


def _find_trials(task: EpisodeTask) -> TrialRecord | None:
    if not trials_path(task).exists():
        return None
    try:
        return read_trials(trials_path(task))
    except ContractError as error:
        logger.warning('%s; the episodes are driven again', error)
        return None


def _make_trials(
    world: SimWorld, agent: PolicyAgent, task: EpisodeTask, number: int
) -> Iterator[InstructionTrial]:
    """Drive without instruction, choose a moment for each kind, drive again with each."""
    without = _drive(world, agent, task)
    for kind in KINDS:
        given_s = choose_moment(kind, without.track, without.moments)
        if given_s is None:
            continue
        text = _held_out_wording(kind, number)
        instruction = Instruction(text=text, safety_mode=SafetyMode.FOLLOW)
        track = _drive(world, agent, task, instruction, given_s).track
        following = judge_following(text, track, given_s)
        yield InstructionTrial(
            policy=task.policy,
            route_id=task.route.id,
            seed=task.seed,
            kind=KIND_NAMES[kind],
            text=text,
            given_s=given_s,
            # The first episode lasted long enough; one that ended early did not follow.
            is_followed=bool(following.is_followed),
            measured=following.description,
            measured_without=judge_following(text, without.track, given_s).description,
        )


def _held_out_wording(kind: ManoeuvreKind, number: int) -> str:
    texts = WORDINGS[kind].held_out
    return texts[number % len(texts)]


def _drive(
    world: SimWorld,
    agent: PolicyAgent,
    task: EpisodeTask,
    instruction: Instruction | None = None,
    given_s: float = 0.0,
) -> _Recording:
    """Drive an episode, with an instruction to the end of the time that is measured.

    Raises:
        WorldError: the world cannot be set up.
        BackendError: the agent or the simulation crashed.
    """
    agent.instructions = () if instruction is None else ((given_s, instruction),)
    first_frame = world.reset(
        task.route, task.situation or None, task.seed, with_image=agent.needs_image(0)
    )
    recording = _Recording(Track(), [])

    def record(frame: Frame, _command: VehicleCommand) -> None:
        position = frame.ego.pose_map.planar.position_m
        _, offset_m = world.route.project(position, near_arc_m=world.route_arc_m)
        recording.track.add(frame.t_s, frame.ego.speed_mps, offset_m)
        if instruction is None and task.schedule.is_planning_tick(frame.tick):
            recording.moments.append(look_around(world, frame.t_s))

    result = run_episode(
        world,
        first_frame,
        agent,
        make_scorer(world, find_protocol(task.protocol)),
        on_command=record,
        max_ticks=MAX_TICKS
        if instruction is None
        else round((given_s + WINDOW_S) / TICK_PERIOD_S),
    )
    if result.error:
        raise BackendError(result.error)
    return recording
