# SPDX-License-Identifier: Apache-2.0
"""The line and the speeds that were driven, as the truth that plans are compared with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import ContractError
from simlingo_core.geometry import Pose2
from simlingo_core.types import (
    PATH_POINTS,
    PATH_SPACING_M,
    SPEED_WAYPOINT_PERIOD_S,
    SPEED_WAYPOINTS,
)

# Farther apart in time, two states do not belong to one drive.
LONGEST_GAP_S = 1.0
FUTURE_S: NDArray[np.float64] = SPEED_WAYPOINT_PERIOD_S * np.arange(
    1, SPEED_WAYPOINTS + 1, dtype=np.float64
)
AHEAD_M: NDArray[np.float64] = PATH_SPACING_M * np.arange(PATH_POINTS, dtype=np.float64)


class Driven:
    """States of the car over time.

    Where the clock goes backwards, or nothing was recorded for a second, a new *stretch* begins:
    a plan is compared only with what was driven in its own.

    Args:
        t_s: stamps, shape (N,).
        position_map_m: shape (N, 2).
        yaw_map_rad: shape (N,).
        speed_mps: shape (N,).
    """

    def __init__(
        self,
        t_s: NDArray[np.float64],
        position_map_m: NDArray[np.float64],
        yaw_map_rad: NDArray[np.float64],
        speed_mps: NDArray[np.float64],
    ) -> None:
        steps = np.diff(t_s)
        self.backward_count = int((steps < 0.0).sum())
        is_new = np.concatenate([[True], (steps < 0.0) | (steps > LONGEST_GAP_S)])
        firsts = np.flatnonzero(is_new)
        self._stretches = []
        for first, end in zip(firsts, [*firsts[1:], len(t_s)], strict=True):
            # A repeated stamp (lockstep sends frames again) adds nothing.
            keep = first + np.concatenate([[0], 1 + np.flatnonzero(steps[first : end - 1] > 0.0)])
            self._stretches.append(
                _Stretch(t_s[keep], position_map_m[keep], yaw_map_rad[keep], speed_mps[keep])
            )
        self.start_s, self.end_s = float(t_s[0]), float(t_s[-1])
        self.position_map_m, self.yaw_map_rad = position_map_m, yaw_map_rad

    def future_base_m(self, t_s: float, pose_map: Pose2) -> NDArray[np.float64]:
        """Return where the car was at each speed waypoint's time, shape (10, 2); NaN: unknown."""
        part = self._at(t_s)
        if part is None:
            return np.full((SPEED_WAYPOINTS, 2), np.nan)
        return pose_map.inverse_transform(part.position_at(t_s + FUTURE_S))

    def ahead_base_m(self, t_s: float, pose_map: Pose2) -> NDArray[np.float64]:
        """Return the line driven after ``t_s`` at each path point, shape (20, 2); NaN: unknown."""
        part = self._at(t_s)
        if part is None:
            return np.full((PATH_POINTS, 2), np.nan)
        return pose_map.inverse_transform(part.position_after(t_s, AHEAD_M))

    def line_after(self, t_s: float, ways_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the points in map at these ways after ``t_s``, shape (N, 2); NaN: unknown."""
        part = self._at(t_s)
        if part is None:
            return np.full((len(ways_m), 2), np.nan)
        return part.position_after(t_s, ways_m)

    def pose_at(self, t_s: float) -> Pose2:
        """Return the pose at a time within the drive, interpolated.

        Raises:
            ContractError: nothing was recorded then.
        """
        part = self._at(t_s)
        if part is None:
            raise ContractError(f'nothing was recorded at {t_s:.3f} s')
        x_m, y_m = part.position_at(np.array([t_s]))[0]
        return Pose2(float(x_m), float(y_m), part.yaw_at(t_s))

    def speed_at(self, t_s: float, after_s: float) -> float:
        """Return the speed ``after_s`` later than ``t_s``; NaN: unknown."""
        part = self._at(t_s)
        return float('nan') if part is None else part.speed_at(t_s + after_s)

    def _at(self, t_s: float) -> _Stretch | None:
        for part in self._stretches:
            if part.t_s[0] - 1e-6 <= t_s <= part.t_s[-1] + 1e-6:
                return part
        return None


class _Stretch:
    def __init__(
        self,
        t_s: NDArray[np.float64],
        position_map_m: NDArray[np.float64],
        yaw_map_rad: NDArray[np.float64],
        speed_mps: NDArray[np.float64],
    ) -> None:
        self.t_s, self._position_m, self._speed_mps = t_s, position_map_m, speed_mps
        self._yaw_rad = np.unwrap(yaw_map_rad)
        ways_m = np.linalg.norm(np.diff(position_map_m, axis=0), axis=1)
        self.arc_m = np.concatenate([[0.0], np.cumsum(ways_m)])

    def position_at(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        columns = [
            np.interp(times_s, self.t_s, self._position_m[:, axis], right=np.nan)
            for axis in (0, 1)
        ]
        return np.stack(columns, axis=1)

    def position_after(self, t_s: float, ways_m: NDArray[np.float64]) -> NDArray[np.float64]:
        here_m = float(np.interp(t_s, self.t_s, self.arc_m))
        columns = [
            np.interp(here_m + ways_m, self.arc_m, self._position_m[:, axis], right=np.nan)
            for axis in (0, 1)
        ]
        return np.stack(columns, axis=1)

    def yaw_at(self, t_s: float) -> float:
        return float(np.interp(t_s, self.t_s, self._yaw_rad))

    def speed_at(self, t_s: float) -> float:
        return float(np.interp(t_s, self.t_s, self._speed_mps, right=np.nan))
