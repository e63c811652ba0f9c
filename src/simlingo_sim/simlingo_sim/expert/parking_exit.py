# SPDX-License-Identifier: Apache-2.0
"""Leaving a parking slot beside the route: wait for a gap, then pull out."""

from __future__ import annotations

from simlingo_sim.expert.dense_route import SPACING_M, DenseRoute
from simlingo_sim.expert.leaders import OBSTACLE_GAP, Leader
from simlingo_sim.expert.obstacles import ObstacleView
from simlingo_sim.expert.reason import RouteAction
from simlingo_sim.expert.scene import Neighbour, Scene
from simlingo_sim.state import ActorState

BESIDE_M = 1.2
"""A car that starts farther from its route starts in a parking slot."""
STRAIGHT_M = 1.0
TRANSITION_M = 13.0
STANDING_MPS = 0.3
NEEDED_S = 4.0
"""From standing until the car is up to the others' speed."""
BEHIND_M = 9.0
AHEAD_M = 6.0


class ParkingExit:
    """Leads the expert's route out of a parking slot.

    Args:
        ego: the car at the start of the episode.
        route: the expert's route; shifted to the slot where the car starts in one.
    """

    def __init__(self, ego: ActorState, route: DenseRoute) -> None:
        _, left_m = route.locate(ego.pose_map.position_m[None])
        self._end = -1
        self._has_gap = False
        if abs(float(left_m[0])) > BESIDE_M:
            first, last = 0, route.index + round(STRAIGHT_M / SPACING_M)
            route.shift(first, last, float(left_m[0]), TRANSITION_M)
            self._end = last + round(TRANSITION_M / SPACING_M)

    def view(self, scene: Scene) -> ObstacleView:
        """Return whom the expert waits for, or that it leaves the slot."""
        if scene.route.index >= self._end:
            return ObstacleView()
        near = [n for n in scene.neighbours if _is_near(scene, n)]
        self._has_gap = self._has_gap or not near
        if self._has_gap or scene.ego.speed_mps > STANDING_MPS:
            return ObstacleView(action=RouteAction.LEAVE_PARKING)
        nearest = max(near, key=lambda n: n.ahead_m)
        leader = Leader(
            kind=str(nearest.actor.kind),
            id=nearest.actor.id,
            distance_m=scene.ego.extent_m[0],
            speed_mps=0.0,
            length_m=scene.ego.extent_m[0],
            gap=OBSTACLE_GAP,
        )
        return ObstacleView(
            leader=leader, ids=(nearest.actor.id,), action=RouteAction.LEAVE_PARKING
        )


def _is_near(scene: Scene, neighbour: Neighbour) -> bool:
    """Return whether a vehicle in the lane reaches the car before it has pulled out."""
    in_lane = neighbour.gap_beside_m(0.0, scene.ego.extent_m[1]) < 0.0
    if not (neighbour.actor.kind.is_vehicle and in_lane and neighbour.is_same_way):
        return False
    behind_m = -neighbour.end_m - scene.ego.extent_m[0]
    reach_m = BEHIND_M + NEEDED_S * neighbour.actor.speed_mps
    return behind_m < reach_m and neighbour.start_m < scene.ego.extent_m[0] + AHEAD_M
