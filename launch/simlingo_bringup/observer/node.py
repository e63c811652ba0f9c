# SPDX-License-Identifier: Apache-2.0
"""Watches a drive: writes the video while it happens and the series at its end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from carla_msgs.msg import CarlaCollisionEvent, CarlaEgoVehicleStatus, CarlaLaneInvasionEvent
from nav_msgs.msg import Odometry
from numpy.typing import NDArray
from sensor_msgs.msg import Image

from simlingo_bringup.observer.config import ObserverConfig
from simlingo_bringup.observer.picture import HEIGHT_PX, WIDTH_PX, Moment, compose
from simlingo_bringup.observer.series import DriveSeries
from simlingo_core.types import DrivingPlan as Plan
from simlingo_core.types import EgoState, InstructionKind
from simlingo_evaluation.video import VideoWriter
from simlingo_msgs.msg import Commentary, DrivingPlan, Instruction, InstructionStatus, Observation
from simlingo_msgs.msg import SafetyState as SafetyStateMessage
from simlingo_ros import interfaces
from simlingo_ros.conversions.driving import message_to_observation, message_to_plan
from simlingo_ros.conversions.time import stamp_to_seconds
from simlingo_ros.conversions.vehicle import message_to_status, odometry_to_ego_state
from simlingo_ros.images import image_to_array
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.spin import run_node

VIDEO_FILE = 'drive.mp4'
TOP_CAMERA = 'rgb_top'
EVENT_SHOWN_S = 4.0
LEVELS = ('nominal', 'degraded', 'minimal-risk manoeuvre', 'stopped', 'emergency')


class ObserverNode(StackNode[ObserverConfig]):
    """Listens to everything a report needs; says nothing."""

    def __init__(self) -> None:
        super().__init__('observer', ObserverConfig)

    def configure(self) -> None:
        """Open the video and listen."""
        self._folder = Path(self.config.folder)
        self._video = VideoWriter(
            self._folder / VIDEO_FILE, WIDTH_PX, HEIGHT_PX, self.config.video_rate_hz
        )
        self._series = DriveSeries()
        self._ego: EgoState | None = None
        self._plan: Plan | None = None
        self._targets: NDArray[np.float64] | None = None
        self._top: NDArray[np.uint8] | None = None
        self._commentary, self._instruction = '', ''
        self._next_picture_s = 0.0
        self._level: int | None = None
        role, camera = self.config.role_name, self.config.camera_id
        for interface, callback in (
            (interfaces.ODOMETRY, self._on_odometry),
            (interfaces.VEHICLE_STATUS, self._on_vehicle_status),
            (interfaces.COLLISION, self._on_collision),
            (interfaces.LANE_INVASION, self._on_lane_invasion),
            (interfaces.OBSERVATION, self._on_observation),
            (interfaces.PLAN, self._on_plan),
            (interfaces.COMMENTARY, self._on_commentary),
            (interfaces.INSTRUCTION, self._on_instruction),
            (interfaces.INSTRUCTION_STATUS, self._on_instruction_status),
            (interfaces.SAFETY_STATE, self._on_safety_state),
        ):
            self.listen(interface, callback, role=role, watch=False)
        self.listen(interfaces.IMAGE, self._on_image, role=role, camera=camera, watch=False)
        self.listen(interfaces.IMAGE, self._on_top, role=role, camera=TOP_CAMERA, watch=False)

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
        self._series.speed_mps.add(ego.t_s, ego.speed_mps)

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
        self._targets = message_to_observation(message).target_points_base_m

    def _on_plan(self, message: DrivingPlan) -> None:
        self._plan = message_to_plan(message)
        self._series.plans += 1
        now_s = self.get_clock().now().nanoseconds * 1e-9
        self._series.plan_latency_s.add(self._plan.t_s, max(0.0, now_s - self._plan.t_s))

    def _on_safety_state(self, message: SafetyStateMessage) -> None:
        t_s = stamp_to_seconds(message.header.stamp)
        if np.isfinite(message.plan_age):
            self._series.plan_age_s.add(t_s, message.plan_age)
        if message.level != self._level:
            self._level = message.level
            why = f' ({", ".join(message.reasons)})' if message.reasons else ''
            self._note(t_s, f'{LEVELS[message.level]}{why}')

    def _on_commentary(self, message: Commentary) -> None:
        self._commentary = message.text

    def _on_instruction(self, message: Instruction) -> None:
        if message.kind == InstructionKind.INSTRUCT:
            self._instruction = message.text
            self._note(self._now_s, f'told: {message.text}')

    def _on_instruction_status(self, message: InstructionStatus) -> None:
        entry = {
            'id': message.id,
            'text': self._instruction,
            't_s': stamp_to_seconds(message.header.stamp),
            'state': int(message.state),
            'reason': message.reason,
        }
        self._series.instructions.append(entry)
        if message.state in (InstructionStatus.STATE_DONE, InstructionStatus.STATE_CANCELLED):
            self._instruction = ''

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
        if self._ego is None or t_s < self._next_picture_s:
            return
        self._next_picture_s = t_s + 1.0 / self.config.video_rate_hz - 1e-6
        picture = compose(image_to_array(message), self._top, self._moment(t_s, self._ego))
        self._video.write(picture, t_s - self._series.first_t_s)

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


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run_node(ObserverNode, args)
