# SPDX-License-Identifier: Apache-2.0
"""Signs beside the road that only inform: no rule of the score depends on them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from simlingo_core.geometry import Pose2
from simlingo_sim.town.carla_map import CarlaMap, Landmark


class SignKind(StrEnum):
    """Named by OpenDRIVE's (German) type numbers."""

    YIELD = '205'
    EXIT = '333'
    CURVE_LEFT = '625-10'
    CURVE_RIGHT = '625-20'


@dataclass(frozen=True, kw_only=True)
class RoadSign:
    """One sign; x of the pose points against the traffic it faces."""

    kind: SignKind
    pose_map: Pose2


def read_road_signs(carla_map: CarlaMap) -> tuple[RoadSign, ...]:
    """Return the signs of the map, in a fixed order."""
    return tuple(
        RoadSign(kind=kind, pose_map=facing_traffic(mark))
        for kind in SignKind
        for mark in carla_map.landmarks(kind)
    )


def facing_traffic(mark: Landmark) -> Pose2:
    """Return the pose of a sign whose face is towards the traffic."""
    pose = mark.pose_map
    return Pose2(pose.x_m, pose.y_m, pose.yaw_rad + math.pi)
