# SPDX-License-Identifier: Apache-2.0
"""Dreams that leave the lane, or keep it where the expert does not (upstream_spec §6.3)."""

from __future__ import annotations

import math
from collections.abc import Mapping

from simlingo_core.resampling import resample_equidistant
from simlingo_core.types import PATH_POINTS, RoadOption
from simlingo_training.dreaming.draws import Draws
from simlingo_training.dreaming.frame import DreamFrame, DreamPlan
from simlingo_training.dreaming.paths import (
    FAR_POINTS,
    LaneBeside,
    along,
    lanes_beside,
    shift_path,
    shift_smoothly,
)
from simlingo_training.text_labels.commentary_routes import find_obstacle

JUNCTION_FREE_M = 10.0
MOVING_MPS = 2.0
LEAST_LENGTH_M = 6
LATEST_START_M = 3
NUMBERS = {1: 'one', 2: 'two', 3: 'three', 4: 'four'}
ORDINALS = {0: 'leftmost', 1: '2nd', 2: '3rd', 3: '4th', 4: '5th'}


def lane_plans(frame: DreamFrame, draws: Draws) -> list[DreamPlan]:
    """Return a lane change to every lane beside that of the car, where one makes sense."""
    now = frame.now
    junction_m = frame.scene.junction_distance_m
    is_changing = RoadOption(now.command) in {
        RoadOption.CHANGE_LANE_LEFT,
        RoadOption.CHANGE_LANE_RIGHT,
    }
    parked = frame.scene.ego_info.get('lane_type_str') == 'Parking'
    if (
        now.changed_route
        or is_changing
        or parked
        or now.speed_mps < MOVING_MPS
        or str(now.expert.get('route_action', '')).startswith('change_lane')
        or (junction_m is not None and junction_m < JUNCTION_FREE_M)
    ):
        return []
    lanes = lanes_beside(frame.scene)
    # One lane that is not for the car is enough for a frame.
    others = [lane for lane in lanes if lane.kind in {'opposite', 'sidewalk'}]
    other = others[draws.index(len(others))] if others else None
    chosen = [lane for lane in lanes if lane not in others or lane is other]
    return [lane_plan(frame, lane, *_extent(frame, draws)) for lane in chosen]


def _extent(frame: DreamFrame, draws: Draws) -> tuple[int, int]:
    """Return start and length of the transition in metres; upstream's ranges, or drivable ones."""
    speed_mps, rules = frame.now.speed_mps, frame.rules
    if rules.least_transition_s <= 0.0:
        start = draws.integer(0, max(int((2.0 * speed_mps - 1.0) / 2.0), 5))
        longest = max(int(2.0 * speed_mps - 1.0 - start), 5)
        return start, draws.integer(int(speed_mps / 2.0), longest)
    start = draws.integer(1, LATEST_START_M)
    shortest = max(LEAST_LENGTH_M, math.ceil(rules.least_transition_s * speed_mps))
    return start, draws.integer(shortest, shortest + 4)


def lane_plan(frame: DreamFrame, lane: LaneBeside, start: int, length: int) -> DreamPlan:
    """Return the dream of one lane change."""
    shift = shift_smoothly if frame.rules.shifts_smoothly else shift_path
    path = shift(frame.route_base_m, start, length, lane.side_m, FAR_POINTS)
    return DreamPlan(
        mode='lane_change',
        waypoints_base_m=along(path, frame.expert_arcs_m),
        path_base_m=path[:PATH_POINTS],
        info={
            'lane_change_direction': f'{lane.count} {lane.side}',
            'lane_change_type': lane.kind,
            'lane_change_in_transition_amount_meters': [start, length, round(-lane.side_m, 3)],
        },
        groups=_lane_groups(lane, start, length),
        is_allowed=lane.is_allowed,
    )


def _lane_groups(lane: LaneBeside, start: int, length: int) -> list[tuple[str, Mapping[str, str]]]:
    count = NUMBERS.get(lane.count, str(lane.count))
    lanes = 'lane' if lane.count == 1 else 'lanes'
    side = {'<SIDE>': lane.side}
    if lane.kind != 'driving':
        return [(lane.kind, side)]
    groups: list[tuple[str, Mapping[str, str]]] = [
        (
            'lane_relative',
            {
                '<LANE_CHANGE_SIDE>': lane.side,
                '<LANE_NUMBERS_REL>': count,
                '<LANE_OR_LANES>': lanes,
            },
        )
    ]
    if lane.number is not None:
        groups.append(
            ('lane_absolute', {'<LANE_NUM>': _lane_name(lane), '<LANE_TYPE>': 'same direction'})
        )
    groups.append(
        (
            'lane_transition',
            {
                **side,
                '<LANE_NUMS>': count,
                '<LANE_OR_LANES>': lanes,
                '<START>': str(start),
                '<TRANSITION>': str(length),
            },
        )
    )
    return groups


def _lane_name(lane: LaneBeside) -> str:
    assert lane.number is not None
    if lane.number == 0:
        return 'leftmost lane'
    if lane.number == lane.lanes - 1:
        return 'rightmost lane'
    return f'{ORDINALS.get(lane.number, str(lane.number + 1))} lane from the left'


def route_plans(frame: DreamFrame) -> list[DreamPlan]:
    """Return the dream of staying in the lane that an obstacle blocks, where it is passed."""
    if frame.route_shift is None or frame.now.changed_route:
        return []
    path = resample_equidistant(frame.now.route_original_base_m, FAR_POINTS)
    obstacle = find_obstacle(frame.scene)
    name = obstacle.name if obstacle is not None else 'obstacle'
    return [
        DreamPlan(
            mode='route',
            waypoints_base_m=along(path, frame.expert_arcs_m),
            path_base_m=path[:PATH_POINTS],
            groups=[('route', {'<OBJECT>': name})],
            is_allowed=False,
        )
    ]
