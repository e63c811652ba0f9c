# SPDX-License-Identifier: Apache-2.0
"""Billboards and road works beside the streets, as static actors; off by default."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import shapely

from simlingo_core.geometry import Pose2
from simlingo_sim.actor_catalog import MODELS, pick_look
from simlingo_sim.state import ActorKind, ActorState
from simlingo_sim.town.town import LaneKind, Town

FIRST_FURNITURE_ID = 5001
SHORTEST_LANE_M = 60.0
BEHIND_PAVEMENT_M = 1.5
KEEP_FREE_M = 6.0
# Around a closed parking slot: kind, along the street and to the left in metres, turn in radians.
WORKS = (
    (ActorKind.CONSTRUCTION_SIGN, -2.6, 0.0, math.pi),
    (ActorKind.BARRIER, -1.6, 0.0, 0.0),
    (ActorKind.BARRIER, 1.8, 0.0, 0.0),
    (ActorKind.CONE, -0.6, 0.75, 0.0),
    (ActorKind.CONE, 0.6, 0.75, 0.0),
)


def furnish(
    town: Town,
    parked: Sequence[ActorState],
    billboards: int,
    road_works: int,
    rng: np.random.Generator,
) -> tuple[ActorState, ...]:
    """Return the parked cars and the furniture, without cars in the slots that works close.

    Args:
        town: the town.
        parked: parked cars.
        billboards: number of billboards, fewer where the town has fewer streets.
        road_works: number of closed parking slots, fewer where there are fewer.
        rng: source of all random choices.
    """
    placed: list[tuple[ActorKind, Pose2]] = []
    slots = town.parking_slots_map
    closed = [slots[int(k)] for k in rng.permutation(len(slots))[:road_works]]
    for slot in closed:
        placed += [(kind, slot @ Pose2(x, y, turn)) for kind, x, y, turn in WORKS]
    lanes = [
        lane for lane in town.lanes if lane.kind is LaneKind.SIDEWALK and not lane.in_junction
    ]
    lanes = [lane for lane in lanes if lane.length_m > SHORTEST_LANE_M]
    for k in rng.permutation(len(lanes))[:billboards]:
        lane = lanes[int(k)]
        at_m = float(rng.uniform(0.25, 0.75)) * lane.length_m
        behind_m = lane.width_m / 2 + BEHIND_PAVEMENT_M
        pose = _pose_along(shapely.LineString(lane.centre_map_m), at_m)
        placed.append((ActorKind.BILLBOARD, pose @ Pose2(0.0, -behind_m, math.pi)))
    kept = [car for car in parked if not _is_near(car, closed)]
    return (*kept, *(_actor(k, kind, pose, rng) for k, (kind, pose) in enumerate(placed)))


def _pose_along(line: shapely.LineString, at_m: float) -> Pose2:
    before, here, after = (line.interpolate(at_m + step) for step in (-0.5, 0.0, 0.5))
    return Pose2(here.x, here.y, math.atan2(after.y - before.y, after.x - before.x))


def _is_near(car: ActorState, closed: Sequence[Pose2]) -> bool:
    x_m, y_m = car.pose_map.position_m
    return any(math.hypot(slot.x_m - x_m, slot.y_m - y_m) < KEEP_FREE_M for slot in closed)


def _actor(number: int, kind: ActorKind, pose: Pose2, rng: np.random.Generator) -> ActorState:
    look = pick_look(kind, rng)
    return ActorState(
        id=FIRST_FURNITURE_ID + number,
        kind=kind,
        type_id=look.type_id,
        role='furniture',
        pose_map=pose,
        speed_mps=0.0,
        extent_m=MODELS[kind].extent_m,
        color_rgb=look.color_rgb,
    )
