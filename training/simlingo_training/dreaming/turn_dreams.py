# SPDX-License-Identifier: Apache-2.0
"""Dreams of turns at the junction ahead: what the route does there, and every other way."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from simlingo_core.carla_frame import vector_from_carla
from simlingo_core.resampling import resample_equidistant
from simlingo_core.types import PATH_POINTS
from simlingo_training.dreaming.frame import DreamFrame, DreamPlan
from simlingo_training.dreaming.paths import FAR_POINTS, Array, deviation
from simlingo_training.dreaming.roll_out import Drive
from simlingo_training.text_labels.commentary_causes import route_turn_rad

TURN_SOON_M, TURN_REACH_M, TURN_RAD = 25.0, 25, math.radians(45.0)
STRAIGHT_RAD = math.radians(15.0)
TURN_MPS = 5.0
"""Speed at which the car turns where the expert goes straight on."""
LEAST_OFF_M = 1.0
"""A way that is nearer to the expert's within 20 m looks the same in the labels."""


def turn_plans(frame: DreamFrame) -> list[DreamPlan]:
    """Return the instructions to take each way over the junction ahead."""
    junction_m = frame.scene.junction_distance_m
    if junction_m is None or not 0.0 < junction_m < TURN_SOON_M:
        return []
    first = int(junction_m)
    turn_rad = route_turn_rad(frame.scene, first, first + TURN_REACH_M)
    own = ''
    if abs(turn_rad) > TURN_RAD:
        own = 'left' if turn_rad > 0.0 else 'right'
    elif abs(turn_rad) < STRAIGHT_RAD:
        own = 'straight'
    plans = [DreamPlan(mode='turn', groups=_groups(own), info={'turn': own})] if own else []
    return [*plans, *(_other_way(frame, turn, path) for turn, path in _other_arms(frame, own))]


def _groups(turn: str) -> Sequence[tuple[str, Mapping[str, str]]]:
    return [('straight', {})] if turn == 'straight' else [('turn', {'<SIDE>': turn})]


def _other_arms(frame: DreamFrame, own: str) -> Iterator[tuple[str, Array]]:
    """Yield turn and path of the ways that the route does not take, one for each turn."""
    seen = {own}
    for arm in _recorded(frame):
        turn = arm['turn']
        if turn in seen:
            continue
        points = vector_from_carla(arm['path'])
        path = resample_equidistant(np.vstack([np.zeros((1, 2)), points[1:]]), FAR_POINTS)
        if deviation(path[:PATH_POINTS], frame.labels.path_base_m)[0] > LEAST_OFF_M:
            seen.add(turn)
            yield turn, path


def _recorded(frame: DreamFrame) -> list[Mapping[str, Any]]:
    """Return the ways that the recorder has seen; upstream's data have none."""
    arms = frame.now.expert.get('junction_arms')
    if not isinstance(arms, list):
        return []
    return [
        arm
        for arm in arms
        if isinstance(arm, dict)
        and arm.get('turn') in {'left', 'right', 'straight'}
        and _is_path(arm.get('path'))
    ]


def _is_path(points: object) -> bool:
    """Tell whether something of a file is a list of two points or more."""
    return (
        isinstance(points, list)
        and len(points) > 1
        and all(isinstance(p, list) and len(p) == 2 for p in points)
    )


def _other_way(frame: DreamFrame, turn: str, path: Array) -> DreamPlan:
    most_mps = math.inf if turn == 'straight' else TURN_MPS
    return DreamPlan(
        mode='turn',
        drive=Drive(
            path_base_m=path[1:],
            speed_mps=frame.now.speed_mps,
            first=frame.first,
            targets_mps=np.minimum(frame.expert_speeds_mps, most_mps),
        ),
        path_base_m=path[:PATH_POINTS],
        info={'turn': turn},
        groups=_groups(turn),
    )
