# SPDX-License-Identifier: Apache-2.0
"""From a dense route to the two target points and the command the model is given.

Source: the CARLA leaderboard's down-sampling of the route and the SimLingo agent's route planner
(bound to golden data).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlingo_core.checks import finite_array
from simlingo_core.errors import ConfigError
from simlingo_core.geometry import Pose2
from simlingo_core.route import Route
from simlingo_core.types import RoadOption

BENCH2DRIVE_SPACING_M = 50.0
LEADERBOARD_SPACING_M = 200.0
_LANE_CHANGES = (RoadOption.CHANGE_LANE_LEFT, RoadOption.CHANGE_LANE_RIGHT)


def downsample_plan(route: Route, distance_m: float = BENCH2DRIVE_SPACING_M) -> Route:
    """Thin out a dense route (1 m) as the CARLA leaderboard does before the agent sees it.

    Kept are the first and the last point, every point of a lane change, every point where the
    command changes (but not the one that ends a lane change), and a point whenever the one before
    it is more than ``distance_m`` after the last kept point.

    Raises:
        ConfigError: ``distance_m`` is not positive.
    """
    if not distance_m > 0.0:
        raise ConfigError(f'distance_m is {distance_m}; expected a positive number of metres')
    kept: list[int] = []
    previous: RoadOption | None = None
    for i, option in enumerate(route.options):
        changed = option != previous and previous not in _LANE_CHANGES
        far = bool(kept) and route.arc_m[i - 1] - route.arc_m[kept[-1]] > distance_m
        if option in _LANE_CHANGES or changed or far or i == len(route) - 1:
            kept.append(i)
        previous = option
    return Route(route.points_map_m[kept], [route.options[i] for i in kept])


@dataclass(frozen=True, kw_only=True)
class TargetPoints:
    """Where to go next.

    Attributes:
        points_map_m: target and next target, shape (2, 2).
        command: in force.
        next_command: the one at the target.
        distance_m: from the car to the target.
    """

    points_map_m: NDArray[np.float64]
    command: RoadOption
    next_command: RoadOption
    distance_m: float

    def points_base_m(self, pose_map: Pose2) -> NDArray[np.float64]:
        """Return the two points seen from the car, shape (2, 2)."""
        return pose_map.inverse_transform(self.points_map_m)


class TargetPointTracker:
    """Moves along a thinned-out route with the car.

    A point counts as reached within ``min_distance_m``.  Among the points of the next
    ``max_distance_m`` that are reached the one farthest from the car becomes the first of the
    remaining points; the targets are the second and the third of them.

    The command queue holds two commands and begins with twice *lane follow*; the command of the
    target is pushed whenever the target changes, and the older of the two is in force.  (Upstream
    pushes only if the height of the target changes too, which on flat roads it never does; that
    is not repeated here.)
    """

    def __init__(
        self, plan: Route, min_distance_m: float = 7.5, max_distance_m: float = 50.0
    ) -> None:
        if not 0.0 < min_distance_m <= max_distance_m:
            raise ConfigError(
                f'min_distance_m is {min_distance_m} and max_distance_m is {max_distance_m}; '
                'expected 0 < min_distance_m <= max_distance_m'
            )
        self._plan = plan
        self._min_distance_m = min_distance_m
        self._max_distance_m = max_distance_m
        self.reset()

    def reset(self) -> None:
        """Begin again at the first point."""
        self._first = 0
        self._commands = deque([RoadOption.LANE_FOLLOW, RoadOption.LANE_FOLLOW], maxlen=2)
        self._last_target: int | None = None

    @property
    def remaining_points_map_m(self) -> NDArray[np.float64]:
        """Points not yet passed, the first just reached or passed, shape (2 or more, 2)."""
        return self._plan.points_map_m[self._first :]

    @property
    def remaining_options(self) -> tuple[RoadOption, ...]:
        """Commands of the remaining points."""
        return self._plan.options[self._first :]

    @property
    def is_last(self) -> bool:
        """Whether no more than the last two points remain."""
        return len(self._plan) - self._first <= 2

    def update(self, position_map_m: ArrayLike) -> TargetPoints:
        """Drop the points reached from this position and return the targets.

        Raises:
            NonFiniteError: the position is NaN or infinite; nothing has changed.
        """
        position = finite_array('position_map_m', position_map_m, (2,))
        self._drop_reached(position)
        target = self._first + 1
        if target != self._last_target:
            self._commands.append(self._plan.options[target])
            self._last_target = target
        next_target = min(target + 1, len(self._plan) - 1)
        points = self._plan.points_map_m[[target, next_target]]
        return TargetPoints(
            points_map_m=points,
            command=self._commands[0],
            next_command=self._commands[1],
            distance_m=float(np.linalg.norm(points[0] - position)),
        )

    def _drop_reached(self, position: NDArray[np.float64]) -> None:
        if self.is_last:
            return
        arc = self._plan.arc_m[self._first :] - self._plan.arc_m[self._first]
        # A point is looked at while the way to the point *before* it is within the limit.
        count = 1 + int(np.searchsorted(arc[:-1], self._max_distance_m, side='right'))
        remaining = self.remaining_points_map_m[:count]
        distance = np.linalg.norm(remaining - position, axis=1)
        distance[0] = 0.0
        distance[distance > self._min_distance_m] = 0.0
        reached = int(np.argmax(distance))
        self._first = min(self._first + reached, len(self._plan) - 2)
