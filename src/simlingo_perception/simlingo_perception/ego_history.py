# SPDX-License-Identifier: Apache-2.0
"""The last poses of the car, and which of them belongs to an image."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from simlingo_core.geometry import Pose3
from simlingo_perception.config import SAME_STAMP_S
from simlingo_perception.route_tracker import RoutePosition

_REMEMBERED = 64
# Farther than a car can come between two poses.
JUMP_M = 5.0
FASTEST_MPS = 60.0
# Stamps are sums of ticks: two that are as far apart as allowed may differ by a rounding more.
_ROUNDING_S = 1e-6


@dataclass(frozen=True, kw_only=True)
class EgoMoment:
    """The car at one moment.

    Attributes:
        t_s: of the odometry, or of the image between two odometries.
        pose_map: base_link in map.
        speed_mps: along base_link x.
        route: place on the route; None: there was no route.
    """

    t_s: float
    pose_map: Pose3
    speed_mps: float
    route: RoutePosition | None


class EgoHistory:
    """Finds the moment of an image among the last odometries.

    An image takes the pose of the odometry with its stamp.  Where none has it, the pose is
    interpolated between the odometry before and the one after it if these are at most twice the
    tolerance apart; otherwise the nearer one counts if it lies within the tolerance.  The
    odometry after the image is waited for, so the result does not depend on who comes first.

    Args:
        tolerance_s: farthest odometry that an image may use.
    """

    def __init__(self, tolerance_s: float) -> None:
        self._tolerance_s = tolerance_s
        self._moments: deque[EgoMoment] = deque(maxlen=_REMEMBERED)

    @property
    def newest(self) -> EgoMoment | None:
        """The last moment added, or None."""
        return self._moments[-1] if self._moments else None

    def clear(self) -> None:
        """Forget all."""
        self._moments.clear()

    def add(self, moment: EgoMoment) -> None:
        """Take a moment; its stamp is not older than the newest one's."""
        self._moments.append(moment)

    def at(self, t_s: float) -> EgoMoment | None:
        """Return the moment of an image; None: it has not come, or there will be none."""
        before: EgoMoment | None = None
        after: EgoMoment | None = None
        for moment in reversed(self._moments):
            if abs(moment.t_s - t_s) <= SAME_STAMP_S:
                return moment
            if moment.t_s < t_s:
                before = moment
                break
            after = moment
        return None if after is None else self._between(before, after, t_s)

    def _between(self, before: EgoMoment | None, after: EgoMoment, t_s: float) -> EgoMoment | None:
        limit_s = self._tolerance_s + _ROUNDING_S
        if before is None:
            return after if after.t_s - t_s <= limit_s else None
        if after.t_s - before.t_s <= 2.0 * limit_s and not is_jump(before, after):
            return _interpolate(before, after, t_s)
        nearest = min((before, after), key=lambda moment: abs(moment.t_s - t_s))
        return nearest if abs(nearest.t_s - t_s) <= limit_s else None


def is_jump(before: EgoMoment, after: EgoMoment) -> bool:
    """Tell whether the car is farther away than it can have driven: it was put elsewhere."""
    x_m, y_m, _ = after.pose_map.translation_m - before.pose_map.translation_m
    return math.hypot(x_m, y_m) > JUMP_M + FASTEST_MPS * abs(after.t_s - before.t_s)


def _interpolate(before: EgoMoment, after: EgoMoment, t_s: float) -> EgoMoment:
    """Return the moment between two; the place on the route is that of the nearer one."""
    share = (t_s - before.t_s) / (after.t_s - before.t_s)
    first, last = before.pose_map, after.pose_map
    turn = last.quaternion_xyzw
    if float(first.quaternion_xyzw @ turn) < 0.0:
        turn = -turn
    return replace(
        before if share < 0.5 else after,
        t_s=t_s,
        pose_map=Pose3(
            (1.0 - share) * first.translation_m + share * last.translation_m,
            (1.0 - share) * first.quaternion_xyzw + share * np.asarray(turn),
        ),
        speed_mps=(1.0 - share) * before.speed_mps + share * after.speed_mps,
    )
