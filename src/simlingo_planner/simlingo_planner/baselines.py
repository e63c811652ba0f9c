# SPDX-License-Identifier: Apache-2.0
"""A policy that needs no model: for trying the stack, and to compare a model with."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simlingo_core.baselines import plan_along
from simlingo_core.types import (
    DrivingPlan,
    Instruction,
    Observation,
)

_CURVE_POINTS = 41
_END_SPACING_M = 1.0
_STOP_MARGIN_M = 2.0
_COMFORT_MPS2 = 1.5
_LATERAL_MPS2 = 2.0
_SLOWEST_MPS = 2.0


class TargetPointPolicy:
    """Bends smoothly to the first target point and on to the second; sees no traffic, no lights.

    Args:
        speed_mps: on a straight way; slower in bends and before the end of the route.
    """

    def __init__(self, speed_mps: float = 6.0) -> None:
        self._speed_mps = speed_mps

    @property
    def name(self) -> str:
        """Short name, written into every plan."""
        return 'route'

    def reset(self) -> None:
        """Do nothing: there is no memory."""

    def plan(
        self, observation: Observation, instruction: Instruction | None = None
    ) -> DrivingPlan:
        """Return the plan to the target points; an instruction is noted and not followed."""
        first, second = observation.target_points_base_m
        path = np.vstack([_bend_to(first), second[None]])
        # The last point of the route comes twice: there the drive ends.
        is_end = float(np.linalg.norm(second - first)) < _END_SPACING_M
        left_m = max(float(np.hypot(*first)) - _STOP_MARGIN_M, 0.0) if is_end else math.inf
        speed_mps = min(
            self._speed_mps,
            _speed_in_bend(first),
            math.sqrt(2.0 * _COMFORT_MPS2 * left_m),
        )
        noted = '' if instruction is None else instruction.id
        return plan_along(observation, path, speed_mps, self.name, noted)


def _bend_to(point_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a curve (N, 2) that leaves the origin straight ahead and ends at the point."""
    distance_m = float(np.hypot(*point_m))
    control = np.array([0.5 * distance_m, 0.0])
    share = np.linspace(0.0, 1.0, _CURVE_POINTS)[:, None]
    bend: NDArray[np.float64] = 2.0 * share * (1.0 - share) * control + share**2 * point_m
    return bend


def _speed_in_bend(point_m: NDArray[np.float64]) -> float:
    """Return the speed at which the arc to the point is comfortable."""
    squared = float(point_m @ point_m)
    if squared == 0.0:
        return _SLOWEST_MPS
    curvature_per_m = abs(2.0 * float(point_m[1]) / squared)
    if curvature_per_m == 0.0:
        return math.inf
    return max(math.sqrt(_LATERAL_MPS2 / curvature_per_m), _SLOWEST_MPS)
