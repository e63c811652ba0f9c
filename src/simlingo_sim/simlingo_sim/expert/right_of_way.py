# SPDX-License-Identifier: Apache-2.0
"""Right of way: what situations demand, gaps for the route's lane changes, emergency vehicles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from simlingo_core.types import RoadOption
from simlingo_sim.expert.dense_route import SPACING_M, DenseRoute
from simlingo_sim.expert.leaders import LIGHT_GAP, Leader
from simlingo_sim.expert.reason import RouteAction
from simlingo_sim.expert.scene import Neighbour, Scene
from simlingo_sim.situations.situation import ActiveSituation
from simlingo_sim.town.town import Town

CHANGE_WITHIN_M = 70.0
BESIDE_M = (1.2, 6.0)
MERGE_S = 3.0
FRONT_GAP_M, REAR_GAP_M = 5.0, 6.0
SLOWEST_MPS = 3.0
PRIORITY_WITHIN_M = 45.0

HEARD_WITHIN_M = 60.0
SAME_LANE_M = 1.6
START_AHEAD_M, STEP_M, TRANSITION_M = 22.0, 40.0, 20.0
PAST_M = 10.0
ROOM_BEHIND_M, ROOM_AHEAD_M = 14.0, 14.0
YIELDING_SHARE = 0.75


@dataclass(frozen=True, kw_only=True)
class Demands:
    """What the situations demand at one tick.

    Attributes:
        priority_ids: vehicles that drive on when the ego is in their way.
        is_near: whether the place of such a situation is near.
        make_way_for_id: the emergency vehicle to be let past; 0: none.
    """

    priority_ids: frozenset[int] = frozenset()
    is_near: bool = False
    make_way_for_id: int = 0

    @classmethod
    def of(cls, situations: Iterable[ActiveSituation], ego_arc_m: float) -> Demands:
        """Return the demands of all situations that are not over."""
        active = [s for s in situations if not s.is_over]
        giving = [s for s in active if s.others_have_priority]
        return cls(
            priority_ids=frozenset(i for s in giving for i in s.actor_ids),
            is_near=any(abs(s.arc_m - ego_arc_m) < PRIORITY_WITHIN_M for s in giving),
            make_way_for_id=max((s.make_way_for_id for s in active), default=0),
        )


class LaneGap:
    """Stops before a lane change of the route until the other lane is free.

    Args:
        route: the expert's route.
    """

    def __init__(self, route: DenseRoute) -> None:
        self._starts = [
            (int(first), side)
            for option, side in (
                (RoadOption.CHANGE_LANE_LEFT, 1.0),
                (RoadOption.CHANGE_LANE_RIGHT, -1.0),
            )
            for first in np.flatnonzero(np.diff((route.options == int(option)).astype(int)) > 0)
        ]

    def leaders(self, scene: Scene, priority_ids: frozenset[int]) -> list[Leader]:
        """Return the place to stop at, as a leader; empty where the lane is free."""
        for start, side in sorted(self._starts):
            distance_m = (start - scene.route.index) * SPACING_M
            if not 0.0 < distance_m < CHANGE_WITHIN_M:
                continue
            blocking = [
                n
                for n in scene.neighbours
                if n.actor.id in priority_ids and _blocks(scene, n, distance_m, side)
            ]
            if blocking:
                nearest = min(blocking, key=lambda n: abs(n.ahead_m))
                return [
                    Leader(
                        kind=str(nearest.actor.kind),
                        id=nearest.actor.id,
                        distance_m=distance_m,
                        speed_mps=0.0,
                        length_m=0.0,
                        gap=LIGHT_GAP,
                    )
                ]
            return []
        return []


def _blocks(scene: Scene, n: Neighbour, distance_m: float, side: float) -> bool:
    """Return whether a vehicle will be beside the ego, or close, when the lane change begins."""
    if not n.is_same_way or not BESIDE_M[0] < side * n.left_m < BESIDE_M[1]:
        return False
    speed = scene.ego.speed_mps
    arrival_s = distance_m / max(speed, SLOWEST_MPS)
    rest_m = n.along_mps * arrival_s - distance_m
    half_m = scene.ego.extent_m[0]
    closing_m = MERGE_S * (n.along_mps - speed)
    is_ahead = n.start_m + rest_m + min(closing_m, 0.0) > half_m + FRONT_GAP_M
    is_behind = n.end_m + rest_m + max(closing_m, 0.0) < -half_m - REAR_GAP_M
    return not (is_ahead or is_behind)


class WayMaker:
    """Shifts the route into the lane beside while an emergency vehicle comes from behind.

    Args:
        town: the town, for its lanes.
    """

    def __init__(self, town: Town) -> None:
        self._town = town
        self._offset_m = 0.0
        self._end = -1
        self._is_past = False

    def action(self, scene: Scene, vehicle_id: int) -> RouteAction | None:
        """Return what the ego does for the vehicle, None: nothing; may shift the route."""
        route = scene.route
        vehicle = next((n for n in scene.neighbours if n.actor.id == vehicle_id), None)
        if self._end < 0:
            if vehicle is None or not self._must_move(scene, vehicle):
                return None
            self._offset_m = self._free_offset_m(scene)
            if self._offset_m == 0.0:
                return None
            first = route.index + round(START_AHEAD_M / SPACING_M)
            self._shift(scene, first)
        self._is_past = self._is_past or vehicle is None or vehicle.start_m > PAST_M
        if not self._is_past and self._end - route.index < round(STEP_M / SPACING_M):
            self._shift(scene, self._end)
        if route.index > self._end + round(TRANSITION_M / SPACING_M):
            self._end = -1
            return None
        if self._is_past and route.index >= self._end:
            return RouteAction.RETURN_TO_LANE
        left = self._offset_m > 0.0
        return RouteAction.CHANGE_LANE_LEFT if left else RouteAction.CHANGE_LANE_RIGHT

    def limit_mps(self, desired_mps: float) -> float:
        """Return the speed while the vehicle passes."""
        is_yielding = self._end >= 0 and not self._is_past
        return YIELDING_SHARE * desired_mps if is_yielding else desired_mps

    def _shift(self, scene: Scene, first: int) -> None:
        self._end = first + round(STEP_M / SPACING_M)
        scene.route.shift(first, self._end, self._offset_m, TRANSITION_M)

    @staticmethod
    def _must_move(scene: Scene, vehicle: Neighbour) -> bool:
        is_behind = -HEARD_WITHIN_M < vehicle.ahead_m < 0.0
        return is_behind and abs(vehicle.left_m - scene.offset_at(0.0)) < SAME_LANE_M

    def _free_offset_m(self, scene: Scene) -> float:
        """Return the shift to the lane on the left, else on the right; 0: none is free."""
        pose = scene.ego.pose_map
        here = self._town.map.lane_point(pose.x_m, pose.y_m)
        for beside in (self._town.map.left(here), self._town.map.right(here)):
            if beside is None:
                continue
            left_m = float(here.pose_map.inverse_transform(beside.pose_map.position_m)[1])
            if not any(_is_beside(scene, n, left_m) for n in scene.neighbours):
                return left_m
        return 0.0


def _is_beside(scene: Scene, n: Neighbour, offset_m: float) -> bool:
    in_lane = n.gap_beside_m(offset_m, scene.ego.extent_m[1]) < 0.3
    return in_lane and n.end_m > -ROOM_BEHIND_M and n.start_m < ROOM_AHEAD_M
