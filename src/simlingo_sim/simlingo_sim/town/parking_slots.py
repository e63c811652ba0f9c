# SPDX-License-Identifier: Apache-2.0
"""Places for parked cars along parking strips."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import WorldError
from simlingo_core.geometry import Pose2, wrap_angle_rad

SLOT_M = 6.5
CLEAR_OF_JUNCTION_M = 12.0
TURN_OVER_M = 4.0
LARGEST_TURN_RAD = 0.165
# Beside a lane narrower than this there is no room for a corner of a car at all.
NARROW_LANE_M = 3.0
LARGEST_TURN_BESIDE_NARROW_LANE_RAD = 0.03


def parking_slots(strips: Iterable[tuple[NDArray[np.float64], float]]) -> tuple[Pose2, ...]:
    """Return the middles of the places on strips, x along the street.

    There is none in a tight curve, where a long car would reach into the lane beside it.

    Args:
        strips: centre line in map, shape (n, 2), of each parking strip, and the width in metres
            of the lane beside it.
    """
    slots = []
    for points, lane_width_m in strips:
        is_narrow = lane_width_m < NARROW_LANE_M
        limit_rad = LARGEST_TURN_BESIDE_NARROW_LANE_RAD if is_narrow else LARGEST_TURN_RAD
        at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
        for s_m in np.arange(CLEAR_OF_JUNCTION_M, at[-1] - CLEAR_OF_JUNCTION_M, SLOT_M):
            before, slot, after = (
                _pose_at(points, at, float(s_m) + step) for step in (-TURN_OVER_M, 0, TURN_OVER_M)
            )
            turn = wrap_angle_rad(_heading(slot, after) - _heading(before, slot))
            if abs(turn) < limit_rad:
                slots.append(slot)
    return tuple(slots)


def _heading(start: Pose2, end: Pose2) -> float:
    return math.atan2(end.y_m - start.y_m, end.x_m - start.x_m)


def _pose_at(points_m: NDArray[np.float64], at_m: NDArray[np.float64], s_m: float) -> Pose2:
    for (a, b), (s0, s1) in zip(pairwise(points_m), pairwise(at_m), strict=True):
        if s_m <= s1:
            place = a + (b - a) * (s_m - s0) / (s1 - s0)
            heading = math.atan2(b[1] - a[1], b[0] - a[0])
            return Pose2(float(place[0]), float(place[1]), heading)
    raise WorldError(f'{s_m} m is beyond the end of a lane of {at_m[-1]} m')
