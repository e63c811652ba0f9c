# SPDX-License-Identifier: Apache-2.0
"""A route: a polyline in map with a high-level command at each point and arc-length queries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlingo_core.checks import finite_array, finite_number
from simlingo_core.errors import ContractError
from simlingo_core.types import RoadOption

SHORTEST_SEGMENT_M = 1e-6


class Route:
    """A polyline in map; immutable.

    Positions along it are arc lengths from the first point.  Arc lengths before the start or
    beyond the end mean the first and the last point.

    Args:
        points_map_m: shape (N, 2), N >= 2, no two neighbours at the same place.
        options: the command in force from each point on, N of them.

    Raises:
        ContractError: too few points, a repeated point, an unknown option, or not as many options
            as points.
        NonFiniteError: a coordinate is NaN or infinite.
    """

    def __init__(self, points_map_m: ArrayLike, options: Sequence[RoadOption]) -> None:
        points = finite_array('Route.points_map_m', points_map_m, (None, 2))
        if len(points) < 2:
            raise ContractError(f'the route has {len(points)} points; expected at least 2')
        _check_counts(points, options)
        self._segments_m = np.diff(points, axis=0)
        self._lengths_m = np.hypot(self._segments_m[:, 0], self._segments_m[:, 1])
        if (self._lengths_m < SHORTEST_SEGMENT_M).any():
            where = int(np.argmin(self._lengths_m))
            raise ContractError(
                f'route points {where} and {where + 1} are both at {points[where].tolist()}; '
                'remove the repeated point (Route.without_repeats does)'
            )
        self.points_map_m: NDArray[np.float64] = points
        self.options: tuple[RoadOption, ...] = _known_options(options)
        self.arc_m: NDArray[np.float64] = np.concatenate([[0.0], np.cumsum(self._lengths_m)])
        self.arc_m.flags.writeable = False
        self._headings_rad = np.arctan2(self._segments_m[:, 1], self._segments_m[:, 0])

    @classmethod
    def without_repeats(
        cls, points_map_m: ArrayLike, options: Sequence[RoadOption], shortest_m: float = 0.01
    ) -> Route:
        """Build a route from points that may repeat, as route planners join their pieces.

        Of neighbours nearer than ``shortest_m`` the first place and the last option are kept, so
        that a command that begins at a joint is not lost.

        Raises:
            ContractError: as the constructor does.
        """
        points = finite_array('Route.points_map_m', points_map_m, (None, 2))
        _check_counts(points, options)
        kept: list[int] = []
        kept_options: list[RoadOption] = []
        for i, option in enumerate(options):
            if kept and np.linalg.norm(points[i] - points[kept[-1]]) < shortest_m:
                kept_options[-1] = option
            else:
                kept.append(i)
                kept_options.append(option)
        return cls(points[kept], kept_options)

    def __len__(self) -> int:
        return len(self.points_map_m)

    def __repr__(self) -> str:
        return f'Route({len(self)} points, {self.length_m:.1f} m)'

    @property
    def length_m(self) -> float:
        """Length of the whole route."""
        return float(self.arc_m[-1])

    def position_at(self, arc_m: ArrayLike) -> NDArray[np.float64]:
        """Return the points at the given arc lengths, shape (..., 2)."""
        arc = np.asarray(arc_m, dtype=np.float64)
        x_m = np.interp(arc, self.arc_m, self.points_map_m[:, 0])
        y_m = np.interp(arc, self.arc_m, self.points_map_m[:, 1])
        return np.stack([x_m, y_m], axis=-1)

    def heading_at(self, arc_m: ArrayLike) -> NDArray[np.float64]:
        """Return the yaw in map [rad] of the segment at each arc length, shape of ``arc_m``.

        At a point it is the heading of the segment that begins there.
        """
        index = np.searchsorted(self.arc_m, np.asarray(arc_m, dtype=np.float64), side='right') - 1
        return np.asarray(self._headings_rad[np.clip(index, 0, len(self._headings_rad) - 1)])

    def option_at(self, arc_m: float) -> RoadOption:
        """Return the command in force: that of the last point at or before ``arc_m``."""
        index = int(np.searchsorted(self.arc_m, finite_number('arc_m', arc_m), side='right')) - 1
        return self.options[max(index, 0)]

    def project(
        self,
        position_map_m: ArrayLike,
        near_arc_m: float | None = None,
        window_m: float = 30.0,
    ) -> tuple[float, float]:
        """Return the arc length nearest to a position and the offset to the left of the route.

        Args:
            position_map_m: shape (2,).
            near_arc_m: look only at the part of the route within ``window_m`` of this arc length
                (so that a route that crosses itself is not confused); None: all of it.
            window_m: see ``near_arc_m``.

        Returns:
            Arc length [m], signed distance [m] (positive: the position is left of the route).
        """
        position = finite_array('position_map_m', position_map_m, (2,))
        first, last = 0, len(self._lengths_m)
        if near_arc_m is not None:
            near_arc_m = min(max(finite_number('near_arc_m', near_arc_m), 0.0), self.length_m)
            first = int(np.searchsorted(self.arc_m, near_arc_m - window_m, side='right')) - 1
            last = int(np.searchsorted(self.arc_m, near_arc_m + window_m, side='left'))
            first = min(max(first, 0), len(self._lengths_m) - 1)
            last = min(max(last, first + 1), len(self._lengths_m))
        arc, lateral = self._project(position[None], first, last)
        return float(arc[0]), float(lateral[0])

    def project_many(
        self, positions_map_m: ArrayLike
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Project many positions (M, 2) onto the whole route; see ``project``.

        Returns:
            Arc lengths (M,) [m], signed distances to the left (M,) [m].
        """
        positions = finite_array('positions_map_m', positions_map_m, (None, 2))
        return self._project(positions, 0, len(self._lengths_m))

    def _project(
        self, positions: NDArray[np.float64], first: int, last: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Project (M, 2) positions onto the segments ``first`` to ``last`` (excluded)."""
        segments, lengths = self._segments_m[first:last], self._lengths_m[first:last]
        offset = positions[:, None] - self.points_map_m[first:last]  # (M, S, 2)
        along = np.clip((offset * segments).sum(-1) / lengths**2, 0.0, 1.0)
        distance = np.linalg.norm(offset - along[..., None] * segments, axis=-1)
        best = np.argmin(distance, axis=1)
        rows = np.arange(len(positions))
        near, direction = offset[rows, best], segments[best]
        cross = direction[:, 0] * near[:, 1] - direction[:, 1] * near[:, 0]
        arc = self.arc_m[first + best] + along[rows, best] * lengths[best]
        return arc, np.copysign(distance[rows, best], cross)


def _check_counts(points: NDArray[np.float64], options: Sequence[RoadOption]) -> None:
    if len(options) != len(points):
        raise ContractError(
            f'the route has {len(points)} points but {len(options)} options; '
            'expected one option for each point'
        )


def _known_options(options: Sequence[RoadOption]) -> tuple[RoadOption, ...]:
    try:
        return tuple(RoadOption(option) for option in options)
    except ValueError as error:
        known = ', '.join(f'{option.value} {option.name}' for option in RoadOption)
        raise ContractError(f'a route option is unknown: {error}; expected {known}') from error
