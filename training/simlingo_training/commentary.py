# SPDX-License-Identifier: Apache-2.0
"""Commentary on a frame, from the reasons of the expert.

Same order as upstream's generator (upstream_spec §6.1): route action, speed action, reason.  The
words are few and simple, so that a small model can learn them.
"""

from __future__ import annotations

import numpy as np

from simlingo_core.types import RoadOption
from simlingo_training.measurements import Measurement

STANDING_SPEED_MPS = 0.2
SAME_SPEED_MPS = 0.5
REDUCED_SHARE_OF_LIMIT = 0.71
NEAR_COMMAND_M = 20.0
SIGHT_M = 40.0

_THINGS = {
    'traffic_light': 'red traffic light',
    'stop_sign': 'stop sign',
    'pedestrian': 'pedestrian',
    'bicycle': 'bicycle',
    'truck': 'truck',
    'van': 'van',
    'suv': 'car',
    'car': 'car',
    'cone': 'obstacle',
    'warning_sign': 'obstacle',
    'bus': 'bus',
    'motorcycle': 'motorcycle',
    'ambulance': 'emergency vehicle',
    'police': 'emergency vehicle',
    'child': 'child',
    'dog': 'dog',
    'barrier': 'obstacle',
    'construction_sign': 'obstacle',
    'billboard': 'obstacle',
}


def describe(measurement: Measurement, future_target_speeds_mps: list[float]) -> str:
    """Return one or two sentences on the frame.

    Args:
        measurement: of the frame.
        future_target_speeds_mps: the expert's targets now and in the next frames (at 4 Hz).
    """
    wanted_mps = float(np.mean(future_target_speeds_mps[:4] or [measurement.target_speed_mps]))
    return f'{_route_action(measurement)} {_speed_action(measurement, wanted_mps)}.'


def _route_action(measurement: Measurement) -> str:
    if measurement.changed_route:
        return 'Give way to the obstacle and pass it.'
    distance_m = float(np.linalg.norm(measurement.target_points_base_m[0]))
    near = distance_m < NEAR_COMMAND_M
    match measurement.command:
        case RoadOption.LEFT if near or measurement.is_in_junction:
            return 'Turn left.'
        case RoadOption.RIGHT if near or measurement.is_in_junction:
            return 'Turn right.'
        case RoadOption.CHANGE_LANE_LEFT if near:
            return 'Change to the left lane.'
        case RoadOption.CHANGE_LANE_RIGHT if near:
            return 'Change to the right lane.'
    return 'Follow the route.'


def _speed_action(measurement: Measurement, wanted_mps: float) -> str:
    speed_mps = measurement.speed_mps
    reason = _reason(measurement)
    if abs(speed_mps - wanted_mps) < SAME_SPEED_MPS:
        if speed_mps < STANDING_SPEED_MPS:
            return 'Remain stopped' + reason
        if wanted_mps < STANDING_SPEED_MPS:
            return 'Stop now' + reason
        if wanted_mps > REDUCED_SHARE_OF_LIMIT * measurement.speed_limit_mps:
            return 'Maintain your current speed'
        return 'Maintain the reduced speed' + reason
    if speed_mps < wanted_mps:
        return 'Accelerate'
    return 'Decelerate' + reason


def _reason(measurement: Measurement) -> str:
    if 'walker_hazard' in measurement.hazards:
        return ' because a pedestrian is crossing'
    if 'light_hazard' in measurement.hazards:
        return ' due to the red traffic light'
    if 'stop_sign_hazard' in measurement.hazards:
        return ' due to the stop sign'
    kind = measurement.reduced_by_kind
    distance_m = measurement.reduced_by_distance_m
    if 'vehicle_hazard' in measurement.hazards:
        return f' to avoid a collision with the {_THINGS.get(kind or "car", "car")}'
    if kind is None or distance_m is None or distance_m > SIGHT_M:
        return ' to drive through the junction' if measurement.is_in_junction else ''
    if kind in {'traffic_light', 'stop_sign', 'pedestrian'}:
        return f' due to the {_THINGS[kind]}'
    return f' to stay behind the {_THINGS.get(kind, "vehicle")}'


def all_sentences() -> list[str]:
    """Every sentence that can come out; the tokenizer is built from them."""
    routes = [
        'Give way to the obstacle and pass it.',
        'Turn left.',
        'Turn right.',
        'Change to the left lane.',
        'Change to the right lane.',
        'Follow the route.',
    ]
    reasons = ['', ' because a pedestrian is crossing', ' to drive through the junction']
    reasons += [f' due to the {_THINGS[k]}' for k in ('traffic_light', 'stop_sign', 'pedestrian')]
    for thing in (*sorted(set(_THINGS.values())), 'vehicle'):
        reasons += [f' to stay behind the {thing}', f' to avoid a collision with the {thing}']
    speeds = [
        'Remain stopped',
        'Stop now',
        'Maintain your current speed',
        'Maintain the reduced speed',
        'Accelerate',
        'Decelerate',
    ]
    return [*routes, *(f'{speed}{reason}.' for speed in speeds for reason in reasons)]
