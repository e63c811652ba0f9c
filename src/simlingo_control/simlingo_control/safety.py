# SPDX-License-Identifier: Apache-2.0
"""What control says about itself: the command, whether the car may drive, and why not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from simlingo_core.status import SafetyLevel
from simlingo_core.types import VehicleCommand


class Reason(StrEnum):
    """Why the car does not drive as it should; shells may add words of their own."""

    PLAN_MISSING = 'plan_missing'
    PLAN_LATE = 'plan_late'
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
        command: what the vehicle is told.
        safety_level: whether the car drives, stops or stands.
        reasons: short words, empty when nominal.
        plan_age_s: now minus the stamp of the plan; NaN: there is none.
        margin_s: until the plan is too old to be used, negative: too old; NaN: there is none.
        target_speed_mps: wished by the plan at its age; NaN: no plan is in use.
    """

    command: VehicleCommand
    safety_level: SafetyLevel
    reasons: tuple[str, ...]
    plan_age_s: float
    margin_s: float
    target_speed_mps: float

    @property
    def explanation(self) -> str:
        """One sentence for people: what the car does and why."""
        what = _WHAT[self.safety_level]
        if self.reasons:
            what += f' because of {", ".join(self.reasons)}'
        if not math.isnan(self.plan_age_s):
            what += f'; the plan is {self.plan_age_s:.2f} s old'
        if not math.isnan(self.target_speed_mps):
            what += f' and wishes for {self.target_speed_mps:.1f} m/s'
        return what
