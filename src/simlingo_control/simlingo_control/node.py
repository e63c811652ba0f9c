# SPDX-License-Identifier: Apache-2.0
"""Odometry and plan in, vehicle command and safety state out; the car stops when in doubt."""

from __future__ import annotations

import time
from collections.abc import Sequence

from nav_msgs.msg import Odometry
from std_msgs.msg import Bool

from simlingo_control.core import ControlCore
from simlingo_control.node_config import ControlNodeConfig
from simlingo_control.safety import ControlOutput, Reason
from simlingo_core.errors import SimlingoError, StaleInputError
from simlingo_core.plan_buffer import PlanBuffer, tick_of
from simlingo_core.status import SafetyLevel, SafetyState
from simlingo_core.types import DrivingPlan, EgoState
from simlingo_msgs.msg import DrivingPlan as DrivingPlanMessage
from simlingo_ros import interfaces
from simlingo_ros.conversions.driving import message_to_plan
from simlingo_ros.conversions.language import safety_state_to_message
from simlingo_ros.conversions.time import seconds_to_stamp, stamp_to_seconds
from simlingo_ros.conversions.vehicle import command_to_message, odometry_to_ego_state
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.monitors import Level
from simlingo_ros.shutdown import require_heard, wait_for_listener
from simlingo_ros.spin import run_node

WATCH_PERIOD_S = 0.05
CAR = 'car'
PLAN_LINE = 'plan'
# Words of this shell beside those of the core (``simlingo_control.safety.Reason``).
ODOMETRY_INVALID = 'odometry_invalid'
ODOMETRY_MISSING = 'odometry_missing'
PLAN_INVALID = 'plan_invalid'
CONTROL_ENDS = 'control_ends'

_LEVELS = {SafetyLevel.NOMINAL: Level.OK, SafetyLevel.DEGRADED: Level.WARN}


class ControlNode(StackNode[ControlNodeConfig]):
    """Follows the plan in force; the only publisher of vehicle commands.

    In lockstep the command of a frame is withheld until the plan that the schedule waits for has
    come, and the first command until any plan has come: then all endpoints have met.  A plan that
    takes too long brakes the car.  In real time every odometry message yields a command by the
    newest plan, and silence yields the full brake.
    """

    def __init__(self) -> None:
        super().__init__('control', ControlNodeConfig)

    # ---- lifecycle ---------------------------------------------------------------------------

    def configure(self) -> None:
        """Create publishers, subscriptions and the watchdog."""
        config = self.config
        self._core = ControlCore(config.core)
        self._plan_buffer = PlanBuffer(config.schedule)
        self._newest_plan: DrivingPlan | None = None
        self._ego: EgoState | None = None
        self._ego_since_s = time.monotonic()
        self._is_answered = True
        self._is_plan_invalid = False
        self._missed_plan_tick: int | None = None
        self._last_output: ControlOutput | None = None
        self._is_ready = False
        self._is_heard = False
        role = config.role_name
        # The newest plan is enough in real time; in lockstep two may wait at once.
        queue = interfaces.BRIDGE if config.lockstep else interfaces.NEWEST
        self._commands = self.advertise(interfaces.CONTROL_COMMAND, role=role)
        self._states = self.advertise(interfaces.SAFETY_STATE)
        self._ready = self.advertise(interfaces.STACK_READY, role=role)
        self.listen(interfaces.ODOMETRY, self._on_odometry, role=role, watch=not config.lockstep)
        self.listen(interfaces.PLAN, self._on_plan, qos=queue, watch=False)
        self.every(WATCH_PERIOD_S, self._watch, is_wall_time=True)

    def activate(self) -> None:
        """Say that nobody may drive yet."""
        self._ego_since_s = time.monotonic()
        self._ready.publish(Bool(data=False))
        self.diagnostics.report(CAR, Level.WARN, 'waits for the first odometry')

    def deactivate(self) -> None:
        """Leave the car braking as hard as it can.

        Raises:
            BackendError: the car may not have heard it.
        """
        limit_s = self.config.last_word_limit_s
        end_s = time.monotonic() + limit_s
        # A car that can be heard cannot hear yet, for a moment after it has been found.
        is_deaf = self._ego is not None and not self._is_heard
        if is_deaf and not wait_for_listener(self._commands, limit_s):
            self.get_logger().error('nobody listens to the vehicle commands; the car may roll on')
        self._ready.publish(Bool(data=False))
        self._brake_fully(CONTROL_ENDS)
        # The process may end at once; the last brake must have reached the car before.
        require_heard((self._commands, self._ready), max(end_s - time.monotonic(), 0.1))

    # ---- what comes in -----------------------------------------------------------------------

    def _on_odometry(self, message: Odometry) -> None:
        """Answer a frame; what cannot be read is answered with a stop."""
        try:
            ego = odometry_to_ego_state(message)
        except SimlingoError:
            self._ego_since_s = time.monotonic()
            self._stop(stamp_to_seconds(message.header.stamp), ODOMETRY_INVALID)
            raise
        before = self._ego
        is_repeated = before is not None and before.t_s == ego.t_s
        if self.config.lockstep and is_repeated and self._is_answered:
            # The world has missed the answer; the core must not step twice for one frame.
            self._commands.publish(self._last_command)
            return
        if not is_repeated or self._is_answered:
            self._ego_since_s = time.monotonic()
        if before is not None and ego.t_s < before.t_s:
            self._begin_new_episode(ego.t_s)
        self._ego, self._is_answered = ego, False
        self._answer()

    def _on_plan(self, message: DrivingPlanMessage) -> None:
        try:
            plan = message_to_plan(message)
        except SimlingoError:
            self._is_plan_invalid = True
            raise
        self._is_plan_invalid = False
        self._newest_plan = plan
        self._plan_buffer.add(plan)
        self._say_ready()
        if self.config.lockstep and not self._is_answered:
            self._answer()

    def _begin_new_episode(self, t_s: float) -> None:
        """Forget the plans of the drive before: time has run backwards."""
        self._plan_buffer.drop_later(t_s)
        if self._newest_plan is not None and self._newest_plan.t_s > t_s:
            self._newest_plan = None
        self._missed_plan_tick = None

    # ---- what goes out -----------------------------------------------------------------------

    def _answer(self) -> None:
        """Send the command of the newest frame, or wait for its plan."""
        if self._ego is None:
            return
        if self.config.lockstep:
            self._answer_in_lockstep(self._ego)
        else:
            faults = (PLAN_INVALID,) if self._is_plan_invalid else ()
            self._drive(self._ego, self._newest_plan, faults)

    def _answer_in_lockstep(self, ego: EgoState) -> None:
        if self._newest_plan is None:
            return
        tick = tick_of(ego.t_s)
        schedule = self.config.schedule
        is_missed = schedule.awaited_planning_tick(tick) == self._missed_plan_tick
        has_come = self._plan_buffer.has_awaited(tick)
        if not has_come and not is_missed:
            return
        due = self._plan_buffer.due(tick)
        if has_come and not due.is_late:
            self._note_plan_in_time()
            self._drive(ego, due.plan)
        else:
            self._drive(ego, due.plan, (Reason.PLAN_NOT_IN_TIME,))

    def _drive(
        self, ego: EgoState, plan: DrivingPlan | None, faults: tuple[str, ...] = ()
    ) -> None:
        """Let the core decide and send what it says."""
        self._send(self._core.step(ego.t_s, ego, plan, faults), ego.t_s)

    def _stop(self, t_s: float, fault: str) -> None:
        """Stop the car without knowing how it moves right now."""
        self._send(self._core.step(t_s, self._ego, self._newest_plan, (fault,)), t_s)

    def _brake_fully(self, fault: str) -> None:
        """Brake as hard as possible: there is no ego state to do it better by."""
        t_s = 0.0 if self._ego is None else self._ego.t_s
        self._core.reset()
        self._send(self._core.step(t_s, None, self._newest_plan, (fault,)), t_s)

    def _send(self, output: ControlOutput, t_s: float) -> None:
        stamp = seconds_to_stamp(t_s)
        self._last_command = command_to_message(output.command, stamp)
        self._commands.publish(self._last_command)
        self._is_answered = True
        state = SafetyState(
            t_s=t_s,
            level=output.safety_level,
            reasons=tuple(str(reason) for reason in output.reasons),
            plan_age_s=output.plan_age_s,
            margin_s=output.margin_s,
        )
        self._states.publish(safety_state_to_message(state))
        self._explain(output)

    def _explain(self, output: ControlOutput) -> None:
        """Say in diagnostics and log what the car does and why."""
        level = _LEVELS.get(output.safety_level, Level.ERROR)
        values = {
            'safety_level': output.safety_level.name.lower(),
            'reasons': ' '.join(output.reasons),
            'plan_age_s': f'{output.plan_age_s:.3f}',
            'target_speed_mps': f'{output.target_speed_mps:.2f}',
            'throttle': f'{output.command.throttle:.3f}',
            'brake': f'{output.command.brake:.3f}',
            'steer': f'{output.command.steer:.3f}',
        }
        self.diagnostics.report(CAR, level, f'the car {output.explanation}', values)
        last, self._last_output = self._last_output, output
        if last is None or (last.safety_level, last.reasons) != (
            output.safety_level,
            output.reasons,
        ):
            self._log(level, f'the car {output.explanation}')

    def _log(self, level: Level, text: str) -> None:
        # One line of code for each severity: rclpy refuses a change of it in one place.
        if level is Level.OK:
            self.get_logger().info(text)
        else:
            self.get_logger().warn(text)

    def _say_ready(self) -> None:
        """Tell the world, once, that the stack can drive."""
        if not self._is_ready:
            self._is_ready = True
            self._ready.publish(Bool(data=True))

    # ---- when nothing comes ------------------------------------------------------------------

    def _watch(self) -> None:
        """Brake when a plan (lockstep) or odometry (real time) takes too long."""
        self._is_heard = self._is_heard or self._commands.get_subscription_count() > 0
        waited_s = time.monotonic() - self._ego_since_s
        if self.config.lockstep:
            self._watch_plan(waited_s)
        elif waited_s > self.config.odometry_wait_limit_s:
            self._brake_fully(ODOMETRY_MISSING)
            if self._ego is None:
                # A stack may well be there before its world: no fault yet, and said once already.
                return
            raise StaleInputError(f'no odometry for {waited_s:.1f} s; the car brakes')

    def _watch_plan(self, waited_s: float) -> None:
        if self._ego is None or self._is_answered or self._newest_plan is None:
            return
        if waited_s <= self.config.plan_wait_limit_s:
            return
        tick = tick_of(self._ego.t_s)
        self._missed_plan_tick = self.config.schedule.awaited_planning_tick(tick)
        error = StaleInputError(
            f'the plan of tick {self._missed_plan_tick} has not come within {waited_s:.1f} s; '
            f'braking at tick {tick}'
        )
        self.report_fault(PLAN_LINE, error)
        self._answer()

    def _note_plan_in_time(self) -> None:
        self._missed_plan_tick = None
        if self.faults.pop(PLAN_LINE, None) is not None:
            self.diagnostics.report(PLAN_LINE, Level.OK, 'in time again')


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run_node(ControlNode, args)
