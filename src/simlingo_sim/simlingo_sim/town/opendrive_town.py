# SPDX-License-Identifier: Apache-2.0
"""Towns from an OpenDRIVE file alone: lanes, crossings and stop signs, without traffic."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import numpy as np

from simlingo_sim.state import StopSign
from simlingo_sim.town.carla_map import STOP_SIGN_TYPE, CarlaMap, Landmark, LanePoint
from simlingo_sim.town.road_signs import facing_traffic, read_road_signs
from simlingo_sim.town.town import Crossing, Lane, LaneKind, LaneMark, Town

LANE_SAMPLING_M = 2.0
FIRST_SIGN_ID = 20001


def read_opendrive_town(carla_map: CarlaMap) -> Town:
    """Build the town from the driving lanes, crosswalks and stop signs of the map."""
    by_lane: dict[tuple[int, int, int], list[LanePoint]] = defaultdict(list)
    for point in carla_map.lane_points(LANE_SAMPLING_M):
        by_lane[point.lane_key].append(point)
    lanes = [_lane(carla_map, key, points) for key, points in by_lane.items() if len(points) > 1]
    crossings = []
    for number, outline in enumerate(carla_map.crosswalks()):
        middles = [(a + b) / 2 for a, b in pairwise([*outline, outline[0]])]
        ways = [(middles[i], middles[(i + 2) % len(middles)]) for i in range(2)]
        axis = max(ways, key=lambda way: float(np.hypot(*(way[1] - way[0]))))
        across = min(float(np.hypot(*(b - a))) for a, b in ways)
        crossings.append(
            Crossing(
                id=f'crosswalk_{number:03d}',
                polygon_map_m=outline,
                axis_map_m=np.array(axis),
                width_m=across,
            )
        )
    signs = [
        _stop_sign(carla_map, number, mark)
        for number, mark in enumerate(carla_map.landmarks(STOP_SIGN_TYPE))
    ]
    return Town(
        name=carla_map.name,
        map=carla_map,
        net_path=None,
        lanes=tuple(sorted(lanes, key=lambda lane: lane.id)),
        junctions=(),
        crossings=tuple(crossings),
        walking_areas_map_m=(),
        traffic_lights=(),
        stop_signs=tuple(signs),
        parking_slots_map=(),
        road_signs=read_road_signs(carla_map),
    )


def _lane(carla_map: CarlaMap, key: tuple[int, int, int], points: list[LanePoint]) -> Lane:
    # Lanes with a positive id run against the reference line.
    points = sorted(points, key=lambda p: p.s_m, reverse=key[2] > 0)
    middle = points[len(points) // 2]
    return Lane(
        id='_'.join(map(str, key)),
        edge_id=f'{key[0]}_{"r" if key[2] < 0 else "l"}',
        index=abs(key[2]) - 1,
        kind=LaneKind.DRIVING,
        centre_map_m=np.array([p.pose_map.position_m for p in points]),
        width_m=middle.width_m,
        limit_mps=carla_map.limit_mps(middle),
        in_junction=middle.is_junction,
        left_mark=LaneMark.NONE if middle.is_junction else _mark(middle.left_mark),
        right_mark=LaneMark.NONE if middle.is_junction else _mark(middle.right_mark),
    )


def _mark(name: str) -> LaneMark:
    if name == 'none':
        return LaneMark.NONE
    if 'yellow' in name:
        return LaneMark.YELLOW_SOLID
    return LaneMark.WHITE_BROKEN if 'broken' in name else LaneMark.WHITE_SOLID


def _stop_sign(carla_map: CarlaMap, number: int, mark: Landmark) -> StopSign:
    lane = carla_map.lane_point(mark.pose_map.x_m, mark.pose_map.y_m)
    half = lane.width_m / 2
    return StopSign(
        id=FIRST_SIGN_ID + number,
        pose_map=facing_traffic(mark),
        stop_line_map_m=lane.pose_map.transform([[0.0, half], [0.0, -half]]),
    )
