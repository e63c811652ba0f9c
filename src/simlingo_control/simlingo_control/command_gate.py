# SPDX-License-Identifier: Apache-2.0
"""The gate every command passes: it judges the inputs and stops the car when in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simlingo_control.config import SafetyConfig
from simlingo_control.plan_follower import RebasedPlan
from simlingo_control.safety import Reason
from simlingo_core.status import SafetyLevel
from simlingo_core.types import EgoState, VehicleCommand

_HARDEST_BRAKING_MPS2 = 10.0
_EMERGENCIES = (Reason.OTHER_COMMANDER,)


@dataclass(frozen=True)
class Verdict:
    """What the gate allows: driving (nominal, degraded) or one of the ways to stop."""

    level: SafetyLevel
    reasons: tuple[str, ...]

    @property
    def may_drive(self) -> bool:
        """Whether the plan may be followed."""
        return self.level <= SafetyLevel.DEGRADED

    def with_doubt(self) -> Verdict:
        """Return the verdict on a plan that is doubted: it is driven, and at best degraded."""
        if not self.may_drive:
            return self
        return Verdict(SafetyLevel.DEGRADED, (*self.reasons, Reason.PLAN_DOUBTED))


class CommandGate:
    """Judges each tick; remembers how long it has been stopping."""

    def __init__(self, config: SafetyConfig) -> None:
        self._config = config
        self.reset()

    def reset(self) -> None:
        """Forget the past."""
        self._last_steer = 0.0
        self._stop_brake = 0.0

    def judge(
        self,
        t_s: float,
        ego: EgoState | None,
        rebased: RebasedPlan | None,
        faults: Sequence[str] = (),
    ) -> Verdict:
        """Decide whether the plan may be followed.

        Args:
            t_s: now.
            ego: newest state of the car, None: never had one.
            rebased: the plan seen from there, None: there is none.
            faults: what the caller knows to be wrong, short words; each stops the car, and
                another commander is an emergency, as is the emergency stop of a moving car.
        """
        if ego is None:
            return Verdict(SafetyLevel.EMERGENCY, (Reason.EGO_MISSING, *faults))
        if not abs(t_s - ego.t_s) <= self._config.ego_age_limit_s:
            return Verdict(SafetyLevel.EMERGENCY, (Reason.EGO_STALE, *faults))
        reasons = (*faults, *self._plan_faults(ego, rebased))
        if any(fault.startswith(_EMERGENCIES) for fault in faults):
            return Verdict(SafetyLevel.EMERGENCY, reasons)
        is_moving = abs(ego.speed_mps) >= self._config.standing_speed_mps
        if Reason.EMERGENCY_STOP in faults and is_moving:
            return Verdict(SafetyLevel.EMERGENCY, reasons)
        if rebased is not None and rebased.age_s > self._config.plan_age_emergency_s:
            level = SafetyLevel.EMERGENCY
        elif reasons:
            level = SafetyLevel.MINIMAL_RISK_MANOEUVRE
        elif rebased is not None and rebased.age_s > self._config.plan_age_warning_s:
            return Verdict(SafetyLevel.DEGRADED, (Reason.PLAN_LATE,))
        else:
            return Verdict(SafetyLevel.NOMINAL, ())
        if not is_moving:
            level = SafetyLevel.STOPPED
        return Verdict(level, reasons)

    def stop(self, verdict: Verdict, steer: float | None, dt_s: float) -> VehicleCommand:
        """Return the command that stops the car, or holds it.

        A minimal-risk manoeuvre brakes gently first and ever harder; standing and emergencies
        take the full brake.

        Args:
            verdict: why and how.
            steer: along the old path where there is one; None: keep the wheel where it is.
            dt_s: since the step before.
        """
        config = self._config
        if verdict.level is SafetyLevel.MINIMAL_RISK_MANOEUVRE:
            grown = self._stop_brake + config.stop_brake_rise_per_s * dt_s
            self._stop_brake = min(max(grown, config.stop_brake), 1.0)
        else:
            self._stop_brake = 1.0
        self._last_steer = self._last_steer if steer is None else steer
        return VehicleCommand(steer=self._last_steer, throttle=0.0, brake=self._stop_brake)

    def let_pass(self, command: VehicleCommand) -> VehicleCommand:
        """Return the command of a car that may drive; a stop is over."""
        self._stop_brake = 0.0
        self._last_steer = command.steer
        return command

    def _plan_faults(self, ego: EgoState, rebased: RebasedPlan | None) -> tuple[Reason, ...]:
        if rebased is None:
            return (Reason.PLAN_MISSING,)
        config = self._config
        age_s = max(rebased.age_s, 0.0)
        fastest_mps = abs(ego.speed_mps) + _HARDEST_BRAKING_MPS2 * age_s
        checks = {
            Reason.PLAN_FROM_FUTURE: rebased.age_s < -config.plan_lead_limit_s,
            Reason.PLAN_STALE: not rebased.age_s <= config.plan_age_limit_s,
            Reason.POSE_JUMPED: not (
                rebased.moved_m <= config.pose_jump_margin_m + fastest_mps * age_s
            ),
            Reason.OFF_PATH: not rebased.offset_m <= config.path_offset_limit_m,
            Reason.PATH_ENDED: len(rebased.path_base_m) == 0,
        }
        return tuple(reason for reason, is_wrong in checks.items() if is_wrong)
