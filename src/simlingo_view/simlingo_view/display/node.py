# SPDX-License-Identifier: Apache-2.0
"""Plan, commentary, instruction and safety state in standard types, while somebody listens."""

from __future__ import annotations

from collections.abc import Sequence

from carla_msgs.msg import CarlaRoute

from simlingo_core.plan_geometry import path_map_m, waypoints_map_m
from simlingo_core.route import Route
from simlingo_core.types import SPEED_WAYPOINT_PERIOD_S, DrivingPlan
from simlingo_msgs.msg import Commentary, InstructionStatus, Observation, SafetyState
from simlingo_msgs.msg import DrivingPlan as DrivingPlanMessage
from simlingo_msgs.msg import Instruction as InstructionMessage
from simlingo_ros import interfaces
from simlingo_ros.conversions.driving import message_to_observation, message_to_plan
from simlingo_ros.conversions.geometry import path_to_message
from simlingo_ros.conversions.language import (
    instruction_seen,
    message_to_instruction_status,
    message_to_safety_state,
)
from simlingo_ros.conversions.markers import shapes_to_message
from simlingo_ros.conversions.route import message_to_route
from simlingo_ros.conversions.time import seconds_to_stamp
from simlingo_ros.images import compressed_message
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.listener import Listener
from simlingo_ros.spin import run_node
from simlingo_view.display.config import DisplayConfig
from simlingo_view.display.drawing import draw_overlay
from simlingo_view.display.shapes import plan_shapes, route_shape
from simlingo_view.stack_memory import StackMemory

LOOK_PERIOD_S = 0.25


class DisplayNode(StackNode[DisplayConfig]):
    """Subscribes to what its own listeners need, and to nothing while there are none.

    Only what people say is heard always: it is rare, and an instruction may stay in force long.
    """

    def __init__(self) -> None:
        super().__init__('display', DisplayConfig)

    def configure(self) -> None:
        """Create all endpoints; those that cost something stay closed."""
        self._memory = StackMemory()
        self._route: Route | None = None
        self._path_out = self.advertise(interfaces.PLAN_PATH)
        self._waypoints_out = self.advertise(interfaces.PLAN_WAYPOINTS)
        self._markers_out = self.advertise(interfaces.MARKERS)
        self._overlay_out = self.advertise(interfaces.OVERLAY)
        self.listen(interfaces.INSTRUCTION, self._on_instruction)
        self.listen(interfaces.INSTRUCTION_STATUS, self._on_status)
        role, plans = self.config.role_name, (self._path_out, self._waypoints_out)
        drawn = (self._markers_out, self._overlay_out)
        self._needs = [
            (self.listen(interfaces.PLAN, self._on_plan, watch=False), (*plans, *drawn)),
            (self.listen(interfaces.OBSERVATION, self._on_observation, watch=False), drawn),
            (self.listen(interfaces.COMMENTARY, self._on_commentary), drawn),
            (self.listen(interfaces.SAFETY_STATE, self._on_safety, watch=False), drawn),
            (
                self.listen(interfaces.ROUTE, self._on_route, role=role, when_inactive=True),
                (self._markers_out,),
            ),
        ]
        self._open: set[Listener] = set()
        for listener, _ in self._needs:
            listener.destroy()
        self.every(LOOK_PERIOD_S, self._look_at_listeners, is_wall_time=True)

    def _look_at_listeners(self) -> None:
        """Open and close subscriptions by who listens."""
        for listener, outputs in self._needs:
            is_needed = any(output.get_subscription_count() for output in outputs)
            if is_needed and listener not in self._open:
                listener.resume()
                self._open.add(listener)
            elif not is_needed and listener in self._open:
                listener.destroy()
                self._open.remove(listener)
        if not self._open:
            self._memory.forget_messages()

    # ---- messages ----------------------------------------------------------------------------

    def _on_instruction(self, message: InstructionMessage) -> None:
        if (instruction := instruction_seen(message)) is not None:
            self._memory.instructions.add(instruction)

    def _on_status(self, message: InstructionStatus) -> None:
        self._memory.instructions.note(message_to_instruction_status(message))

    def _on_observation(self, message: Observation) -> None:
        self._memory.add_observation(message_to_observation(message))

    def _on_commentary(self, message: Commentary) -> None:
        if not message.is_growing:
            self._memory.commentary = message.text

    def _on_safety(self, message: SafetyState) -> None:
        self._memory.safety = message_to_safety_state(message)

    def _on_route(self, message: CarlaRoute) -> None:
        self._route = message_to_route(message)

    def _on_plan(self, message: DrivingPlanMessage) -> None:
        """Publish whatever is listened to."""
        plan = self._memory.plan = message_to_plan(message)
        stamp = message.header.stamp
        if self._path_out.get_subscription_count():
            self._path_out.publish(path_to_message(path_map_m(plan), stamp))
        if self._waypoints_out.get_subscription_count():
            points, period_s = waypoints_map_m(plan), SPEED_WAYPOINT_PERIOD_S
            self._waypoints_out.publish(path_to_message(points, stamp, period_s=period_s))
        if self._markers_out.get_subscription_count():
            shapes = plan_shapes(plan, self._memory.observation_of(plan), self._memory)
            message = shapes_to_message([*shapes, route_shape(self._route)], stamp)
            self._markers_out.publish(message)
        if self._overlay_out.get_subscription_count():
            self._publish_overlay(plan)

    def _publish_overlay(self, plan: DrivingPlan) -> None:
        observation = self._memory.observation_of(plan)
        if observation is None or not observation.image_jpeg:
            return
        jpeg = draw_overlay(observation, plan, self._memory, self.config.overlay_quality)
        frame_id = f'{self.config.role_name}/{self.config.camera_id}'
        stamp = seconds_to_stamp(plan.t_s)
        self._overlay_out.publish(compressed_message(jpeg, stamp=stamp, frame_id=frame_id))


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run_node(DisplayNode, args)
