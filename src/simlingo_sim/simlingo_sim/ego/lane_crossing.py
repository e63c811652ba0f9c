# SPDX-License-Identifier: Apache-2.0
"""Detects when the ego crosses a lane marking, like CARLA's lane invasion sensor."""

from __future__ import annotations

import math

from simlingo_core.geometry import wrap_angle_rad
from simlingo_sim.state import ActorState
from simlingo_sim.town.carla_map import CarlaMap

# CARLA's LaneMarkingType; an unknown kind is Other (0).
MARKING_NUMBERS = {
    'broken': 1,
    'solid': 2,
    'solidsolid': 3,
    'solidbroken': 4,
    'brokensolid': 5,
    'brokenbroken': 6,
}


class LaneCrossing:
    """Detects crossings of lane markings on both sides of the ego; reports each once."""

    def __init__(self, road: CarlaMap) -> None:
        self._road = road
        self._is_across = {'left': False, 'right': False}

    def update(self, ego: ActorState) -> list[int]:
        """Return the markings whose crossing began at this tick, as CARLA numbers them."""
        pose = ego.pose_map
        lane = self._road.lane_point(pose.x_m, pose.y_m)
        place = lane.pose_map.inverse_transform(pose.position_m)
        turn_rad = wrap_angle_rad(pose.yaw_rad - lane.pose_map.yaw_rad)
        half_m = ego.extent_m[1] * abs(math.cos(turn_rad)) + ego.extent_m[0] * abs(
            math.sin(turn_rad)
        )
        edge_m = lane.width_m / 2.0
        now = {
            'left': not lane.is_junction and float(place[1]) + half_m > edge_m,
            'right': not lane.is_junction and float(place[1]) - half_m < -edge_m,
        }
        marks = {'left': lane.left_mark, 'right': lane.right_mark}
        begun = [side for side in now if now[side] and not self._is_across[side]]
        # Past the middle of the marking the sides swap; the crossing is still the same one.
        if any(self._is_across.values()):
            begun = []
        self._is_across = now
        return [_number(marks[side]) for side in begun if marks[side] != 'none']


def _number(mark: str) -> int:
    return MARKING_NUMBERS.get(mark.split()[0].replace('_', ''), 0)
