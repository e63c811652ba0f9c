# SPDX-License-Identifier: Apache-2.0
"""The control core: ego state and plan in, one vehicle command out, every tick, whatever comes."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence

from simlingo_control.command_gate import CommandGate, Verdict
from simlingo_control.config import ControlConfig
from simlingo_control.pedals import CappedSpeed, Creep, Start, make_speed_controller
from simlingo_control.plan_follower import RebasedPlan, rebase_plan
from simlingo_control.safety import ControlOutput, Reason
from simlingo_control.steering import Steering
from simlingo_core.checks import finite_number
from simlingo_core.errors import SimlingoError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.status import SafetyLevel
from simlingo_core.types import DrivingPlan, EgoState, VehicleCommand

_LONGEST_STEP_S = 0.5
# With these faults the path in map is as good as it was: only the plan is no longer renewed.
_PATH_STAYS_GOOD = frozenset({Reason.PLAN_STALE})


class ControlCore:
    """Follows the newest plan, or stops the car and says why.

    Call ``step`` every 0.05 s: the gains of the parity mode are made for that period.
    """

    def __init__(self, config: ControlConfig | None = None) -> None:
        self._config = config or ControlConfig()
        self._steering = Steering(self._config.steering)
        self._speed = make_speed_controller(self._config.pedals)
        self._capped_speed = CappedSpeed(self._config.pedals)
        self._start = Start(self._config.start)
        self._creep = Creep(self._config.creep)
        self._gate = CommandGate(self._config.safety)
        self._last_t_s: float | None = None
        self._standing_s = 0.0

    def reset(self) -> None:
        """Forget everything: a new episode begins."""
        self._forget_the_episode()
        self._gate.reset()
        self._last_t_s = None

    def step(
        self,
        t_s: float,
        ego: EgoState | None,
        plan: DrivingPlan | None,
        faults: Sequence[str] = (),
    ) -> ControlOutput:
        """Return the command of this tick; never raises for bad data, it stops the car.

        Args:
            t_s: now.
            ego: newest state of the car, None: there is none.
            plan: newest plan, None: there is none.
            faults: what the caller knows to be wrong (such as ``plan_not_finite``), short words;
                as long as there is one the car stops.

        Raises:
            NonFiniteError: ``t_s`` itself is NaN or infinite.
        """
        dt_s, time_faults = self._advance_time(finite_number('t_s', t_s))
        rebased = rebase_plan(t_s, ego, plan) if ego is not None and plan is not None else None
        stop_reasons = (plan.stop_reason,) if plan is not None and plan.stop_reason else ()
        verdict = self._gate.judge(t_s, ego, rebased, (*time_faults, *faults, *stop_reasons))
        if plan is not None and plan.confidence < self._config.safety.confidence_limit:
            verdict = verdict.with_doubt()
        command: VehicleCommand | None = None
        if verdict.may_drive and ego is not None and rebased is not None:
            try:
                command = self._gate.let_pass(self._follow(ego, rebased, dt_s))
            except SimlingoError:
                verdict = Verdict(SafetyLevel.EMERGENCY, (Reason.CONTROL_FAILED,))
        if command is None:
            command = self._stop(verdict, ego, rebased, dt_s)
        age_s = math.nan if plan is None else t_s - plan.t_s
        in_use = rebased if verdict.may_drive else None
        return ControlOutput(
            command=command,
            safety_level=verdict.level,
            reasons=verdict.reasons,
            plan_age_s=age_s,
            margin_s=self._config.safety.plan_age_limit_s - age_s,
            target_speed_mps=math.nan if in_use is None else in_use.target_speed_mps,
            max_speed_mps=math.inf if in_use is None else in_use.max_speed_mps,
            standing_s=self._count_standing(None if in_use is None else ego, dt_s),
        )

    def _count_standing(self, ego: EgoState | None, dt_s: float) -> float:
        """Return how long the car has stood by its plans; None: it may not drive."""
        limit_mps = self._config.safety.standing_speed_mps
        is_standing = ego is not None and abs(ego.speed_mps) < limit_mps
        self._standing_s = self._standing_s + dt_s if is_standing else 0.0
        return self._standing_s

    def _advance_time(self, t_s: float) -> tuple[float, tuple[Reason, ...]]:
        """Return the time since the step before, and a fault if time ran backwards."""
        last_t_s, self._last_t_s = self._last_t_s, t_s
        if last_t_s is None:
            return TICK_PERIOD_S, ()
        if t_s < last_t_s:
            self._forget_the_episode()
            return TICK_PERIOD_S, (Reason.TIME_JUMPED,)
        return min(t_s - last_t_s, _LONGEST_STEP_S), ()

    def _follow(self, ego: EgoState, rebased: RebasedPlan, dt_s: float) -> VehicleCommand:
        target_mps = self._start.step(
            rebased.target_speed_mps, rebased.end_speed_mps, ego.speed_mps
        )
        if math.isfinite(rebased.max_speed_mps):
            self._speed.reset()
            self._creep.reset()
            pedals = self._capped_speed.step(
                target_mps, ego.speed_mps, rebased.max_speed_mps, dt_s
            )
        else:
            self._capped_speed.reset()
            pedals = self._speed.step(target_mps, self._controlled_speed(ego), dt_s)
            pedals = self._creep.step(pedals, rebased.end_speed_mps, ego.speed_mps)
        steer = self._steering.step(rebased.path_base_m, self._controlled_speed(ego))
        return VehicleCommand(steer=steer, throttle=pedals.throttle, brake=pedals.brake)

    def _stop(
        self, verdict: Verdict, ego: EgoState | None, rebased: RebasedPlan | None, dt_s: float
    ) -> VehicleCommand:
        """Stop along the old path where it can still be trusted, else with the wheel held."""
        self._reset_pedals()
        steer = None
        is_path_good = not set(verdict.reasons) - _PATH_STAYS_GOOD
        if ego is not None and rebased is not None and is_path_good:
            with contextlib.suppress(SimlingoError):  # then the wheel is held
                steer = self._steering.step(rebased.path_base_m, self._controlled_speed(ego))
        if steer is None:
            self._steering.reset()
        return self._gate.stop(verdict, steer, dt_s)

    def _controlled_speed(self, ego: EgoState) -> float:
        pedals = self._config.pedals
        is_rounded = pedals.mode == 'parity' and pedals.rounds_speed
        return round(ego.speed_mps, 1) if is_rounded else ego.speed_mps

    def _forget_the_episode(self) -> None:
        self._standing_s = 0.0
        self._steering.reset()
        self._reset_pedals()

    def _reset_pedals(self) -> None:
        self._speed.reset()
        self._capped_speed.reset()
        self._start.reset()
        self._creep.reset()
