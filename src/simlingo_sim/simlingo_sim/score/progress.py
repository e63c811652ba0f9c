# SPDX-License-Identifier: Apache-2.0
"""Route completion, and the end conditions of an episode."""

from __future__ import annotations

from simlingo_core.route import Route
from simlingo_core.route_progress import RouteProgress
from simlingo_sim.score.infractions import EndReason, Infraction, InfractionKind
from simlingo_sim.score.protocol import ScoreProtocol
from simlingo_sim.state import WorldState

DEVIATION_LIMIT_M = 30.0
DEVIATION_TOLERANCE_M = 15.0
DEVIATION_SHARE = 0.30
STANDING_MPS = 0.1
TIMEOUT_BASE_S = 300.0
TIMEOUT_SPEED_SHARE = 0.1
WINDOW_M = 20.0


class ProgressCriterion:
    """Tracks the car along its route and decides when the episode is over.

    Args:
        route: the route.
        protocol: rules of the score.

    Attributes:
        completion_share: route completion, 0 to 1; 1 only after arrival.
        end: why the episode is over, None while it is running.
    """

    def __init__(self, route: Route, protocol: ScoreProtocol) -> None:
        self._route, self._protocol = route, protocol
        self._progress = RouteProgress(route, window_m=WINDOW_M, is_farthest=True)
        self.completion_share = 0.0
        self.end: EndReason | None = None
        self._moved_t_s: float | None = None
        self._start_t_s: float | None = None
        self._timeout_s = TIMEOUT_BASE_S
        self._far_m = 0.0

    @property
    def arc_m(self) -> float:
        """Farthest position on the route reached so far."""
        return self._progress.arc_m

    def update(self, state: WorldState, speed_limit_mps: float) -> list[Infraction]:
        """Evaluate one tick; return the infraction that ends the episode, if there is one."""
        position = state.ego.pose_map.position_m
        gained_m = self._progress.update(position)
        lateral_m = self._progress.lateral_offset_m
        self.completion_share = self._progress.share
        goal_m = self._route.points_map_m[-1] - position
        is_near_goal = float(goal_m @ goal_m) < self._protocol.completion_distance_m**2
        if is_near_goal and self.completion_share > self._protocol.completion_share:
            self.completion_share, self.end = 1.0, EndReason.ARRIVED
            return []
        if abs(lateral_m) > DEVIATION_TOLERANCE_M:
            self._far_m += gained_m
        self._timeout_s += gained_m / (TIMEOUT_SPEED_SHARE * max(speed_limit_mps, 1.0))
        return self._failure(state, abs(lateral_m))

    def _failure(self, state: WorldState, distance_m: float) -> list[Infraction]:
        t_s = state.t_s
        if self._start_t_s is None:
            self._start_t_s = t_s
        if self._moved_t_s is None or abs(state.ego.speed_mps) >= STANDING_MPS:
            self._moved_t_s = t_s
        limit = self._protocol.tick_limit
        if distance_m > DEVIATION_LIMIT_M or self._far_m > DEVIATION_SHARE * self._route.length_m:
            self.end, kind = EndReason.ROUTE_DEVIATION, InfractionKind.ROUTE_DEVIATION
            message = 'Agent deviated from the route'
        elif t_s - self._moved_t_s >= self._protocol.blocked_s:
            self.end, kind = EndReason.BLOCKED, InfractionKind.BLOCKED
            message = 'Agent got blocked'
        elif t_s - self._start_t_s > self._timeout_s:
            self.end, kind = EndReason.ROUTE_TIMEOUT, InfractionKind.ROUTE_TIMEOUT
            message = 'Route timeout'
        else:
            if limit is not None and state.tick > limit:
                self.end = EndReason.TICK_LIMIT
            return []
        x_m, y_m = state.ego.pose_map.x_m, state.ego.pose_map.y_m
        text = f'{message} at (x={x_m:.3f}, y={y_m:.3f})'
        return [Infraction(kind=kind, t_s=t_s, position_map_m=(x_m, y_m), message=text)]
