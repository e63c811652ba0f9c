# SPDX-License-Identifier: Apache-2.0
"""Policies without a network, for first runs of the stack and for tests."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from simlingo_core.resampling import resample_equidistant
from simlingo_core.types import (
    PATH_POINTS,
    PATH_SPACING_M,
    SPEED_WAYPOINT_PERIOD_S,
    SPEED_WAYPOINTS,
    DrivingPlan,
    Instruction,
    Observation,
)

_FINE_M = 0.25


def plan_along(
    observation: Observation,
    path_base_m: ArrayLike,
    speed_mps: float,
    policy: str,
    instruction_id: str = '',
) -> DrivingPlan:
    """Return a plan at constant speed along a path (N, 2) of any spacing in base_link.

    Where the path is too short for the speed, the last waypoints all lie at its end.
    """
    ways_m = speed_mps * SPEED_WAYPOINT_PERIOD_S * np.arange(1, SPEED_WAYPOINTS + 1)
    fine = resample_equidistant(path_base_m, int(ways_m[-1] / _FINE_M) + 2, _FINE_M)
    arc_m = _FINE_M * np.arange(len(fine))
    waypoints = np.stack([np.interp(ways_m, arc_m, fine[:, i]) for i in (0, 1)], axis=1)
    return DrivingPlan(
        t_s=observation.t_s,
        pose_map=observation.pose_map,
        path_base_m=resample_equidistant(path_base_m, PATH_POINTS, PATH_SPACING_M),
        speed_waypoints_base_m=waypoints,
        policy=policy,
        instruction_id=instruction_id,
    )


def stop_plan(observation: Observation, policy: str, reason: str) -> DrivingPlan:
    """Return the plan of a car that must stop.

    Args:
        observation: the observation that the plan is made for.
        policy: name of the policy in whose place the plan is made.
        reason: one machine-readable word, such as ``off_route``.
    """
    standing = plan_along(observation, [[600.0, 0.0]], 0.0, policy)
    return dataclasses.replace(standing, max_speed_mps=0.0, stop_reason=reason)


class StraightPolicy:
    """Drives straight ahead at one speed."""

    def __init__(self, speed_mps: float = 5.0) -> None:
        self._speed_mps = speed_mps

    @property
    def name(self) -> str:
        """Short name, written into every plan."""
        return 'straight'

    def reset(self) -> None:
        """Do nothing: there is no memory."""

    def plan(
        self, observation: Observation, instruction: Instruction | None = None
    ) -> DrivingPlan:
        """Return the plan straight ahead; the id of an instruction is copied, its text ignored."""
        noted = '' if instruction is None else instruction.id
        return plan_along(observation, [[600.0, 0.0]], self._speed_mps, self.name, noted)
