# SPDX-License-Identifier: Apache-2.0
"""Keeping to the right of the lane where oncoming vehicles reach into it."""

from __future__ import annotations

from simlingo_sim.expert.dense_route import SPACING_M
from simlingo_sim.expert.obstacles import ObstacleView
from simlingo_sim.expert.reason import RouteAction
from simlingo_sim.expert.scene import Neighbour, Scene

SEEN_WITHIN_M = 60.0
TOO_CLOSE_M = 0.6
WANTED_M = 0.5
"""Gap to an oncoming vehicle."""
TRANSITION_M = 10.0
LANE_TOLERANCE_M = 0.15
MOVING_MPS = 0.3


class RightKeeper:
    """Shifts the expert's route to the right, within its lane, while such vehicles come."""

    def __init__(self) -> None:
        self._until = -1
        self._ids: tuple[int, ...] = ()

    def view(self, scene: Scene) -> ObstacleView:
        """Return whom the expert makes room for at one tick; may shift the route."""
        coming = [n for n in scene.neighbours if reaches_in(scene, n)]
        if coming:
            self._shift(scene, coming)
            self._ids = tuple(n.actor.id for n in coming)
        if scene.route.index >= self._until:
            return ObstacleView()
        return ObstacleView(ids=self._ids, action=RouteAction.KEEP_RIGHT)

    def _shift(self, scene: Scene, coming: list[Neighbour]) -> None:
        route, half_m = scene.route, scene.ego.extent_m[1]
        wanted_m = min(n.low_m for n in coming) - WANTED_M - half_m
        room_m = 0.5 * float(route.widths_m[route.index]) + LANE_TOLERANCE_M - half_m
        offset_m = max(wanted_m, -room_m)
        last = route.index + round(max(n.end_m for n in coming) / SPACING_M)
        if offset_m >= 0.0 or last <= self._until:
            return
        first = route.index + round(TRANSITION_M / SPACING_M)
        route.shift(first, last, offset_m, TRANSITION_M)
        self._until = last


def reaches_in(scene: Scene, neighbour: Neighbour) -> bool:
    """Return whether an oncoming vehicle that must be passed comes near the middle of the lane.

    Others are the business of the forecast.
    """
    return (
        neighbour.actor.id in scene.passable_ids
        and neighbour.is_oncoming
        and neighbour.actor.speed_mps > MOVING_MPS
        and -scene.ego.extent_m[0] < neighbour.end_m
        and neighbour.start_m < SEEN_WITHIN_M
        and neighbour.gap_beside_m(0.0, scene.ego.extent_m[1]) < TOO_CLOSE_M
    )
