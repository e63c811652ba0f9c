# SPDX-License-Identifier: Apache-2.0
"""Drives in which sentences are spoken, and whether the car did the contrary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.status import InstructionStatus
from simlingo_core.types import Instruction
from simlingo_core.understanding import Understanding
from simlingo_core.wordings import ManoeuvreKind
from simlingo_evaluation.agents import PolicyAgent
from simlingo_evaluation.turn_trials import ENDS
from simlingo_sim.world import SimWorld

# The first sentence is given when the car drives.
SETTLE_S, DRIVING_MPS = 3.0, 4.0
PERIOD_S = 1.05
RISE_MPS, ASIDE_M = 1.0, 1.5
_CALMING = (ManoeuvreKind.SLOWER, ManoeuvreKind.STOP)
_SIDES = {ManoeuvreKind.LANE_LEFT: 1.0, ManoeuvreKind.LANE_RIGHT: -1.0}


@dataclass(frozen=True, kw_only=True)
class Drive:
    """A drive with instructions.

    Attributes:
        given_tick: of the first instruction; its number in the lists.
        statuses: of its instructions.
        places_map_m: of the car at each tick, shape (n, 2).
        speeds_mps: the same for its speed, shape (n,).
        offsets_m: to the left of the route, shape (n,).
    """

    given_tick: int
    statuses: list[InstructionStatus]
    places_map_m: NDArray[np.float64]
    speeds_mps: NDArray[np.float64]
    offsets_m: NDArray[np.float64]


def drive(
    world: SimWorld, agent: PolicyAgent, route: str, lines: list[str], limit_s: float
) -> Drive:
    """Drive a route while sentences are spoken, one a second, until the last one has ended."""
    frame = world.reset(route, 'free_driving', 0, with_image=agent.needs_image(0))
    agent.reset(world.route)
    agent.offer_turns(world.turn, lambda: world.route)
    agent.instructions = []
    line, given_tick = world.route, 0
    places, speeds = [], []
    for tick in range(round(limit_s / TICK_PERIOD_S)):
        if not given_tick and frame.t_s >= SETTLE_S and frame.ego.speed_mps >= DRIVING_MPS:
            given_tick = tick
            agent.instructions = [
                (frame.t_s + PERIOD_S * number, Instruction(id=f'line-{number}', text=text))
                for number, text in enumerate(lines)
            ]
        frame = world.step(agent.step(frame), with_image=agent.needs_image(tick + 1))
        places.append(frame.ego.pose_map.planar.position_m)
        speeds.append(frame.ego.speed_mps)
        has_ended = len(lines) == 1 and any(status.state in ENDS for status in agent.statuses)
        if frame.is_done or has_ended:
            break
    return Drive(
        given_tick=given_tick,
        statuses=list(agent.statuses),
        places_map_m=np.array(places),
        speeds_mps=np.array(speeds),
        offsets_m=np.array([line.project(place)[1] for place in places]),
    )


def is_opposite(asked: Understanding, driven: Drive) -> bool:
    """Whether the car did the contrary of what was asked for, while that was in force."""
    first = driven.given_tick
    speeds_mps = driven.speeds_mps[first:]
    if not first or not len(speeds_mps):
        return False
    if asked.kind in _CALMING:
        return bool(speeds_mps.max() > speeds_mps[0] + RISE_MPS)
    if asked.kind is ManoeuvreKind.TARGET_SPEED and asked.speed_mps is not None:
        return bool(speeds_mps.max() > max(asked.speed_mps, speeds_mps[0]) + RISE_MPS)
    if asked.kind in _SIDES:
        moved_m = (driven.offsets_m[first:] - driven.offsets_m[first]) * _SIDES[asked.kind]
        return bool(moved_m.min() < -ASIDE_M)
    return False
