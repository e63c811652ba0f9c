# SPDX-License-Identifier: Apache-2.0
"""Odometry and plan in, vehicle command and safety state out; the car stops when in doubt."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from carla_msgs.msg import CarlaEgoVehicleStatus
from nav_msgs.msg import Odometry
from std_msgs.msg import Bool
from std_srvs.srv import SetBool

from simlingo_control.car_report import CarReport
from simlingo_control.command_watch import CommandWatch
from simlingo_control.config import ControlNodeConfig
from simlingo_control.safety import ControlOutput, Reason
from simlingo_control.session import Answer, ControlSession
from simlingo_core.errors import SimlingoError
from simlingo_msgs.msg import DrivingPlan as DrivingPlanMessage
from simlingo_ros import interfaces
from simlingo_ros.conversions.driving import message_to_plan
from simlingo_ros.conversions.language import safety_state_to_message
from simlingo_ros.conversions.time import seconds_to_stamp, stamp_to_seconds
from simlingo_ros.conversions.vehicle import (
    command_to_message,
    message_to_command,
    odometry_to_ego_state,
)
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.monitors import Level
from simlingo_ros.shutdown import require_received, wait_for_subscriber
from simlingo_ros.spin import run_node

WATCH_PERIOD_S = 0.05
PUBLISHERS_PERIOD_S = 0.25
CAR = 'car'
PLAN_LINE = 'plan'
PLANNER_READY = 'planner'


class ControlNode(StackNode[ControlNodeConfig]):
    """Publishes what ``ControlSession`` answers; the only publisher of vehicle commands."""

    def __init__(self) -> None:
        super().__init__('control', ControlNodeConfig)

    # ---- lifecycle ---------------------------------------------------------------------------

    def configure(self) -> None:
        """Create the session, publishers, subscriptions and watchdogs."""
        config = self.config
        self._session = ControlSession(config, time.monotonic())
        self._watched = CommandWatch(self.get_fully_qualified_name())
        self._is_overridden = self._is_autopilot = False
        self._report = CarReport(config.safety.standing_warning_s)
        self._is_ready = False
        self._is_heard, self._has_world = False, True
        role = config.role_name
        # The newest plan is enough in real time; in lockstep two may wait at once.
        queue = interfaces.BRIDGE if config.lockstep else interfaces.NEWEST
        self._commands = self.advertise(interfaces.CONTROL_COMMAND, role=role)
        self._states = self.advertise(interfaces.SAFETY_STATE)
        self._ready = self.advertise(interfaces.STACK_READY, role=role)
        self.listen(interfaces.ODOMETRY, self._on_odometry, role=role, watch=not config.lockstep)
        self.listen(interfaces.PLAN, self._on_plan, qos=queue, watch=False)
        self._plan_topic = self.resolve_topic_name(interfaces.PLAN.name)
        self.listen(interfaces.VEHICLE_STATUS, self._on_status, role=role, watch=False)
        self.listen(interfaces.MANUAL_OVERRIDE, self._on_override, role=role, when_inactive=True)
        self.listen(interfaces.AUTOPILOT, self._on_autopilot, role=role, when_inactive=True)
        self.serve(interfaces.EMERGENCY_STOP, self._on_emergency_stop)
        self.every(WATCH_PERIOD_S, self._watch, is_wall_time=True)
        self.every(PUBLISHERS_PERIOD_S, self._look_at_publishers, is_wall_time=True)

    def activate(self) -> None:
        """Publish that nobody may drive yet."""
        self._session.begin(time.monotonic())
        self._watched.reset()
        self._ready.publish(Bool(data=False))
        self.diagnostics.report(CAR, Level.WARN, 'waits for the first odometry')

    def deactivate(self) -> None:
        """Leave the car braking as hard as it can.

        Raises:
            BackendError: the car may not have received the brake.
        """
        limit_s = self.config.shutdown_limit_s
        end_s = time.monotonic() + limit_s
        # A car whose odometry arrives may not be connected to the commands yet.
        is_unheard = self._session.has_ego and not self._is_heard
        if is_unheard and not wait_for_subscriber(self._commands, limit_s):
            self.get_logger().error('nobody listens to the vehicle commands; the car may roll on')
        self._ready.publish(Bool(data=False))
        self._send(self._session.brake_fully(Reason.CONTROL_ENDS))
        # The process may end at once; the brake must have reached the car before.
        require_received((self._commands, self._ready), max(end_s - time.monotonic(), 0.1))

    # ---- inputs ------------------------------------------------------------------------------

    def _on_odometry(self, message: Odometry) -> None:
        """Answer a frame; what cannot be read is answered with a stop."""
        try:
            ego = odometry_to_ego_state(message)
        except SimlingoError:
            t_s = stamp_to_seconds(message.header.stamp)
            self._send(self._session.refuse_ego(t_s, time.monotonic()))
            raise
        self._send(self._session.take_ego(ego, time.monotonic()))

    def _on_plan(self, message: DrivingPlanMessage) -> None:
        try:
            plan = message_to_plan(message)
        except SimlingoError:
            self._session.refuse_plan()
            raise
        self._become_ready()
        self._send(self._session.take_plan(plan))

    def _become_ready(self) -> None:
        if not self._is_ready:
            self._is_ready = True
            self._ready.publish(Bool(data=True))

    def _on_status(self, message: CarlaEgoVehicleStatus) -> None:
        command = message_to_command(message.control)
        is_handed_over = self._is_overridden or self._is_autopilot
        self._watched.compare_echo(command, is_handed_over=is_handed_over)
        self._session.foreign = self._watched.faults

    def _on_override(self, message: Bool) -> None:
        self._is_overridden = message.data

    def _on_autopilot(self, message: Bool) -> None:
        self._is_autopilot = message.data

    def _on_emergency_stop(self, request: SetBool.Request, response: Any) -> SetBool.Response:
        self._session.is_stop_requested = request.data
        response.success = True
        return response

    # ---- outputs -----------------------------------------------------------------------------

    def _send(self, answer: Answer | None) -> None:
        """Publish the command, the safety state and the diagnostics of an answer."""
        if answer is None:
            return
        command = answer.output.command
        self._watched.note_sent(command)
        self._commands.publish(command_to_message(command, seconds_to_stamp(answer.t_s)))
        if answer.is_repeated:
            return
        self._states.publish(safety_state_to_message(answer.output.state(answer.t_s)))
        if not self._session.is_plan_missed and self.faults.pop(PLAN_LINE, None) is not None:
            self.diagnostics.report(PLAN_LINE, Level.OK, 'in time again')
        self._explain(answer.output)

    def _explain(self, output: ControlOutput) -> None:
        """Report in diagnostics and log what the car does and why."""
        news = self._report.take(output, has_world=self._has_world)
        self.diagnostics.report(CAR, news.level, news.text, output.values)
        if news.is_new:  # one line of code for each severity: rclpy refuses to change it in a line
            log = self.get_logger()
            log.info(news.text) if news.is_quiet else log.warn(news.text)

    # ---- watchdogs ---------------------------------------------------------------------------

    def _watch(self) -> None:
        """Brake when a plan (lockstep) or odometry (real time) takes too long."""
        self._is_heard = self._is_heard or self._commands.get_subscription_count() > 0
        answer, error = self._session.watch(time.monotonic())
        # A world that ends in order takes its publisher with it, one that hangs or crashes not.
        self._has_world = error is None or self._has_publisher(interfaces.ODOMETRY)
        if error is not None and self.config.lockstep:
            self.report_fault(PLAN_LINE, error)
        self._send(answer)
        if error is not None and not self.config.lockstep and self._has_world:
            raise error

    def _has_publisher(self, interface: interfaces.Interface) -> bool:
        return self.count_publishers(interface.resolve(self.config.role_name)) > 0

    def _look_at_publishers(self) -> None:
        """Find out who else publishes vehicle commands."""
        infos = self.get_publishers_info_by_topic(self._commands.topic_name)
        names = [f'{info.node_namespace.rstrip("/")}/{info.node_name}' for info in infos]
        self._watched.look_at_publishers(names)
        self._session.foreign = self._watched.faults
        # A planner advertises its plans when its policy is loaded.
        if self.config.ready == PLANNER_READY and self.count_publishers(self._plan_topic):
            self._become_ready()


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run_node(ControlNode, args)
