# SPDX-License-Identifier: Apache-2.0
"""Collisions, counted as the leaderboard counts them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from simlingo_sim.score.infractions import Infraction, InfractionKind
from simlingo_sim.state import ActorState, WorldState

STANDING_MPS = 0.1
SAME_PLACE_M = 5.0
SAME_ACTOR_S = 5.0
NEAR_M = 30.0


class CollisionCriterion:
    """Counts contacts of the ego's box with others.

    As in the leaderboard a contact does not count while the ego stands (< 0.1 m/s), while the ego
    is within 5 m of a contact that counted, nor with the same actor within 5 s.

    Args:
        statics: outlines of walls, poles and trees in map.
    """

    def __init__(self, statics: Sequence[BaseGeometry] = ()) -> None:
        self._statics = shapely.STRtree(list(statics)) if statics else None
        self._counted_places_m: list[tuple[float, float]] = []
        self._last_id: int | None = None
        self._last_t_s = -math.inf

    def update(self, state: WorldState) -> list[Infraction]:
        """Return the collisions that are counted at this tick."""
        ego = state.ego
        place = (ego.pose_map.x_m, ego.pose_map.y_m)
        self._counted_places_m = [
            other for other in self._counted_places_m if math.dist(other, place) <= SAME_PLACE_M
        ]
        if state.t_s - self._last_t_s > SAME_ACTOR_S:
            self._last_id = None
        found: list[Infraction] = []
        if abs(ego.speed_mps) < STANDING_MPS:
            return found
        for other_id, kind, name in self._contacts(state):
            if other_id == self._last_id or self._counted_places_m:
                continue
            self._counted_places_m.append(place)
            self._last_id, self._last_t_s = other_id, state.t_s
            found.append(
                Infraction(
                    kind=kind,
                    t_s=state.t_s,
                    position_map_m=place,
                    other_id=other_id,
                    message=f'Agent collided against {name} with id={other_id} '
                    f'at (x={place[0]:.3f}, y={place[1]:.3f})',
                )
            )
        return found

    def _contacts(self, state: WorldState) -> list[tuple[int, InfractionKind, str]]:
        ego = state.ego
        near = [actor for actor in state.actors if _centre_distance_m(actor, ego) < NEAR_M]
        box = shapely.polygons(ego.corners_map_m())
        contacts: list[tuple[int, InfractionKind, str]] = []
        if near:
            boxes = shapely.polygons(np.array([actor.corners_map_m() for actor in near]))
            for index in np.flatnonzero(shapely.intersects(boxes, box)):
                actor = near[int(index)]
                contacts.append((actor.id, collision_kind(actor), actor.type_id))
        hits_outline = self._statics is not None and len(
            self._statics.query(box, predicate='intersects')
        )
        if state.touches_scenery or hits_outline:
            contacts.append((0, InfractionKind.COLLISION_STATIC, 'static scenery'))
        return contacts


def collision_kind(actor: ActorState) -> InfractionKind:
    """Return the kind of infraction of a contact with an actor."""
    if actor.kind.is_vehicle:
        return InfractionKind.COLLISION_VEHICLE
    if actor.kind.is_static:
        return InfractionKind.COLLISION_STATIC
    return InfractionKind.COLLISION_PEDESTRIAN


def _centre_distance_m(a: ActorState, b: ActorState) -> float:
    return math.hypot(a.pose_map.x_m - b.pose_map.x_m, a.pose_map.y_m - b.pose_map.y_m)
