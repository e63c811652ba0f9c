# SPDX-License-Identifier: Apache-2.0
"""Which frame is answered when, and by which plan: the control core in real time and lockstep.

In lockstep the command of a frame is withheld until the plan that the schedule waits for has
come, and the first command until any plan has come: then all endpoints have met.  A plan that
takes too long brakes the car.  In real time every ego state is answered by the newest plan, and
silence is answered by the full brake.
"""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_control.config import ControlNodeConfig
from simlingo_control.core import ControlCore
from simlingo_control.safety import ControlOutput, Reason
from simlingo_core.errors import StaleInputError
from simlingo_core.plan_buffer import PlanBuffer, tick_of
from simlingo_core.types import DrivingPlan, EgoState


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is to be sent.

    Attributes:
        t_s: stamp of the frame that is answered.
        output: of the core.
        is_repeated: the world has missed this answer; the command is sent again.
    """

    t_s: float
    output: ControlOutput
    is_repeated: bool = False


class ControlSession:
    """The control core with its plans; wall time is handed in by the caller.

    Attributes:
        foreign: words for others who command the car; each is an emergency.
        is_stop_requested: whether somebody asks for an emergency stop, until it is taken back.
    """

    def __init__(self, config: ControlNodeConfig, wall_s: float) -> None:
        self._config = config
        self._core = ControlCore(config)
        self._buffer = PlanBuffer(config.schedule)
        self._newest_plan: DrivingPlan | None = None
        self._ego: EgoState | None = None
        self._waiting_since_s = wall_s
        self._last: Answer | None = None
        self._is_answered = True
        self._is_plan_invalid = False
        self._missed_plan_tick: int | None = None
        self.foreign: tuple[str, ...] = ()
        self.is_stop_requested = False

    @property
    def has_ego(self) -> bool:
        """Whether an ego state has come."""
        return self._ego is not None

    @property
    def is_plan_missed(self) -> bool:
        """Whether the due plan did not come in time (lockstep)."""
        return self._missed_plan_tick is not None

    def begin(self, wall_s: float) -> None:
        """Begin to wait for ego states now."""
        self._waiting_since_s = wall_s

    def take_ego(self, ego: EgoState, wall_s: float) -> Answer | None:
        """Take the ego state of a frame; return its answer if it can be given already."""
        before = self._ego
        is_repeated = before is not None and before.t_s == ego.t_s
        if self._config.lockstep and is_repeated and self._is_answered and self._last is not None:
            # The world has missed the answer; the core must not step twice for one frame.
            return Answer(t_s=self._last.t_s, output=self._last.output, is_repeated=True)
        if not is_repeated or self._is_answered:
            self._waiting_since_s = wall_s
        if before is not None and ego.t_s < before.t_s:
            self._begin_new_episode(ego.t_s)
        self._ego, self._is_answered = ego, False
        return self._answer()

    def refuse_ego(self, t_s: float, wall_s: float) -> Answer:
        """Stop: an ego state has come that cannot be used."""
        self._waiting_since_s = wall_s
        faults = (Reason.ODOMETRY_INVALID, *self._emergencies)
        return self._finish(t_s, self._core.step(t_s, self._ego, self._newest_plan, faults))

    def take_plan(self, plan: DrivingPlan) -> Answer | None:
        """Take a plan; return the answer that has waited for it, if any."""
        self._is_plan_invalid = False
        self._newest_plan = plan
        self._buffer.add(plan)
        return self._answer() if self._config.lockstep and not self._is_answered else None

    def refuse_plan(self) -> None:
        """Stop until a usable plan comes: one has come that cannot be used."""
        self._is_plan_invalid = True

    def brake_fully(self, fault: str) -> Answer:
        """Brake as hard as possible: there is no ego state to do it better by."""
        t_s = 0.0 if self._ego is None else self._ego.t_s
        self._core.reset()
        output = self._core.step(t_s, None, self._newest_plan, (fault, *self._emergencies))
        return self._finish(t_s, output)

    def watch(self, wall_s: float) -> tuple[Answer | None, StaleInputError | None]:
        """Return the answer to silence and what is missing; both None: nothing takes too long."""
        waited_s = wall_s - self._waiting_since_s
        if self._config.lockstep:
            return self._watch_plan(waited_s)
        if waited_s <= self._config.odometry_wait_limit_s:
            return None, None
        answer = self.brake_fully(Reason.ODOMETRY_MISSING)
        if self._ego is None:
            # A stack may well be there before its world: no fault yet.
            return answer, None
        return answer, StaleInputError(f'no odometry for {waited_s:.1f} s; the car brakes')

    def _watch_plan(self, waited_s: float) -> tuple[Answer | None, StaleInputError | None]:
        if self._ego is None or self._is_answered or self._newest_plan is None:
            return None, None
        if waited_s <= self._config.plan_wait_limit_s:
            return None, None
        tick = tick_of(self._ego.t_s)
        self._missed_plan_tick = self._config.schedule.awaited_planning_tick(tick)
        error = StaleInputError(
            f'the plan of tick {self._missed_plan_tick} has not come within {waited_s:.1f} s; '
            f'braking at tick {tick}'
        )
        return self._answer(), error

    def _begin_new_episode(self, t_s: float) -> None:
        """Forget the plans of the episode before: time has run backwards."""
        self._buffer.drop_later(t_s)
        if self._newest_plan is not None and self._newest_plan.t_s > t_s:
            self._newest_plan = None
        self._missed_plan_tick = None

    def _answer(self) -> Answer | None:
        """Answer the newest frame; None: it waits for its plan."""
        if self._ego is None:
            return None
        if self._config.lockstep:
            return self._answer_in_lockstep(self._ego)
        faults = (Reason.PLAN_INVALID,) if self._is_plan_invalid else ()
        return self._drive(self._ego, self._newest_plan, faults)

    def _answer_in_lockstep(self, ego: EgoState) -> Answer | None:
        if self._newest_plan is None:
            return None
        tick = tick_of(ego.t_s)
        schedule = self._config.schedule
        is_missed = schedule.awaited_planning_tick(tick) == self._missed_plan_tick
        has_come = self._buffer.has_awaited(tick)
        if not has_come and not is_missed:
            return None
        due = self._buffer.due(tick)
        if has_come and not due.is_late:
            self._missed_plan_tick = None
            return self._drive(ego, due.plan)
        return self._drive(ego, due.plan, (Reason.PLAN_NOT_IN_TIME,))

    def _drive(
        self, ego: EgoState, plan: DrivingPlan | None, faults: tuple[str, ...] = ()
    ) -> Answer:
        faults = (*faults, *self._emergencies)
        return self._finish(ego.t_s, self._core.step(ego.t_s, ego, plan, faults))

    @property
    def _emergencies(self) -> tuple[str, ...]:
        stop = (Reason.EMERGENCY_STOP,) if self.is_stop_requested else ()
        return (*stop, *self.foreign)

    def _finish(self, t_s: float, output: ControlOutput) -> Answer:
        self._is_answered = True
        self._last = Answer(t_s=t_s, output=output)
        return self._last
