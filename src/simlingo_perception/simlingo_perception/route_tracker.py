# SPDX-License-Identifier: Apache-2.0
"""Where on its route the car is: target points, command, progress."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.geometry import Pose2
from simlingo_core.route import Route
from simlingo_core.target_points import TargetPoints, TargetPointTracker, downsample_plan
from simlingo_perception.config import PerceptionConfig

_NEAR_START_M = 10.0
_WINDOW_M = 30.0


@dataclass(frozen=True, kw_only=True)
class RoutePosition:
    """Where on its route the car is.

    Attributes:
        targets: target points and commands.
        arc_m: way along the route.
        progress: share of the route behind the car, 0 to 1.
        offset_m: distance to the left of the route.
    """

    targets: TargetPoints
    arc_m: float
    progress: float
    offset_m: float


class RouteFollower:
    """Follows one route; feed it every pose, not only those of images."""

    def __init__(self, route: Route, config: PerceptionConfig) -> None:
        self.route = route
        self._tracker = TargetPointTracker(
            downsample_plan(route, config.target_spacing_m),
            config.target_reached_m,
            config.target_search_m,
        )
        self._arc_m: float | None = None

    def reset(self) -> None:
        """Begin again."""
        self._tracker.reset()
        self._arc_m = None

    def update(self, pose_map: Pose2) -> RoutePosition:
        """Return where the car is now."""
        position = pose_map.position_m
        near_arc_m = self._arc_m
        if near_arc_m is None:
            # A round trip begins where it ends: near the start the start is meant.
            start_m, offset_m = self.route.project(position, 0.0, _NEAR_START_M)
            near_arc_m = start_m if abs(offset_m) < _NEAR_START_M else None
        self._arc_m, offset_m = self.route.project(position, near_arc_m, _WINDOW_M)
        return RoutePosition(
            targets=self._tracker.update(position),
            arc_m=self._arc_m,
            progress=min(self._arc_m / self.route.length_m, 1.0),
            offset_m=offset_m,
        )
