# SPDX-License-Identifier: Apache-2.0
"""Target points and commands for the model, from a dense route.

Source: the CARLA leaderboard's down-sampling of the route and the SimLingo agent's route planner
(bound to golden data).
"""

from __future__ import annotations

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
_JUNCTION_COMMANDS = (RoadOption.LEFT, RoadOption.RIGHT, RoadOption.STRAIGHT)
_LANE_CHANGES = (RoadOption.CHANGE_LANE_LEFT, RoadOption.CHANGE_LANE_RIGHT)


def downsample_indices(route: Route, distance_m: float = BENCH2DRIVE_SPACING_M) -> list[int]:
    """Return the indices of the points of a dense route (1 m) that the leaderboard keeps.

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
    return kept


def downsample_plan(route: Route, distance_m: float = BENCH2DRIVE_SPACING_M) -> Route:
    """Return the route of the points that ``downsample_indices`` keeps.

    Raises:
        ConfigError: ``distance_m`` is not positive.
    """
    kept = downsample_indices(route, distance_m)
    return Route(route.points_map_m[kept], [route.options[i] for i in kept])


@dataclass(frozen=True, kw_only=True)
class TargetPoints:
    """The next two target points with their commands.

    Attributes:
        points_map_m: target and next target in map, shape (2, 2).
        command: command of the target; while a junction is being crossed, of the junction.
        next_command: command of the next target; while a junction is being crossed, *lane
            follow*.
        distance_m: distance from the car to the target.
        is_crossing_junction: the target lies behind a junction whose command was the last one.
    """

    points_map_m: NDArray[np.float64]
    command: RoadOption
    next_command: RoadOption
    distance_m: float
    is_crossing_junction: bool = False

    def points_base_m(self, pose_map: Pose2) -> NDArray[np.float64]:
        """Return the two points in base_link at this pose, shape (2, 2)."""
        return pose_map.inverse_transform(self.points_map_m)


class TargetPointTracker:
    """Finds the next target points of a thinned-out route by upstream's rule.

    A point counts as reached within ``min_distance_m``.  Among the points of the next
    ``max_distance_m`` that are reached the one farthest from the car becomes the first of the
    remaining points; the targets are the second and the third of them.

    The commands are those of upstream's agent: of the target and of the next target.  After a
    junction (*left*, *right*, *straight*) the first *lane follow* keeps the junction's command in
    force, and *lane follow* comes after it: the car is still crossing.
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
        self.move_to(0)

    def move_to(self, index: int) -> None:
        """Continue as if the car had just passed a point of the plan (a car that was moved).

        Args:
            index: index of the point; the last point counts as the last but one.
        """
        self._first = min(max(index, 0), len(self._plan) - 2)
        self._target_command: RoadOption | None = None
        self._last_command: RoadOption | None = None

    @property
    def target_index(self) -> int:
        """Index of the target in the plan."""
        return self._first + 1

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
        target = self.target_index
        next_target = min(target + 1, len(self._plan) - 1)
        points = self._plan.points_map_m[[target, next_target]]
        command, next_command = self._plan.options[target], self._plan.options[next_target]
        is_crossing = self._is_crossing_junction(command)
        if is_crossing and self._last_command is not None:
            command, next_command = self._last_command, RoadOption.LANE_FOLLOW
        return TargetPoints(
            points_map_m=points,
            command=command,
            next_command=next_command,
            distance_m=float(np.linalg.norm(points[0] - position)),
            is_crossing_junction=is_crossing,
        )

    def _is_crossing_junction(self, command: RoadOption) -> bool:
        """Take the command of the target; return whether the one before was a junction's."""
        if command is not self._target_command:
            self._last_command, self._target_command = self._target_command, command
        return command is RoadOption.LANE_FOLLOW and self._last_command in _JUNCTION_COMMANDS

    def _drop_reached(self, position: NDArray[np.float64]) -> None:
        if self.is_last:
            return
        arc = self._plan.arc_m[self._first :] - self._plan.arc_m[self._first]
        # A point is considered if the arc length to the point *before* it is within the limit.
        count = 1 + int(np.searchsorted(arc[:-1], self._max_distance_m, side='right'))
        remaining = self.remaining_points_map_m[:count]
        distance = np.linalg.norm(remaining - position, axis=1)
        distance[0] = 0.0
        distance[distance > self._min_distance_m] = 0.0
        reached = int(np.argmax(distance))
        self._first = min(self._first + reached, len(self._plan) - 2)
