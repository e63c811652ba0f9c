# SPDX-License-Identifier: Apache-2.0
"""A route that is sent again and again, each time from the car on, as one route."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlingo_core.checks import finite_array
from simlingo_core.route import Route
from simlingo_core.types import RoadOption

SAME_ROUTE_M = 1.0
SHORTEST_M = 0.01
JOINT_M = 0.5
"""Points nearer than this to the end of the old route are not appended: they would make a kink."""


class RollingRoute:
    """Joins what comes to what was there, so that the target points do not move with the car.

    What lies on the route so far, and goes on from its end, extends it; anything else replaces it.
    """

    def __init__(self) -> None:
        self._route: Route | None = None

    @property
    def route(self) -> Route | None:
        """All of the route so far; None: nothing has come."""
        return self._route

    def add(self, points_map_m: ArrayLike) -> bool:
        """Take the route ahead; returns whether the route has changed.

        Args:
            points_map_m: shape (N, 2); fewer than two different points say nothing.

        Raises:
            NonFiniteError: a coordinate is NaN or infinite.
        """
        points = _without_repeats(finite_array('route', points_map_m, (None, 2)))
        if len(points) < 2:
            return False
        if self._route is None:
            return self._replace(points)
        arc_m, offset_m = self._route.project_many(points)
        is_beyond = arc_m >= self._route.length_m - SHORTEST_M
        if is_beyond.all() or (np.abs(offset_m[~is_beyond]) > SAME_ROUTE_M).any():
            return self._replace(points)
        tail = points[int(np.argmax(is_beyond)) :] if is_beyond.any() else points[:0]
        return (
            self._replace(np.concatenate([self._route.points_map_m, tail])) if len(tail) else False
        )

    def _replace(self, points: NDArray[np.float64]) -> bool:
        points = _without_repeats(points)
        old = None if self._route is None else self._route.points_map_m
        if old is not None and np.array_equal(old, points):
            return False
        self._route = Route(points, [RoadOption.LANE_FOLLOW] * len(points))
        return True


def _without_repeats(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave out points that repeat the one before."""
    if len(points) < 2:
        return points
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return np.asarray(points[np.concatenate([[True], steps > SHORTEST_M])])
