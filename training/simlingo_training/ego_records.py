# SPDX-License-Identifier: Apache-2.0
"""The entry ``ego_info`` of a boxes file: where the car is on the road."""

from __future__ import annotations

from typing import Any

from simlingo_sim.expert.reason import ExpertReason
from simlingo_sim.state import LightState
from simlingo_sim.town.carla_map import CarlaMap, LanePoint
from simlingo_sim.town.lane_sides import BIKING, BesideLane, road_ahead, sides_of

HAZARD_RANGES_M = (10, 15, 20, 40)


def ego_info(
    town_map: CarlaMap,
    here: LanePoint,
    reason: ExpertReason,
    situation: str | None,
) -> dict[str, Any]:
    """Return the entry.

    Args:
        town_map: of the town.
        here: point of the car on its lane.
        reason: of the expert.
        situation: that the car is in or comes to.
    """
    sides, ahead = sides_of(town_map, here), road_ahead(town_map, here)
    light = reason.light if reason.light is not None else LightState.UNKNOWN
    return {
        'class': 'ego_info',
        'scenario': situation,
        'traffic_light_state': light.name.capitalize() if reason.light is not None else 'None',
        'distance_to_junction': reason.junction_distance_m,
        'ego_lane_number': sides.number,
        'road_id': here.road_id,
        'lane_id': here.lane_id,
        'is_in_junction': reason.is_in_junction,
        'is_intersection': here.is_junction,
        'junction_id': -1 if here.junction_id is None else here.junction_id,
        'next_junction_id': -1 if ahead.junction_id is None else ahead.junction_id,
        'next_road_ids': list(ahead.next_road_ids),
        'next_next_road_ids_ego': list(ahead.next_next_road_ids),
        'ego_lane': _lane(BesideLane(kind='Driving', width_m=here.width_m)),
        'left_lanes': [_lane(lane) for lane in sides.left],
        'right_lanes': [_lane(lane) for lane in sides.right],
        'num_lanes_same_direction': 1 + sides.count(is_oncoming=False),
        'num_lanes_opposite_direction': sides.count(is_oncoming=True),
        'lane_change': int(here.can_change_right) + 2 * int(here.can_change_left),
        'lane_type': None,
        'lane_type_str': 'Driving',
        **_marking('left', here.left_mark),
        **_marking('right', here.right_mark),
        **{
            f'{name}_{side}': sides.has(kind, on_left=side == 'left')
            for name, kind in (
                ('shoulder', 'Shoulder'),
                ('parking', 'Parking'),
                ('sidewalk', 'Sidewalk'),
                ('bike_lane', BIKING),
            )
            for side in ('left', 'right')
        },
        **_hazards(reason),
    }


def _lane(lane: BesideLane) -> dict[str, Any]:
    # The key is upstream's, colon included.
    return {'type:': lane.kind, 'width': round(lane.width_m, 3)}


def _marking(side: str, mark: str) -> dict[str, str | None]:
    kind, _, colour = mark.partition(' ')
    return {
        f'{side}_lane_marking_type': 'NONE' if kind == 'none' else kind.capitalize(),
        f'{side}_lane_marking_color': colour.capitalize() or None,
    }


def _hazards(reason: ExpertReason) -> dict[str, Any]:
    reduction = reason.reduction if reason.hazards else None
    found: dict[str, Any] = {}
    for range_m in HAZARD_RANGES_M:
        is_near = reduction is not None and reduction.distance_m < range_m
        found[f'hazard_detected_{range_m}'] = is_near
        found[f'affects_ego_{range_m}'] = reduction.id if is_near and reduction else None
    return found
