# SPDX-License-Identifier: Apache-2.0
"""Frames of the camera to set the scales of 8-bit graphs by, rendered by the embedded world."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simlingo_core.types import DrivingPlan, Observation

ROUTES = tuple(f'{town}:{number}' for number in (0, 3, 6, 9) for town in ('train', 'train2'))
"""Training routes of two towns; those that models are judged on are left alone."""
EPISODE_TICKS = 480
SEED = 7


def render_frames(
    count: int, routes: Sequence[str] = ROUTES, *, episode_ticks: int = EPISODE_TICKS
) -> list[Observation]:
    """Let the mini drive, and return observations from all over its routes.

    Args:
        count: of frames, at most.
        routes: that are driven, a part of each.
        episode_ticks: of each route.
    """
    from simlingo_core.schedule import Schedule
    from simlingo_evaluation.agents import PolicyAgent
    from simlingo_evaluation.episode import run_episode
    from simlingo_evaluation.policies import make_policy
    from simlingo_sim.episode_runner import make_scorer
    from simlingo_sim.score.protocol import BENCH2DRIVE
    from simlingo_sim.world import SimWorld

    seen: list[list[Observation]] = []
    policy = make_policy('mini')
    with SimWorld() as world:
        for number, route in enumerate(routes):
            seen.append([])
            frame = world.reset(route, seed=SEED + number)
            agent = PolicyAgent(policy, Schedule(), on_plan=_keep_in(seen[-1]))
            scorer = make_scorer(world, BENCH2DRIVE)
            run_episode(world, frame, agent, scorer, max_ticks=episode_ticks)
    return spread(seen, count)


def spread(seen: Sequence[Sequence[Observation]], count: int) -> list[Observation]:
    """Return at most ``count`` frames: as many of each route, evenly spaced, in turn."""
    each = -(-count // len(seen))
    picked = [
        [frames[i * len(frames) // each] for i in range(min(each, len(frames)))] for frames in seen
    ]
    longest = max(map(len, picked), default=0)
    turns = [frames[i] for i in range(longest) for frames in picked if i < len(frames)]
    return turns[:count]


def _keep_in(kept: list[Observation]) -> Callable[[Observation, DrivingPlan], None]:
    return lambda observation, _: kept.append(observation)
