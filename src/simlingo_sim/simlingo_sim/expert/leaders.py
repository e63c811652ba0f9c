# SPDX-License-Identifier: Apache-2.0
"""Leaders: vehicles, pedestrians, stop lines and obstacles that the car must stay behind."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simlingo_sim.expert.config import ExpertConfig
from simlingo_sim.expert.idm import IdmGap, idm_target_speed
from simlingo_sim.expert.scene import Neighbour, Scene
from simlingo_sim.state import ActorKind

VEHICLE_GAP = IdmGap(distance_m=4.0, headway_s=0.25)
PEDESTRIAN_GAP = IdmGap(distance_m=4.0, headway_s=0.1)
# PDM-Lite's 6 m is measured from other reference points; this stops the front 2 m before the line.
LIGHT_GAP = IdmGap(distance_m=2.0, headway_s=0.1)
STOP_SIGN_GAP = IdmGap(distance_m=1.5, headway_s=0.1)
OBSTACLE_GAP = IdmGap(distance_m=2.0, headway_s=0.1)
# PDM-Lite's car-following model brakes late and hard; this limits the speed earlier.
GENTLE_BRAKING_MPS2 = 2.5
BESIDE_M = 0.4
PEDESTRIAN_BESIDE_M = 0.8
PEDESTRIAN_MARGIN_S = 1.5
PEDESTRIAN_STILL_MPS = 0.3


@dataclass(frozen=True, kw_only=True)
class Leader:
    """A vehicle, pedestrian, stop line or obstacle to stay behind.

    Attributes:
        kind: kind, with the values of ``Reduction.kind``.
        id: id of the actor, light or sign.
        distance_m: distance from the ego's centre to its reference point along the route.
        speed_mps: speed along the route.
        length_m: half lengths, subtracted from the distance.
        gap: gap to keep.
    """

    kind: str
    id: int
    distance_m: float
    speed_mps: float
    length_m: float
    gap: IdmGap

    def target_mps(
        self, desired_mps: float, speed_mps: float, *, t_s: float = 0.0, travelled_m: float = 0.0
    ) -> float:
        """Return the target speed behind it.

        Args:
            desired_mps: target speed on a free road.
            speed_mps: speed of the ego.
            t_s: time from now, for forecasts.
            travelled_m: distance that the ego has travelled by then.
        """
        distance_m = self.distance_m + self.speed_mps * t_s - travelled_m
        target = idm_target_speed(
            desired_mps=desired_mps,
            speed_mps=speed_mps,
            leader_speed_mps=self.speed_mps,
            leader_distance_m=distance_m,
            leader_length_m=self.length_m,
            gap=self.gap,
        )
        room_m = max(0.0, distance_m - self.length_m - self.gap.distance_m)
        return min(target, math.sqrt(self.speed_mps**2 + 2.0 * GENTLE_BRAKING_MPS2 * room_m))


def is_in_corridor(scene: Scene, neighbour: Neighbour, beside_m: float = BESIDE_M) -> bool:
    """Return whether a bounding box reaches into the ego's way, shifts included."""
    offset = scene.offset_at(neighbour.ahead_m)
    return neighbour.gap_beside_m(offset, scene.ego.extent_m[1]) < beside_m


def is_leading(scene: Scene, neighbour: Neighbour, config: ExpertConfig) -> bool:
    """Return whether a vehicle is ahead on the ego's way and heads in its direction."""
    return (
        neighbour.actor.kind.is_vehicle
        and neighbour.is_same_way
        and 0.0 < neighbour.ahead_m <= config.leader_range_m
        and abs(neighbour.left_m - scene.offset_at(neighbour.ahead_m)) < config.leader_lateral_m
        and is_in_corridor(scene, neighbour)
    )


def leading_vehicles(scene: Scene, config: ExpertConfig) -> list[Leader]:
    """Return the vehicles to follow and the standing actors in the way."""
    half_m = scene.ego.extent_m[0]
    found = []
    for neighbour in scene.neighbours:
        actor = neighbour.actor
        stands_in_way = (
            not actor.kind.is_walker
            and actor.speed_mps < 0.1
            and 0.0 < neighbour.start_m <= config.leader_range_m
            and is_in_corridor(scene, neighbour, 0.1)
        )
        if stands_in_way or is_leading(scene, neighbour, config):
            found.append(
                Leader(
                    kind=str(actor.kind),
                    id=actor.id,
                    distance_m=neighbour.start_m,
                    speed_mps=max(0.0, neighbour.along_mps),
                    length_m=half_m,
                    gap=VEHICLE_GAP,
                )
            )
    return found


def pedestrians_in_way(scene: Scene, config: ExpertConfig) -> list[Leader]:
    """Return the pedestrians who are on the ego's way or will be when the ego arrives."""
    ego = scene.ego
    return [
        Leader(
            kind=str(ActorKind.PEDESTRIAN),
            id=neighbour.actor.id,
            distance_m=neighbour.ahead_m,
            speed_mps=0.0,
            length_m=ego.extent_m[0] + 0.5,
            gap=PEDESTRIAN_GAP,
        )
        for neighbour in scene.neighbours
        if neighbour.actor.kind.is_walker
        and -ego.extent_m[0] < neighbour.ahead_m < config.detection_radius_m
        and _crosses(scene, neighbour)
    ]


def _crosses(scene: Scene, neighbour: Neighbour) -> bool:
    """Return whether a pedestrian and the ego reach the same place at about the same time."""
    ego, actor = scene.ego, neighbour.actor
    offset = scene.offset_at(neighbour.ahead_m)
    room = neighbour.gap_beside_m(offset, ego.extent_m[1])
    if room < PEDESTRIAN_BESIDE_M:
        return True
    sideways_mps = actor.speed_mps * math.sin(neighbour.turn_rad)
    towards_mps = -sideways_mps if neighbour.left_m > offset else sideways_mps
    if towards_mps < PEDESTRIAN_STILL_MPS:
        return False
    enters_s = (room - PEDESTRIAN_BESIDE_M) / towards_mps
    width_m = 2.0 * (ego.extent_m[1] + PEDESTRIAN_BESIDE_M + actor.extent_m[1])
    leaves_s = enters_s + width_m / towards_mps
    gap_m = max(0.0, neighbour.ahead_m - ego.extent_m[0])
    arrives_s = gap_m / max(ego.speed_mps, 2.0)
    departs_s = (gap_m + 2.0 * ego.extent_m[0]) / max(ego.speed_mps, 2.0)
    return (
        enters_s < departs_s + PEDESTRIAN_MARGIN_S and leaves_s > arrives_s - PEDESTRIAN_MARGIN_S
    )
