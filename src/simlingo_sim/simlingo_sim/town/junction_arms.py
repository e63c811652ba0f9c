# SPDX-License-Identifier: Apache-2.0
"""The ways over the junction ahead of a place: where each leads, and its line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlingo_core.geometry import wrap_angle_rad
from simlingo_core.intents import Direction
from simlingo_sim.town.carla_map import CarlaMap, LanePoint
from simlingo_sim.town.route_planner import TURN_THRESHOLD_RAD

STEP_M = 1.0
MOST_ARMS = 6


@dataclass(frozen=True, kw_only=True)
class JunctionArm:
    """A way over a junction.

    Attributes:
        direction: left, right or straight.
        points_map_m: from the place on, 1 m apart, through the junction and behind it, shape
            (N, 2).
    """

    direction: Direction
    points_map_m: NDArray[np.float64]


def junction_arms(
    town_map: CarlaMap, here: LanePoint, *, within_m: float, length_m: float
) -> list[JunctionArm]:
    """Return the ways from a lane over the junction ahead.

    Args:
        town_map: of the town.
        here: a place on a lane before the junction.
        within_m: the junction begins within this distance; else there are no arms.
        length_m: of each line, from the place on.

    Returns:
        Each way once, in the order of the map; none where the place is in a junction.
    """
    before = [here]
    while not before[-1].is_junction:
        ahead = town_map.ahead(before[-1], STEP_M)
        if len(before) * STEP_M > within_m or not ahead:
            return []
        if any(point.is_junction for point in ahead):
            return [_arm(town_map, before, first, length_m) for first in ahead[:MOST_ARMS]]
        before.append(ahead[0])
    return []


def _arm(
    town_map: CarlaMap, before: list[LanePoint], first: LanePoint, length_m: float
) -> JunctionArm:
    points, end = [*before, first], None
    while len(points) * STEP_M < length_m:
        ahead = town_map.ahead(points[-1], STEP_M)
        if not ahead:
            break
        points.append(ahead[0])
        if end is None and not ahead[0].is_junction:
            end = ahead[0]
    turned_rad = wrap_angle_rad((end or points[-1]).pose_map.yaw_rad - before[-1].pose_map.yaw_rad)
    direction = Direction.STRAIGHT
    if abs(turned_rad) >= TURN_THRESHOLD_RAD:
        direction = Direction.LEFT if turned_rad > 0.0 else Direction.RIGHT
    return JunctionArm(
        direction=direction,
        points_map_m=np.array([point.pose_map.position_m for point in points]),
    )
