# SPDX-License-Identifier: Apache-2.0
"""Progress of a car along its route."""

from __future__ import annotations

from numpy.typing import ArrayLike

from simlingo_core.route import Route

WINDOW_M = 30.0


class RouteProgress:
    """Arc length and lateral offset of a car on its route; call ``update`` every tick.

    The car is searched near its last place only, so that a route that crosses itself is not
    confused.  World, score, observer and tests use this.  Three others mean something else:
    perception's ``RouteTracker`` also finds a car that was put elsewhere,
    ``simlingo_core.target_points.TargetPointTracker`` drops target points by upstream's rule, and
    the expert's ``DenseRoute`` follows a route that is shifted around obstacles.

    Args:
        route: the route.
        window_m: the car is searched within this arc length of its last place.
        is_farthest: keep the farthest place reached; a car that drives back gains nothing.

    Attributes:
        arc_m: arc length from the first point of the route.
        lateral_offset_m: signed distance to the route, positive to the left.
    """

    def __init__(
        self, route: Route, *, window_m: float = WINDOW_M, is_farthest: bool = False
    ) -> None:
        self.route = route
        self._window_m = window_m
        self._is_farthest = is_farthest
        self.reset()

    def reset(self) -> None:
        """Begin at the first point again."""
        self.arc_m = 0.0
        self.lateral_offset_m = 0.0

    @property
    def share(self) -> float:
        """Share of the route's length behind the car, 0 to 1."""
        return min(self.arc_m / self.route.length_m, 1.0)

    def update(self, position_map_m: ArrayLike) -> float:
        """Move on to a position, shape (2,), and return the gain since the last one [m].

        Raises:
            NonFiniteError: the position is NaN or infinite; nothing has changed.
        """
        arc_m, self.lateral_offset_m = self.route.project(
            position_map_m, self.arc_m, self._window_m
        )
        gained_m = arc_m - self.arc_m
        if self._is_farthest:
            gained_m = max(0.0, gained_m)
            arc_m = self.arc_m + gained_m
        self.arc_m = arc_m
        return gained_m
