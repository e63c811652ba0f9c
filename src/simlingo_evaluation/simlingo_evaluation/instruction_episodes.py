# SPDX-License-Identifier: Apache-2.0
"""Instructions in closed loop: a silent drive, then the same drive again with words on the way.

The words are those the model was never trained on.  Route, seed and everything else are equal, so
that the two drives are the same until the words are said.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from simlingo_core.errors import ConfigError, ContractError
from simlingo_core.frame import TICK_PERIOD_S, Frame
from simlingo_core.types import Instruction, SafetyMode, VehicleCommand
from simlingo_core.wordings import WORDINGS, ManoeuvreKind
from simlingo_evaluation.agents import PolicyAgent
from simlingo_evaluation.episode import MAX_TICKS, run_episode
from simlingo_evaluation.episode_task import EpisodeTask, process_agent, process_world
from simlingo_evaluation.instruction_moments import (
    KINDS,
    WINDOW_S,
    Moment,
    choose_moment,
    look_around,
)
from simlingo_evaluation.obedience import Track, judge
from simlingo_evaluation.processes import map_over_processes
from simlingo_sim.episode_runner import make_scorer
from simlingo_sim.score.protocol import find_protocol
from simlingo_sim.world import SimWorld

NAMES = {
    ManoeuvreKind.SLOWER: 'slow down',
    ManoeuvreKind.STOP: 'stop',
    ManoeuvreKind.LANE_LEFT: 'change lane left',
    ManoeuvreKind.LANE_RIGHT: 'change lane right',
}


@dataclass(frozen=True, kw_only=True)
class Try:
    """One instruction on one drive.

    Attributes:
        policy, route_id, seed: of the drive.
        kind: what was wished.
        text: what was said.
        told_s: when.
        is_obeyed: by the measure of ``obedience``.
        measured: in words, with the words.
        measured_silent: the same measure on the silent drive.
    """

    policy: str
    route_id: str
    seed: int
    kind: str
    text: str
    told_s: float
    is_obeyed: bool
    measured: str
    measured_silent: str


def run_tries(tasks: Sequence[EpisodeTask], workers: int) -> Iterator[list[Try]]:
    """Yield the tries of each drive as they come; those made before are read.

    Raises:
        ConfigError: a policy takes no instructions.
        ContractError: a file in the folder cannot be read.
        BackendError: the processes keep dying.
    """
    open_tasks = []
    for number, task in enumerate(tasks):
        if path_of(task).exists():
            yield read_tries(path_of(task))
        else:
            open_tasks.append((task, number))
    yield from map_over_processes(make_tries, open_tasks, workers)


def make_tries(job: tuple[EpisodeTask, int]) -> list[Try]:
    """Drive silently, choose a moment for each wish, drive again to each; write what came of it.

    Args:
        job: route, seed and policy; and the number of the drive, which chooses the wordings.

    Raises:
        ConfigError: the policy takes no instructions.
    """
    task, number = job
    with process_world() as world:
        tries = _make_tries(world, task, number)
    _write(path_of(task), tries)
    return tries


def _make_tries(world: SimWorld, task: EpisodeTask, number: int) -> list[Try]:
    silent, moments = _drive(world, task, MAX_TICKS)
    tries = []
    for kind in KINDS:
        told_s = choose_moment(kind, silent, moments)
        if told_s is None:
            continue
        texts = WORDINGS[kind].held_out
        text = texts[number % len(texts)]
        last_tick = round((told_s + WINDOW_S) / TICK_PERIOD_S)
        said = ((told_s, Instruction(text=text, safety_mode=SafetyMode.FOLLOW)),)
        track, _ = _drive(world, task, last_tick, said)
        verdict = judge(text, track, told_s)
        tries.append(
            Try(
                policy=task.policy,
                route_id=task.route.id,
                seed=task.seed,
                kind=NAMES[kind],
                text=text,
                told_s=told_s,
                # The silent drive went on for long enough; one that broke off was no success.
                is_obeyed=bool(verdict.is_obeyed),
                measured=verdict.words,
                measured_silent=judge(text, silent, told_s).words,
            )
        )
    return tries


def summarise_tries(tries: Sequence[Try]) -> dict[str, Any]:
    """Return tries, successes and share for each policy, overall and by kind.

    Field names: ``policies.<name>.<kind>`` with ``tries``, ``successes`` and ``share`` (null
    without tries), ``all`` among the kinds; ``tries`` lists every one.
    """
    policies = sorted({one.policy for one in tries})
    return {
        'schema': 1,
        'policies': {
            policy: {
                kind: _count([t for t in tries if t.policy == policy and kind in ('all', t.kind)])
                for kind in ('all', *NAMES.values())
            }
            for policy in policies
        },
        'tries': [asdict(one) for one in tries],
    }


def tries_markdown(summary: dict[str, Any]) -> str:
    """Return the shares as a table."""
    lines = ['| instruction | policy | tries | followed | share |', '|---|---|---:|---:|---:|']
    for policy, kinds in summary['policies'].items():
        for kind, count in kinds.items():
            share = '–' if count['share'] is None else f'{100.0 * count["share"]:.0f} %'
            lines.append(
                f'| {kind} | {policy} | {count["tries"]} | {count["successes"]} | {share} |'
            )
    return '\n'.join([*lines, ''])


def path_of(task: EpisodeTask) -> Path:
    """Return where the tries of a drive lie."""
    return task.folder / 'tries' / f'{task.stem}.json'


def read_tries(path: Path) -> list[Try]:
    """Read the tries of one drive.

    Raises:
        ContractError: the file is something else.
    """
    try:
        return [Try(**item) for item in json.loads(path.read_text())]
    except (TypeError, ValueError) as error:
        raise ContractError(f'{path} holds no tries ({error}); delete it to drive again') from None


def _write(path: Path, tries: Sequence[Try]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix('.part')
    part.write_text(json.dumps([asdict(one) for one in tries], indent=1))
    part.replace(path)


def _count(tries: Sequence[Try]) -> dict[str, Any]:
    successes = sum(one.is_obeyed for one in tries)
    share = successes / len(tries) if tries else None
    return {'tries': len(tries), 'successes': successes, 'share': share}


def _drive(
    world: SimWorld,
    task: EpisodeTask,
    max_ticks: int,
    said: tuple[tuple[float, Instruction], ...] = (),
) -> tuple[Track, list[Moment]]:
    """Drive and return the track, and of a silent drive the moments."""
    agent = process_agent(task.policy, task.schedule)
    if not isinstance(agent, PolicyAgent):
        raise ConfigError(f'{task.policy} takes no instructions; evaluate a model')
    agent.instructions = said
    first = world.reset(
        task.route, task.situation or None, task.seed, with_image=agent.needs_image(0)
    )
    track, moments = Track(), []

    def watch(frame: Frame, _command: VehicleCommand) -> None:
        position = frame.ego.pose_map.planar.position_m
        _, offset_m = world.route.project(position, near_arc_m=world.route_arc_m)
        track.add(frame.t_s, frame.ego.speed_mps, offset_m)
        if not said and task.schedule.is_planning_tick(frame.tick):
            moments.append(look_around(world, frame.t_s))

    scorer = make_scorer(world, find_protocol(task.protocol))
    run_episode(world, first, agent, scorer, on_command=watch, max_ticks=max_ticks)
    return track, moments
