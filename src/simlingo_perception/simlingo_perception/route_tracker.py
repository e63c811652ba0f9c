# SPDX-License-Identifier: Apache-2.0
"""Where on its route the car is: target points, command, progress."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simlingo_core.geometry import Pose2, wrap_angle_rad
from simlingo_core.route import Route
from simlingo_core.target_points import TargetPoints, TargetPointTracker, downsample_indices
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


class RouteTracker:
    """Tracks one route; give it every pose, not only those of images.

    The car is looked for within 30 m of its last place on the route, so that a route that crosses
    itself is not confused.  A car that was put elsewhere, and a car that comes back to another
    part of its route, are found on the whole route.
    """

    def __init__(self, route: Route, config: PerceptionConfig) -> None:
        self.route = route
        self._far_m = config.far_from_route_m
        self._reached_m = config.target_reached_m
        kept = downsample_indices(route, config.target_spacing_m)
        self._target_arcs_m = route.arc_m[kept]
        self._targets = TargetPointTracker(
            Route(route.points_map_m[kept], [route.options[i] for i in kept]),
            config.target_reached_m,
            config.target_search_m,
        )
        self.reset()

    def reset(self) -> None:
        """Begin again."""
        self._targets.reset()
        self._arc_m: float | None = None

    def update(self, pose: Pose2, *, has_jumped: bool = False) -> RoutePosition:
        """Return where the car is now.

        Args:
            pose: base_link in map.
            has_jumped: the car was put elsewhere since the last call.
        """
        if self._arc_m is None:
            self._arc_m, offset_m = self._locate(pose)
            if self._arc_m > self._reached_m:
                self._move_targets(self._arc_m)
        else:
            self._arc_m, offset_m = self.route.project(pose.position_m, self._arc_m, _WINDOW_M)
            if abs(offset_m) > self._far_m:
                offset_m = self._search(pose, has_jumped=has_jumped)
            elif has_jumped:
                self._move_targets(self._arc_m)
        return RoutePosition(
            targets=self._targets.update(pose.position_m),
            arc_m=self._arc_m,
            progress=min(self._arc_m / self.route.length_m, 1.0),
            offset_m=offset_m,
        )

    def _locate(self, pose: Pose2) -> tuple[float, float]:
        """Return arc length and offset of a car whose place on the route is not known."""
        # A round trip begins where it ends: near the start the start is meant.
        start_m, offset_m = self.route.project(pose.position_m, 0.0, _NEAR_START_M)
        near_arc_m = start_m if abs(offset_m) < _NEAR_START_M else None
        return self.route.project(pose.position_m, near_arc_m, _WINDOW_M)

    def _search(self, pose: Pose2, *, has_jumped: bool) -> float:
        """Look for the car on the whole route; return its offset to the nearest part."""
        arc_m, offset_m = self._locate(pose)
        turn_rad = wrap_angle_rad(pose.yaw_rad - float(self.route.heading_at(arc_m)))
        is_along = abs(turn_rad) < math.pi / 2
        if has_jumped or (abs(offset_m) <= self._far_m and is_along):
            self._arc_m = arc_m
            self._move_targets(arc_m)
        return offset_m

    def _move_targets(self, arc_m: float) -> None:
        """Let the target points follow to where the car was found."""
        passed = int(np.searchsorted(self._target_arcs_m, arc_m, side='right')) - 1
        self._targets.move_to(passed)
