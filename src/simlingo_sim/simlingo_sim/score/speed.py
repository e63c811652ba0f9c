# SPDX-License-Identifier: Apache-2.0
"""Minimum speed: the car's speed compared with the traffic around it."""

from __future__ import annotations

import math

from simlingo_sim.score.infractions import Infraction, InfractionKind
from simlingo_sim.score.protocol import ScoreProtocol
from simlingo_sim.state import WorldState

SURROUNDING_M = 50.0
LAST_PART_FROM_SHARE = 0.95


class MinSpeedCriterion:
    """Compares mean speeds over equal parts of the route (``MinimumSpeedRouteTest``).

    The entry of each part is the mean speed of the car divided by the mean speed of traffic within
    50 m, in percent; 100 where there was no traffic.  CARLA's own background traffic exists only
    around the car.  The leaderboard lists parts below 100 %, Bench2Drive all of them.
    """

    def __init__(self, protocol: ScoreProtocol) -> None:
        self._protocol = protocol
        self._checkpoint = 1
        self._own_sum_mps = self._others_sum_mps = 0.0
        self._last: WorldState | None = None

    def update(self, state: WorldState, completion_share: float) -> list[Infraction]:
        """Return the entry of the part of the route that ends at this tick, if there is one."""
        self._last = state
        others = [
            abs(actor.speed_mps)
            for actor in state.actors
            if actor.role == 'traffic'
            and actor.kind.is_vehicle
            and _distance_m(state, actor.pose_map.x_m, actor.pose_map.y_m) < SURROUNDING_M
        ]
        if others:
            self._own_sum_mps += abs(state.ego.speed_mps)
            self._others_sum_mps += sum(others) / len(others)
        if completion_share < self._checkpoint / self._protocol.min_speed_checkpoints:
            return []
        return self._close_part(state)

    def finish(self, completion_share: float) -> list[Infraction]:
        """Return the entry of the last part, where the episode ends shortly before the goal."""
        is_open = self._checkpoint <= self._protocol.min_speed_checkpoints
        if self._last is None or not is_open or completion_share <= LAST_PART_FROM_SHARE:
            return []
        return self._entry(self._last, self._percentage())

    def _close_part(self, state: WorldState) -> list[Infraction]:
        percentage = self._percentage()
        self._own_sum_mps = self._others_sum_mps = 0.0
        self._checkpoint += 1
        return self._entry(state, percentage)

    def _percentage(self) -> float:
        if self._others_sum_mps <= 0.0:
            return 100.0
        return round(100.0 * self._own_sum_mps / self._others_sum_mps, 2)

    def _entry(self, state: WorldState, percentage: float) -> list[Infraction]:
        if percentage >= 100.0 and not self._protocol.records_every_min_speed:
            return []
        pose = state.ego.pose_map
        return [
            Infraction(
                kind=InfractionKind.MIN_SPEED,
                t_s=state.t_s,
                position_map_m=(pose.x_m, pose.y_m),
                percentage=percentage,
                message=f"Average speed is {percentage}% of the surrounding traffic's one",
            )
        ]


def _distance_m(state: WorldState, x_m: float, y_m: float) -> float:
    return math.hypot(state.ego.pose_map.x_m - x_m, state.ego.pose_map.y_m - y_m)
