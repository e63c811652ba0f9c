# SPDX-License-Identifier: Apache-2.0
"""What control says about itself: the command, whether the car may drive, and why not."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from simlingo_core.status import SafetyLevel, SafetyState
from simlingo_core.types import VehicleCommand


class Reason(StrEnum):
    """Why the car does not drive as it should; a plan may bring a word of its own.

    A detail, such as the name of a node, follows a colon.
    """

    PLAN_MISSING = 'plan_missing'
    PLAN_LATE = 'plan_late'
    PLAN_DOUBTED = 'plan_doubted'
    PLAN_STALE = 'plan_stale'
    PLAN_NOT_IN_TIME = 'plan_not_in_time'
    PLAN_FROM_FUTURE = 'plan_from_future'
    PATH_ENDED = 'path_ended'
    OFF_PATH = 'off_path'
    POSE_JUMPED = 'pose_jumped'
    EGO_MISSING = 'ego_missing'
    EGO_STALE = 'ego_stale'
    TIME_JUMPED = 'time_jumped'
    CONTROL_FAILED = 'control_failed'
    CONTROL_ENDS = 'control_ends'
    ODOMETRY_INVALID = 'odometry_invalid'
    ODOMETRY_MISSING = 'odometry_missing'
    PLAN_INVALID = 'plan_invalid'
    OTHER_COMMANDER = 'other_commander'
    EMERGENCY_STOP = 'emergency_stop'


_MENTIONED_STANDING_S = 10.0

_WHAT = {
    SafetyLevel.NOMINAL: 'follows the plan',
    SafetyLevel.DEGRADED: 'follows the plan, worse than it should',
    SafetyLevel.MINIMAL_RISK_MANOEUVRE: 'is stopping',
    SafetyLevel.STOPPED: 'stands and holds the brake',
    SafetyLevel.EMERGENCY: 'brakes as hard as it can',
}


@dataclass(frozen=True, kw_only=True)
class ControlOutput:
    """The answer of one control step.

    Attributes:
        command: for the vehicle.
        safety_level: whether the car drives, stops or stands.
        reasons: short words, empty when nominal.
        plan_age_s: now minus the stamp of the plan; NaN: there is none.
        margin_s: until the plan is too old to be used, negative: too old; NaN: there is none.
        target_speed_mps: of the plan at its age; NaN: no plan is in use.
        max_speed_mps: cap of the plan in use; inf: none.
        standing_s: how long the car has stood while it was allowed to drive.
    """

    command: VehicleCommand
    safety_level: SafetyLevel
    reasons: tuple[str, ...]
    plan_age_s: float
    margin_s: float
    target_speed_mps: float
    max_speed_mps: float = math.inf
    standing_s: float = 0.0

    @property
    def explanation(self) -> str:
        """One sentence for people: what the car does and why."""
        what = _WHAT[self.safety_level]
        if self.reasons:
            what += f' because of {", ".join(self.reasons)}'
        if not math.isnan(self.plan_age_s):
            what += f'; the plan is {self.plan_age_s:.2f} s old'
        if not math.isnan(self.target_speed_mps):
            what += f' and asks for {self.target_speed_mps:.1f} m/s'
        if math.isfinite(self.max_speed_mps):
            what += f', an instruction allows {self.max_speed_mps:.1f} m/s'
        if self.standing_s >= _MENTIONED_STANDING_S:
            what += f'; the car has stood for {self.standing_s:.0f} s'
        return what

    @property
    def values(self) -> dict[str, str]:
        """The numbers, for diagnostics."""
        return {
            'safety_level': self.safety_level.name.lower(),
            'reasons': ' '.join(self.reasons),
            'plan_age_s': f'{self.plan_age_s:.3f}',
            'target_speed_mps': f'{self.target_speed_mps:.2f}',
            'max_speed_mps': f'{self.max_speed_mps:.2f}',
            'standing_s': f'{self.standing_s:.1f}',
            'throttle': f'{self.command.throttle:.3f}',
            'brake': f'{self.command.brake:.3f}',
            'steer': f'{self.command.steer:.3f}',
        }

    def is_news_after(self, last: ControlOutput | None, standing_warning_s: float) -> bool:
        """Tell whether people should read about it.

        Args:
            last: the output before; None: this is the first.
            standing_warning_s: a car that begins to stand for longer is news.
        """
        if last is None:
            return True
        begins_to_wait = last.standing_s <= standing_warning_s < self.standing_s
        is_other = (last.safety_level, last.reasons) != (self.safety_level, self.reasons)
        return is_other or begins_to_wait

    def state(self, t_s: float) -> SafetyState:
        """Return what is published about it."""
        return SafetyState(
            t_s=t_s,
            level=self.safety_level,
            reasons=tuple(str(reason) for reason in self.reasons),
            plan_age_s=self.plan_age_s,
            margin_s=self.margin_s,
        )


def is_routine(reasons: Collection[str], *, has_driven: bool, has_world: bool) -> bool:
    """Tell whether the car stops only because of an orderly start or end.

    Args:
        reasons: of the stop.
        has_driven: whether the car has followed a plan yet.
        has_world: whether somebody offers odometry.
    """
    routine = {Reason.CONTROL_ENDS}
    if not has_driven or not has_world or Reason.CONTROL_ENDS in reasons:
        routine |= {Reason.EGO_MISSING, Reason.ODOMETRY_MISSING}
    if not has_driven:
        routine.add(Reason.PLAN_MISSING)
    return routine.issuperset(reasons)
