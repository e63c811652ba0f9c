# SPDX-License-Identifier: Apache-2.0
"""Upstream's families of frames (upstream_spec §4.7): which of them a frame belongs to.

Two faults of upstream's are mended: accelerations are per 0.25 s, the time between two frames
(upstream divides by 0.2 s), and a weight is the share of its family among all draws (upstream's
sampler multiplies it by the size of the family).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from simlingo_core.types import SPEED_WAYPOINTS
from simlingo_training.labels import Labels
from simlingo_training.measurements import Measurement

FRAME_PERIOD_S = 0.25
TARGET_SPEEDS_MPS = (0.5, 5, 10, 15, 20, 25, 1000000)
LATERALS_M = (0.1, 1, 2, 5, 1000000)
ACCELERATIONS_MPS2 = (-40, -20, -5, -1, 1, 5, 20, 40, 1000000)
GONE_FRAMES, GONE_WITHIN_M = 4, 10.0
LEADER_M, JUNCTION_M, LIGHT_M, STOP_CLOSE_M = 30.0, 10.0, 20.0, 15.0
VANISHED = 'vehicle_dissapears'
"""Upstream's spelling."""

UPSTREAM_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        'all': 0.082,
        'acceleration_negative_5': 0.03,
        'acceleration_negative_1': 0.03,
        'acceleration_positive_1': 0.03,
        'acceleration_positive_5': 0.03,
        'lateral_control_1_2': 0.12,
        'lateral_control_higher_5': 0.12,
        'start_from_stop': 0.07,
        'vehicle_front': 0.04,
        'vehicle_side': 0.08,
        'leading_object_vehicle': 0.09,
        'leading_object_traffic.stop': 0.07,
        'leading_object_traffic.traffic_light': 0.07,
        'leading_object_walker': 0.05,
        'changed_route': 0.08,
        'parkinglane': 0.008,
    }
)
"""Weights of the released model's driving data."""
ALIASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        'acceleration_negative_5': ('acceleration_-5',),
        'acceleration_negative_1': ('acceleration_-1',),
        'acceleration_positive_1': ('acceleration_5',),
        'acceleration_positive_5': ('acceleration_20',),
        'lateral_control_1_2': ('lateral_control_1', 'lateral_control_2'),
        'lateral_control_higher_5': ('lateral_control_5', 'lateral_control_1000000'),
        'lateral_control_high': (
            'lateral_control_2',
            'lateral_control_5',
            'lateral_control_1000000',
        ),
    }
)
"""Names of upstream's loader, and the families of the file that they stand for."""


def families_of(
    future: Sequence[Measurement],
    labels: Labels,
    boxes: Sequence[Mapping[str, Any]],
    episode: str,
) -> tuple[str, ...]:
    """Return the families of a frame, in a fixed order.

    Args:
        future: its measurement and those of the next 2.5 s.
        labels: of the training camera.
        boxes: content of its boxes file, in CARLA's axes; empty: not recorded.
        episode: path of the episode.
    """
    now = future[0]
    if _leader_vanishes(future):
        return ('all', VANISHED)
    info = next((box for box in boxes if box.get('class') == 'ego_info'), {})
    lateral_m = abs(float(labels.speed_waypoints_base_m[:, 1].mean()))
    found = [
        'all',
        f'speed_limit_{now.speed_limit_mps:g}',
        f'target_speed_{_below(now.target_speed_mps, TARGET_SPEEDS_MPS)}',
        f'lateral_control_{_below(lateral_m, LATERALS_M)}',
        f'acceleration_{_below(_acceleration_mps2(future), ACCELERATIONS_MPS2)}',
    ]
    flags = {
        'start_from_stop': now.speed_mps < 0.5 and now.target_speed_mps > 0.8,
        'junction': _is_below(info.get('distance_to_junction'), JUNCTION_M) or now.is_in_junction,
        'red_light': _light(info, 'red'),
        'green_light': _light(info, 'green'),
        'changed_route': now.changed_route,
        'vehicle': 'vehicle_hazard' in now.hazards,
        'light': 'light_hazard' in now.hazards,
        'walker': now.is_walker_close,
        'stop_sign': 'stop_sign_hazard' in now.hazards,
        'walker_hazard': 'walker_hazard' in now.hazards,
        'brake': now.hazard_brake,
        'stop_sign_close': now.is_stop_sign_close,
        'parkinglane': 'parking_lane' in episode and lateral_m > 0.2,
    }
    found += [name for name, holds in flags.items() if holds]
    return (*found, *_leading(now), *_side(now, boxes, is_at_red=flags['red_light']))


def _below(value: float, limits: Sequence[float]) -> str:
    return f'{next(limit for limit in limits if value < limit):g}'.replace('1e+06', '1000000')


def _acceleration_mps2(future: Sequence[Measurement]) -> float:
    speeds = [measurement.speed_mps for measurement in future[:5]]
    return float(np.diff(speeds).mean() / FRAME_PERIOD_S) if len(speeds) > 1 else 0.0


def _is_below(value: Any, limit: float) -> bool:
    return isinstance(value, int | float) and 0.0 <= value < limit


def _light(info: Mapping[str, Any], colour: str) -> bool:
    state = info.get('traffic_light_state')
    is_near = _is_below(info.get('distance_to_junction'), LIGHT_M)
    return is_near and isinstance(state, str) and state.lower() == colour


def _leading(now: Measurement) -> list[str]:
    name, distance_m = now.reduced_by_type, now.reduced_by_distance_m
    if name is None or distance_m is None or distance_m >= LEADER_M:
        return []
    kind = name.split('.')[0]
    general = [f'leading_object_{kind}'] if kind in ('vehicle', 'walker') else []
    return [*general, f'leading_object_{name}']


def _side(now: Measurement, boxes: Sequence[Mapping[str, Any]], *, is_at_red: bool) -> list[str]:
    if 'vehicle_hazard' not in now.hazards or now.vehicle_affecting_id is None or is_at_red:
        return []
    ident = now.vehicle_affecting_id
    box = next((b for b in boxes if b.get('class') == 'car' and b.get('id') == ident), None)
    yaw = box.get('yaw') if box is not None else None
    if not isinstance(yaw, int | float):
        return []
    found = ['vehicle_front'] if abs(abs(yaw) - math.pi) < 0.6 else []
    return [*found, 'vehicle_side'] if abs(yaw) > 0.5 else found


def _leader_vanishes(future: Sequence[Measurement]) -> bool:
    """Tell whether a vehicle that is followed closely is gone within a second."""
    now = future[0]
    name, distance_m = now.reduced_by_type, now.reduced_by_distance_m
    if name is None or distance_m is None or distance_m >= GONE_WITHIN_M:
        return False
    if not name.startswith('vehicle.'):
        return False
    later = future[1 : min(GONE_FRAMES, SPEED_WAYPOINTS) + 1]
    return any(measurement.reduced_by_id != now.reduced_by_id for measurement in later)
