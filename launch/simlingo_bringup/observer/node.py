# SPDX-License-Identifier: Apache-2.0
"""Watches a drive: writes the video while it happens and the series at its end.

It may say one sentence on the way, as a person would.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from builtin_interfaces.msg import Time
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
from simlingo_bringup.observer.dashboard import HEIGHT_PX, WIDTH_PX, Moment, compose
from simlingo_bringup.observer.latency import PlanLatency
from simlingo_bringup.observer.prompter import Prompter
from simlingo_bringup.observer.series import EpisodeSeries
from simlingo_core.instruction_ids import make_instruction_id
from simlingo_core.route_progress import RouteProgress
from simlingo_core.status import InstructionState, SafetyLevel
from simlingo_core.types import DrivingPlan as Plan
from simlingo_core.types import EgoState, InstructionKind
from simlingo_core.types import Instruction as Said
from simlingo_evaluation.video import VideoWriter
from simlingo_msgs.msg import Commentary, DrivingPlan, Instruction, InstructionStatus, Observation
from simlingo_msgs.msg import SafetyState as SafetyStateMessage
from simlingo_ros import interfaces
from simlingo_ros.conversions.driving import message_to_observation, message_to_plan
from simlingo_ros.conversions.language import instruction_to_message
from simlingo_ros.conversions.route import message_to_route
from simlingo_ros.conversions.time import stamp_to_seconds
from simlingo_ros.conversions.vehicle import message_to_status, odometry_to_ego_state
from simlingo_ros.endpoints import load_type, qos_profile
from simlingo_ros.images import image_to_array
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.spin import run_node

VIDEO_FILE = 'drive.mp4'
TOP_CAMERA = 'rgb_top'
EVENT_SHOWN_S = 4.0
# How far behind an image the car's state may be.
LAG_LIMIT_S = 0.1


class ObserverNode(StackNode[ObserverConfig]):
    """Listens to everything a report needs; says what it is told to say, once."""

    def __init__(self) -> None:
        super().__init__('observer', ObserverConfig)

    def configure(self) -> None:
        """Open the video and listen."""
        self._folder = Path(self.config.folder)
        self._video = VideoWriter(
            self._folder / VIDEO_FILE,
            WIDTH_PX,
            HEIGHT_PX,
            self.config.video_rate_hz,
            # The car needs the processor more than the video does.
            preset='ultrafast',
        )
        self._series = EpisodeSeries()
        self._latency = PlanLatency()
        config = self.config
        self._prompter = Prompter(
            config.instruction, config.instruction_progress, config.instruction_speed_mps
        )
        self._instruction_out = self.advertise(interfaces.INSTRUCTION)
        self._progress: RouteProgress | None = None
        self._ego: EgoState | None = None
        self._plan: Plan | None = None
        self._targets: NDArray[np.float64] | None = None
        self._top: NDArray[np.uint8] | None = None
        self._commentary, self._instruction = '', ''
        self._next_image_s = 0.0
        self._level: int | None = None
        self._new_level: tuple[float, str] | None = None
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
        self._series.write(self._folder)

    def _on_odometry(self, message: Odometry) -> None:
        ego = odometry_to_ego_state(message)
        if self._ego is None:
            self._series.first_t_s = ego.t_s
        self._ego = ego
        self._series.last_t_s = ego.t_s
        if self._new_level is not None:
            self._note(*self._new_level)
            self._new_level = None
        self._series.speed_mps.add(ego.t_s, ego.speed_mps)
        if self._progress is not None:
            self._progress.update(ego.pose_map.planar.position_m)
            self._series.offset_m.add(ego.t_s, self._progress.lateral_offset_m)

    def _on_route(self, message: CarlaRoute) -> None:
        route = message_to_route(message)
        self._progress = None if route is None else RouteProgress(route)

    def _on_clock(self, message: Clock, sent_ns: int) -> None:
        self._latency.note_tick(_nanoseconds(message.clock), sent_ns)

    def _on_vehicle_status(self, message: CarlaEgoVehicleStatus) -> None:
        status = message_to_status(message)
        self._series.commands += 1
        for line, value in (
            (self._series.steer, status.command.steer),
            (self._series.throttle, status.command.throttle),
            (self._series.brake, status.command.brake),
        ):
            line.add(status.t_s, value)

    def _on_observation(self, message: Observation) -> None:
        observation = message_to_observation(message)
        self._targets = observation.target_points_base_m
        text = self._prompter.look(
            observation.t_s, observation.route_progress, observation.speed_mps
        )
        if text:
            said = Said(id=make_instruction_id('demo'), text=text, t_s=observation.t_s)
            self._instruction_out.publish(instruction_to_message(said))

    def _on_plan(self, message: DrivingPlan, sent_ns: int) -> None:
        self._plan = message_to_plan(message)
        self._series.plans += 1
        latency_s = self._latency.of_plan(_nanoseconds(message.header.stamp), sent_ns)
        if latency_s is not None:
            self._series.plan_latency_s.add(self._plan.t_s, latency_s)

    def _on_safety_state(self, message: SafetyStateMessage) -> None:
        t_s = stamp_to_seconds(message.header.stamp)
        if np.isfinite(message.plan_age):
            self._series.plan_age_s.add(t_s, message.plan_age)
        # Before the first odometry and behind the last there is no world, and of course an
        # emergency: no part of the drive.
        if self._ego is not None and message.level != self._level:
            self._level = message.level
            why = f' ({", ".join(message.reasons)})' if message.reasons else ''
            self._new_level = t_s, f'{SafetyLevel(message.level).words}{why}'

    def _on_commentary(self, message: Commentary) -> None:
        self._commentary = message.text

    def _on_instruction(self, message: Instruction) -> None:
        if message.kind == InstructionKind.INSTRUCT:
            self._instruction = message.text
            self._series.instructions.append(
                {'id': message.id, 'text': message.text, 't_s': self._now_s, 'states': []}
            )
            self._note(self._now_s, f'told: {message.text}')

    def _on_instruction_status(self, message: InstructionStatus) -> None:
        entry = find_said(self._series.instructions, message.id)
        if entry is None:
            return
        t_s = stamp_to_seconds(message.header.stamp)
        entry['states'].append(
            {
                't_s': t_s,
                'state': InstructionState(message.state).name.lower(),
                'reason': message.reason,
            }
        )
        if message.state in (InstructionStatus.STATE_DONE, InstructionStatus.STATE_CANCELLED):
            self._instruction = ''
            self._note(t_s, f'"{entry["text"]}" has ended: {message.reason}')

    def _on_collision(self, message: CarlaCollisionEvent) -> None:
        t_s = stamp_to_seconds(message.header.stamp)
        self._note(t_s, f'collision with actor {message.other_actor_id}')

    def _on_lane_invasion(self, message: CarlaLaneInvasionEvent) -> None:
        kinds = ', '.join('broken' if m == 1 else 'solid' for m in message.crossed_lane_markings)
        self._note(stamp_to_seconds(message.header.stamp), f'crossed a {kinds} line')

    @property
    def _now_s(self) -> float:
        return self._ego.t_s if self._ego is not None else 0.0

    def _note(self, t_s: float, text: str) -> None:
        self._series.events.append((t_s, text))

    def _on_top(self, message: Image) -> None:
        self._top = image_to_array(message).copy()

    def _on_image(self, message: Image) -> None:
        t_s = stamp_to_seconds(message.header.stamp)
        if self._ego is None or t_s < self._next_image_s:
            return
        if self._ego.t_s < t_s - LAG_LIMIT_S:
            # On a starved machine the small messages queue up behind the drawing of images;
            # left out, an image shows no speed of seconds ago, and the rest catches up.
            return
        self._next_image_s = t_s + 1.0 / self.config.video_rate_hz - 1e-6
        image = compose(image_to_array(message), self._top, self._moment(t_s, self._ego))
        self._video.write(image, t_s - self._series.first_t_s)

    def _moment(self, t_s: float, ego: EgoState) -> Moment:
        series = self._series
        newest = series.events[-1] if series.events else (-EVENT_SHOWN_S, '')
        is_new = t_s - newest[0] < EVENT_SHOWN_S
        return Moment(
            t_s=t_s,
            speed_mps=ego.speed_mps,
            steer=series.steer.values[-1] if series.steer.values else 0.0,
            throttle=series.throttle.values[-1] if series.throttle.values else 0.0,
            brake=series.brake.values[-1] if series.brake.values else 0.0,
            pose_map=ego.pose_map.planar,
            plan=self._plan,
            target_points_base_m=self._targets,
            commentary=self._commentary,
            instruction=self._instruction,
            event=newest[1] if is_new else '',
        )


def find_said(said: list[dict[str, Any]], ident: str) -> dict[str, Any] | None:
    """Return what was said under an id; words without one get the first id that turns up."""
    for entry in said:
        if entry['id'] == ident:
            return entry
    for entry in said:
        if not entry['id']:
            entry['id'] = ident
            return entry
    return None


def _nanoseconds(stamp: Time) -> int:
    return int(stamp.sec) * 1_000_000_000 + int(stamp.nanosec)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run_node(ObserverNode, args)
