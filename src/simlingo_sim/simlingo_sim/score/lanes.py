# SPDX-License-Identifier: Apache-2.0
"""Distance driven off the road or in the wrong lane."""

from __future__ import annotations

import math

from simlingo_core.geometry import wrap_angle_rad
from simlingo_core.route import Route
from simlingo_sim.score.infractions import Infraction, InfractionKind
from simlingo_sim.score.road import Road
from simlingo_sim.state import WorldState

TOLERANCE_M = 0.5
WRONG_WAY_RAD = math.radians(120.0)


class LaneCriterion:
    """Measures which share of the completed route was driven outside its lanes.

    The car is outside when it is farther than half a lane width and 0.5 m from every driving or
    parking lane, or in a lane whose direction differs by more than 120 degrees from the route's,
    junctions excepted.  The second rule does not apply during situations that need the oncoming
    lane, as in the leaderboard.
    """

    def __init__(self, route: Route, road: Road) -> None:
        self._route, self._road = route, road
        self._outside_m = 0.0
        self._last_arc_m = 0.0
        self._first: WorldState | None = None

    @property
    def outside_m(self) -> float:
        """Length of the route driven outside so far."""
        return self._outside_m

    def update(self, state: WorldState, arc_m: float, *, may_use_oncoming_lane: bool) -> None:
        """Evaluate one tick.

        Args:
            state: state of the world.
            arc_m: completed length of the route.
            may_use_oncoming_lane: whether a situation needs the oncoming lane.
        """
        gained_m, self._last_arc_m = arc_m - self._last_arc_m, arc_m
        if gained_m <= 0.0 or not self._is_outside(state, arc_m, may_use_oncoming_lane):
            return
        self._outside_m += gained_m
        self._first = self._first or state

    def _is_outside(self, state: WorldState, arc_m: float, may_use_oncoming_lane: bool) -> bool:
        lane = self._road.lane_at(state.ego.pose_map.position_m)
        if lane is None or lane.distance_m > 0.5 * lane.width_m + TOLERANCE_M:
            return True
        if lane.is_junction or may_use_oncoming_lane:
            return False
        difference = wrap_angle_rad(lane.yaw_rad - float(self._route.heading_at(arc_m)))
        return abs(difference) > WRONG_WAY_RAD

    def finish(self, arc_m: float) -> list[Infraction]:
        """Return the infraction of the whole episode, if there is one.

        Args:
            arc_m: completed length of the route.
        """
        if self._first is None or arc_m <= 0.0:
            return []
        share = round(100.0 * self._outside_m / arc_m, 2)
        if share <= 0.0:
            return []
        pose = self._first.ego.pose_map
        return [
            Infraction(
                kind=InfractionKind.OUTSIDE_LANES,
                t_s=self._first.t_s,
                position_map_m=(pose.x_m, pose.y_m),
                percentage=share,
                message='Agent went outside its route lanes for about '
                f'{self._outside_m:.3f} meters ({share}% of the completed route)',
            )
        ]
