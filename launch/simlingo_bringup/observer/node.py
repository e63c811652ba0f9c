# SPDX-License-Identifier: Apache-2.0
"""Watches an episode: writes the video while it happens and the series at its end.

It can send one instruction on the way, as a person would.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from carla_msgs.msg import (
    CarlaCollisionEvent,
    CarlaEgoVehicleStatus,
    CarlaLaneInvasionEvent,
    CarlaRoute,
)
from nav_msgs.msg import Odometry
from numpy.typing import NDArray
from rclpy.subscription import MessageInfo
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image

from simlingo_bringup.observer.config import ObserverConfig
from simlingo_bringup.observer.dashboard import HEIGHT_PX, WIDTH_PX, compose
from simlingo_bringup.observer.episode_log import EpisodeLog
from simlingo_bringup.observer.prompter import Prompter
from simlingo_core.instruction_ids import make_instruction_id
from simlingo_core.status import SafetyLevel
from simlingo_core.types import Instruction
from simlingo_evaluation.video import VideoWriter
from simlingo_msgs.msg import Commentary, DrivingPlan, InstructionStatus, Observation, SafetyState
from simlingo_msgs.msg import Instruction as InstructionMessage
from simlingo_ros import interfaces
from simlingo_ros.conversions.driving import message_to_observation, message_to_plan
from simlingo_ros.conversions.language import (
    instruction_seen,
    instruction_to_message,
    message_to_instruction_status,
)
from simlingo_ros.conversions.route import message_to_route
from simlingo_ros.conversions.time import stamp_to_nanoseconds, stamp_to_seconds
from simlingo_ros.conversions.vehicle import message_to_status, odometry_to_ego_state
from simlingo_ros.endpoints import load_type, qos_profile
from simlingo_ros.images import image_to_array
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.spin import run_node

VIDEO_FILE = 'episode.mp4'
TOP_CAMERA = 'rgb_top'
BROKEN_LINE = 1


class ObserverNode(StackNode[ObserverConfig]):
    """Turns messages into core types for ``EpisodeLog`` and draws the video."""

    def __init__(self) -> None:
        super().__init__('observer', ObserverConfig)

    def configure(self) -> None:
        """Open the video and listen."""
        config = self.config
        self._folder = Path(config.folder)
        # The car needs the processor more than the video does.
        self._video = VideoWriter(
            self._folder / VIDEO_FILE,
            WIDTH_PX,
            HEIGHT_PX,
            config.video_rate_hz,
            preset='ultrafast',
        )
        self._log = EpisodeLog()
        self._prompter = Prompter(
            config.instruction, config.instruction_progress, config.instruction_speed_mps
        )
        self._top: NDArray[np.uint8] | None = None
        self._next_image_s = 0.0
        self._instruction_out = self.advertise(interfaces.INSTRUCTION)
        self._subscribe()

    def _subscribe(self) -> None:
        role, camera = self.config.role_name, self.config.camera_id
        for interface, callback in (
            (interfaces.ODOMETRY, self._on_odometry),
            (interfaces.VEHICLE_STATUS, self._on_vehicle_status),
            (interfaces.COLLISION, self._on_collision),
            (interfaces.LANE_INVASION, self._on_lane_invasion),
            (interfaces.OBSERVATION, self._on_observation),
            (interfaces.COMMENTARY, self._on_commentary),
            (interfaces.INSTRUCTION, self._on_instruction),
            (interfaces.INSTRUCTION_STATUS, self._on_instruction_status),
            (interfaces.SAFETY_STATE, self._on_safety_state),
        ):
            qos = replace(interface.subscription_qos, depth=interfaces.RECORD_DEPTH)
            self.listen(interface, callback, role=role, qos=qos, watch=False)
        self.listen(interfaces.ROUTE, self._on_route, role=role, when_inactive=True)
        self._listen_with_times(interfaces.CLOCK_TOPIC, self._on_clock)
        self._listen_with_times(interfaces.PLAN, self._on_plan)
        self.listen(interfaces.IMAGE, self._on_image, role=role, camera=camera, watch=False)
        self.listen(interfaces.IMAGE, self._on_top, role=role, camera=TOP_CAMERA, watch=False)

    def _listen_with_times(
        self, interface: interfaces.Interface, callback: Callable[[Any, int], None]
    ) -> None:
        """Create a guarded subscription whose callback gets the time of sending too [ns]."""

        def receive(message: Any, info: MessageInfo) -> None:
            if self.is_active:
                self.run_guarded(interface.name, callback, message, int(info['source_timestamp']))

        subscription = self.create_subscription(
            load_type(interface.type),
            interface.resolve(),
            receive,
            qos_profile(replace(interface.subscription_qos, depth=interfaces.RECORD_DEPTH)),
        )
        self._own_entities.append(lambda: self._drop(self.destroy_subscription, subscription))

    def cleanup(self) -> None:
        """Finish the video and write the series."""
        self._video.close()
        self._log.series.write(self._folder)

    # ---- messages ----------------------------------------------------------------------------

    def _on_odometry(self, message: Odometry) -> None:
        self._log.add_ego(odometry_to_ego_state(message))

    def _on_route(self, message: CarlaRoute) -> None:
        self._log.set_route(message_to_route(message))

    def _on_clock(self, message: Clock, sent_ns: int) -> None:
        self._log.latency.note_tick(stamp_to_nanoseconds(message.clock), sent_ns)

    def _on_vehicle_status(self, message: CarlaEgoVehicleStatus) -> None:
        status = message_to_status(message)
        self._log.add_command(status.t_s, status.command)

    def _on_observation(self, message: Observation) -> None:
        observation = message_to_observation(message)
        self._log.add_observation(observation)
        text = self._prompter.look(
            observation.t_s, observation.route_progress, observation.speed_mps
        )
        if text:
            ident = make_instruction_id('demo')
            instruction = Instruction(id=ident, text=text, t_s=observation.t_s)
            self._instruction_out.publish(instruction_to_message(instruction))

    def _on_plan(self, message: DrivingPlan, sent_ns: int) -> None:
        latency_s = self._log.latency.of_plan(stamp_to_nanoseconds(message.header.stamp), sent_ns)
        self._log.add_plan(message_to_plan(message), latency_s)

    def _on_safety_state(self, message: SafetyState) -> None:
        t_s, level = stamp_to_seconds(message.header.stamp), SafetyLevel(message.level)
        self._log.add_safety_state(t_s, level, list(message.reasons), message.plan_age)

    def _on_commentary(self, message: Commentary) -> None:
        t_s = stamp_to_seconds(message.header.stamp)
        self._log.add_commentary(message.text, is_growing=message.is_growing, t_s=t_s)

    def _on_instruction(self, message: InstructionMessage) -> None:
        if (instruction := instruction_seen(message)) is not None:
            self._log.add_instruction(instruction)

    def _on_instruction_status(self, message: InstructionStatus) -> None:
        self._log.add_instruction_status(message_to_instruction_status(message))

    def _on_collision(self, message: CarlaCollisionEvent) -> None:
        t_s = stamp_to_seconds(message.header.stamp)
        self._log.note(t_s, f'collision with actor {message.other_actor_id}')

    def _on_lane_invasion(self, message: CarlaLaneInvasionEvent) -> None:
        lines = message.crossed_lane_markings
        kinds = ', '.join('broken' if line == BROKEN_LINE else 'solid' for line in lines)
        self._log.note(stamp_to_seconds(message.header.stamp), f'crossed a {kinds} line')

    # ---- video -------------------------------------------------------------------------------

    def _on_top(self, message: Image) -> None:
        self._top = image_to_array(message).copy()

    def _on_image(self, message: Image) -> None:
        t_s, ego = stamp_to_seconds(message.header.stamp), self._log.ego
        if ego is None or t_s < self._next_image_s or self._log.is_behind(t_s):
            return
        self._next_image_s = t_s + 1.0 / self.config.video_rate_hz - 1e-6
        image = compose(image_to_array(message), self._top, self._log.moment(t_s, ego))
        self._video.write(image, t_s - self._log.series.first_t_s)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run_node(ObserverNode, args)
