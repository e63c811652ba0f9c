# SPDX-License-Identifier: Apache-2.0
"""Brakes SUMO's cars behind the ego where SUMO itself does not.

In a junction SUMO lets a car that goes straight on pass an ego that waits for its left turn,
because the two are on different lanes; their boxes would overlap.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import libsumo

from simlingo_core.geometry import wrap_angle_rad
from simlingo_sim.state import ActorState

SAME_WAY_RAD = math.radians(60.0)
BESIDE_M = 0.15
KEPT_GAP_M = 1.0
LOOK_AHEAD_M = 20.0
# A car farther away is either out of the look-ahead or far to the side of it.
FAR_AWAY_M = 2.0 * LOOK_AHEAD_M
BRAKING_MPS2 = 4.0
LARGEST_CHANGE_MPS = 0.4


class RearGuard:
    """Slows down cars that would hit the ego from behind, and releases them afterwards.

    Args:
        sumo_name: returns the name in SUMO of an actor id.
    """

    def __init__(self, sumo_name: Callable[[int], str]) -> None:
        self._sumo_name = sumo_name
        self._held: set[int] = set()

    def watch(self, ego: ActorState, actors: Iterable[ActorState]) -> None:
        """Command the speeds of the cars behind the ego for this tick."""
        present = {actor.id: actor for actor in actors if actor.kind.is_vehicle}
        for actor in present.values():
            limit_mps = _speed_behind(ego, actor)
            if limit_mps < actor.speed_mps:
                slower = max(limit_mps, actor.speed_mps - LARGEST_CHANGE_MPS, 0.0)
                libsumo.vehicle.setSpeed(self._sumo_name(actor.id), slower)
                self._held.add(actor.id)
            elif actor.id in self._held and limit_mps > actor.speed_mps + 1.0:
                libsumo.vehicle.setSpeed(self._sumo_name(actor.id), -1.0)
                self._held.discard(actor.id)
        self._held &= set(present)


def _speed_behind(ego: ActorState, actor: ActorState) -> float:
    """Return the highest speed with which a car can stop behind the ego; infinite elsewhere."""
    far_m = max(
        abs(actor.pose_map.x_m - ego.pose_map.x_m), abs(actor.pose_map.y_m - ego.pose_map.y_m)
    )
    if far_m > FAR_AWAY_M:
        return math.inf
    x_m, y_m = actor.pose_map.inverse_transform(ego.pose_map.position_m)
    turn = wrap_angle_rad(ego.pose_map.yaw_rad - actor.pose_map.yaw_rad)
    if not 0.0 < x_m < LOOK_AHEAD_M or abs(turn) > SAME_WAY_RAD:
        return math.inf
    along = abs(math.cos(turn)) * ego.extent_m[0] + abs(math.sin(turn)) * ego.extent_m[1]
    across = abs(math.sin(turn)) * ego.extent_m[0] + abs(math.cos(turn)) * ego.extent_m[1]
    if abs(y_m) > across + actor.extent_m[1] + BESIDE_M:
        return math.inf
    room_m = max(0.0, float(x_m) - along - actor.extent_m[0] - KEPT_GAP_M)
    own_mps = max(0.0, ego.speed_mps * math.cos(turn))
    return math.sqrt(own_mps**2 + 2.0 * BRAKING_MPS2 * room_m)
