# SPDX-License-Identifier: Apache-2.0
"""The expert's route: a point every 0.1 m, with lateral shifts around obstacles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlingo_sim.town.route_planner import PlannedRoute

SPACING_M = 0.1
EXTENSION_M = 50.0
SEARCH_POINTS = 40
CURVATURE_REACH_M = 3.0
LEAST_SHIFT_M = 0.1


class DenseRoute:
    """Points every 0.1 m along a planned route, 50 m longer at both ends.

    Its ``index`` is not ``simlingo_core.route_progress``: it follows the shifted points, as
    PDM-Lite does, and never goes back.

    Attributes:
        original_map_m: points without shifts, shape (N, 2).
        points_map_m: points with shifts, shape (N, 2).
        offsets_m: shift to the left at each point, shape (N,).
        headings_rad: heading of the unshifted route at each point, shape (N,).
        limits_mps, widths_m: speed limit and lane width at each point, shape (N,).
        is_junction: whether a point lies in a junction, shape (N,).
        index: index of the point nearest to the car.
        shift_count: number of changes of the shifts so far.
    """

    def __init__(self, planned: PlannedRoute) -> None:
        route = planned.route
        count = round(route.length_m / SPACING_M) + 1
        arc_m = np.arange(count) * SPACING_M
        inner = _smooth(route.position_at(np.minimum(arc_m, route.length_m)))
        margin = round(EXTENSION_M / SPACING_M)
        self.original_map_m = _extend(inner, margin)
        owner = np.clip(np.round(arc_m).astype(int), 0, len(route) - 1)
        self.limits_mps = np.pad(planned.limits_mps[owner], margin, mode='edge')
        self.widths_m = np.pad(planned.widths_m[owner], margin, mode='edge')
        self.is_junction = np.pad(planned.is_junction[owner], margin)
        self.options = np.pad(
            np.array([int(o) for o in route.options])[owner], margin, mode='edge'
        )
        step = np.gradient(self.original_map_m, axis=0)
        self.headings_rad: NDArray[np.float64] = np.unwrap(np.arctan2(step[:, 1], step[:, 0]))
        self.normals = np.stack([-np.sin(self.headings_rad), np.cos(self.headings_rad)], axis=-1)
        self.offsets_m = np.zeros(len(self.original_map_m))
        self.points_map_m = self.original_map_m.copy()
        self.first, self.last = margin, margin + count - 1
        self.index = margin
        self.shift_count = 0

    def __len__(self) -> int:
        return len(self.original_map_m)

    @property
    def is_changed(self) -> bool:
        """Whether the route is shifted at the position of the car."""
        return bool(abs(self.offsets_m[self.index]) > LEAST_SHIFT_M)

    def advance(self, position_map_m: NDArray[np.float64]) -> int:
        """Set and return the index of the nearest point within the next 4 m; never goes back."""
        window = self.points_map_m[self.index : self.index + SEARCH_POINTS]
        distance = np.hypot(*(window - position_map_m).T)
        self.index += int(np.argmin(distance))
        return self.index

    def locate(
        self,
        positions_map_m: NDArray[np.float64],
        *,
        behind_m: float = 30.0,
        ahead_m: float = 90.0,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return positions relative to the car along the unshifted route.

        Args:
            positions_map_m: positions, shape (M, 2).
            behind_m: search range behind the car.
            ahead_m: search range ahead of the car.

        Returns:
            Distance ahead of the car along the route [m] and to the left of the route [m], both
            of shape (M,).
        """
        stride = 10
        first = max(0, self.index - round(behind_m / SPACING_M))
        last = min(len(self), self.index + round(ahead_m / SPACING_M))
        points = self.original_map_m[first:last:stride]
        difference = positions_map_m[:, None] - points[None]
        nearest = np.argmin((difference**2).sum(-1), axis=1)
        rows = np.arange(len(positions_map_m))
        index = first + stride * nearest
        rest = difference[rows, nearest]
        normal = self.normals[index]
        along = rest[:, 0] * normal[:, 1] - rest[:, 1] * normal[:, 0]
        return (index - self.index) * SPACING_M + along, (rest * normal).sum(-1)

    def shift(self, first: int, last: int, offset_m: float, transition_m: float) -> None:
        """Shift the part between two points to the left, with cosine transitions outside of it.

        Where the route is shifted already, the larger shift is kept.

        Args:
            first: index of the first fully shifted point.
            last: index after the last fully shifted point.
            offset_m: shift to the left.
            transition_m: length of each transition.
        """
        width = round(transition_m / SPACING_M)
        ramp = 0.5 - 0.5 * np.cos(np.pi * np.linspace(0.0, 1.0, width))
        profile = np.concatenate([ramp, np.ones(max(1, last - first)), ramp[::-1]])
        begin = first - width
        indices = np.arange(begin, begin + len(profile))
        inside = (indices >= 0) & (indices < len(self))
        indices, wanted = indices[inside], offset_m * profile[inside]
        old = self.offsets_m[indices]
        self.offsets_m[indices] = np.where(np.abs(wanted) > np.abs(old), wanted, old)
        self._apply()

    def drop_shift(self, last: int, transition_m: float) -> None:
        """Lead the route back from its shift at the car, and remove shifts up to ``last``.

        Args:
            last: index after the last point that is not to be shifted any more.
            transition_m: length of the way back; where the shift rises it is cut short.
        """
        width = round(transition_m / SPACING_M)
        ramp = 0.5 + 0.5 * np.cos(np.pi * np.linspace(0.0, 1.0, width))
        back = np.zeros(max(last + width, self.index + width) - self.index)
        back[:width] = self.offsets_m[self.index] * ramp
        part = self.offsets_m[self.index : self.index + len(back)]
        self.offsets_m[self.index : self.index + len(part)] = back[: len(part)]
        self._apply()

    def clear_shifts(self) -> None:
        """Remove all shifts."""
        self.offsets_m[:] = 0.0
        self._apply()

    def shifted_curvature_per_m(self) -> NDArray[np.float64]:
        """Return the unsigned curvature of the route with its shifts, shape (N,)."""
        step = np.gradient(self.points_map_m, axis=0)
        return _curvature(np.unwrap(np.arctan2(step[:, 1], step[:, 0])))

    def _apply(self) -> None:
        self.shift_count += 1
        self.points_map_m = self.original_map_m + self.offsets_m[:, None] * self.normals


def _smooth(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Smooth the points, originally 1 m apart, with a moving average of 1 m; keep the ends."""
    half = round(0.5 / SPACING_M)
    padded = np.pad(points, ((half, half), (0, 0)), mode='reflect', reflect_type='odd')
    kernel = np.full(2 * half + 1, 1.0 / (2 * half + 1))
    return np.stack([np.convolve(padded[:, k], kernel, mode='valid') for k in range(2)], axis=-1)


def _extend(points: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    reach = min(len(points) - 1, 10)
    start = points[0] - points[reach]
    end = points[-1] - points[-1 - reach]
    start, end = start / np.hypot(*start), end / np.hypot(*end)
    steps = SPACING_M * np.arange(1, count + 1)[:, None]
    return np.concatenate([(points[0] + steps * start)[::-1], points, points[-1] + steps * end])


def _curvature(headings_rad: NDArray[np.float64]) -> NDArray[np.float64]:
    reach = round(CURVATURE_REACH_M / SPACING_M)
    padded = np.pad(headings_rad, reach, mode='edge')
    curvature: NDArray[np.float64] = np.abs(padded[2 * reach :] - padded[: -2 * reach])
    return curvature / (2 * CURVATURE_REACH_M)
