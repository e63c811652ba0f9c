# SPDX-License-Identifier: Apache-2.0
"""Does a plan do what a commentary or a reply says?

Compares what can be judged from one plan: standing, stopping, faster, slower, the side.
The bounds are wide: a contradiction is a plan that does the opposite, not one that does too
little.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from simlingo_core.statements import RouteAction, SpeedAction, Statement
from simlingo_core.types import SPEED_WAYPOINT_PERIOD_S, DrivingPlan
from simlingo_core.wordings import ManoeuvreKind

STANDING_MPS = 1.0
"""Up to this speed at its end a plan counts as standing."""
STOPPING_SHARE = 0.7
"""A plan that stops is at most this share of the speed now at its end."""
CHANGE_MPS, CHANGE_SHARE = 1.0, 0.2
"""A change of speed is more than this, and more than this share of the speed."""
SIDE_M = 1.5
"""A path goes to a side if its end is farther than this from straight on."""


class Mismatch(StrEnum):
    """A contradiction between words and plan, drive or (``CLAIMS_...``) what is there."""

    SAYS_STAND_DRIVES = 'says_stand_drives'
    SAYS_STOP_DRIVES = 'says_stop_drives'
    SAYS_STOP_DRIVES_ON = 'says_stop_drives_on'
    SAYS_FASTER_SLOWER = 'says_faster_slower'
    SAYS_SLOWER_FASTER = 'says_slower_faster'
    SAYS_LEFT_RIGHT = 'says_left_right'
    SAYS_RIGHT_LEFT = 'says_right_left'
    SAYS_FOLLOWS_OPPOSITE = 'says_follows_opposite'
    SAYS_REFUSES_FOLLOWS = 'says_refuses_follows'
    CLAIMS_RED_LIGHT = 'claims_red_light'
    CLAIMS_STOP_SIGN = 'claims_stop_sign'
    CLAIMS_PEDESTRIAN = 'claims_pedestrian'


@dataclass(frozen=True, kw_only=True)
class PlanFacts:
    """What counts of a plan.

    Attributes:
        speed_mps: of the car now.
        end_mps: speed over the last half second of the plan, capped where the plan is.
        side_m: how far its path ends to the left of straight on.
    """

    speed_mps: float
    end_mps: float
    side_m: float

    @classmethod
    def of(cls, plan: DrivingPlan, speed_mps: float) -> PlanFacts:
        """Return the facts of a plan; one that has a ``stop_reason`` ends standing."""
        facts = cls.of_points(plan.path_base_m, plan.speed_waypoints_base_m, speed_mps)
        end_mps = 0.0 if plan.stop_reason else min(facts.end_mps, plan.max_speed_mps)
        return replace(facts, end_mps=end_mps)

    @classmethod
    def of_points(
        cls,
        path_base_m: NDArray[np.float64],
        speed_waypoints_base_m: NDArray[np.float64],
        speed_mps: float,
    ) -> PlanFacts:
        """Return the facts of a path (20, 2) and speed waypoints (10, 2) in base_link."""
        length_m = float(np.linalg.norm(speed_waypoints_base_m[-1] - speed_waypoints_base_m[-3]))
        return cls(
            speed_mps=max(speed_mps, 0.0),
            end_mps=length_m / (2.0 * SPEED_WAYPOINT_PERIOD_S),
            side_m=float(path_base_m[-1, 1]),
        )

    @property
    def change_mps(self) -> float:
        """How much faster the car would be at the end; 0: not more than counts."""
        change_mps = self.end_mps - self.speed_mps
        bound_mps = max(CHANGE_MPS, CHANGE_SHARE * self.speed_mps)
        return change_mps if abs(change_mps) > bound_mps else 0.0


def contradictions(stated: Statement, plan: PlanFacts) -> frozenset[Mismatch]:
    """Return where a plan does the opposite of what a commentary says.

    Args:
        stated: the commentary on the frame that the plan was made from.
        plan: its facts.
    """
    found = set()
    match stated.speed:
        case SpeedAction.STAND if plan.end_mps > STANDING_MPS:
            found.add(Mismatch.SAYS_STAND_DRIVES)
        case SpeedAction.STOP if plan.end_mps > max(STANDING_MPS, STOPPING_SHARE * plan.speed_mps):
            found.add(Mismatch.SAYS_STOP_DRIVES)
        case SpeedAction.ACCELERATE if plan.change_mps < 0.0:
            found.add(Mismatch.SAYS_FASTER_SLOWER)
        case SpeedAction.DECELERATE if plan.change_mps > 0.0:
            found.add(Mismatch.SAYS_SLOWER_FASTER)
    if stated.route in (RouteAction.LEFT, RouteAction.LANE_LEFT) and plan.side_m < -SIDE_M:
        found.add(Mismatch.SAYS_LEFT_RIGHT)
    if stated.route in (RouteAction.RIGHT, RouteAction.LANE_RIGHT) and plan.side_m > SIDE_M:
        found.add(Mismatch.SAYS_RIGHT_LEFT)
    return frozenset(found)


def reply_contradictions(
    stated: Statement, kind: ManoeuvreKind, plan: PlanFacts
) -> frozenset[Mismatch]:
    """Return where a plan does the opposite of what a reply to an instruction says.

    Args:
        stated: the reply; one that does not refuse says that the instruction is followed.
        kind: what the instruction asks for.
        plan: facts of the plan made under it.
    """
    sign = _direction(kind, plan)
    if stated.refuses and sign > 0:
        return frozenset({Mismatch.SAYS_REFUSES_FOLLOWS})
    if not stated.refuses and sign < 0:
        return frozenset({Mismatch.SAYS_FOLLOWS_OPPOSITE})
    return frozenset()


def _direction(kind: ManoeuvreKind, plan: PlanFacts) -> int:
    """Return 1 where a plan clearly does what is asked, -1: the opposite, 0: neither."""
    match kind:
        case ManoeuvreKind.STOP | ManoeuvreKind.SLOWER:
            return -int(np.sign(plan.change_mps))
        case ManoeuvreKind.FASTER:
            return int(np.sign(plan.change_mps))
        case ManoeuvreKind.LANE_LEFT:
            return int(np.sign(plan.side_m)) if abs(plan.side_m) > SIDE_M else 0
        case ManoeuvreKind.LANE_RIGHT:
            return -int(np.sign(plan.side_m)) if abs(plan.side_m) > SIDE_M else 0
        case _:
            return 0
