# SPDX-License-Identifier: Apache-2.0
"""Records an episode inside one process as a bag: what the world and the stack would publish.

Camera images are JPEG of quality 95, one on each planning tick.  The bag is a recording like those
of ``simlingo record``: replay, evaluation, Foxglove and ``ros2 bag`` read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from simlingo_core.frame import Frame
from simlingo_core.images import encode_jpeg
from simlingo_core.schedule import Schedule
from simlingo_core.types import DrivingPlan, Observation, VehicleCommand
from simlingo_ros import interfaces
from simlingo_ros.bag_messages import MessageBag
from simlingo_ros.conversions.driving import plan_to_message
from simlingo_ros.conversions.time import tick_to_stamp
from simlingo_ros.conversions.vehicle import command_to_message
from simlingo_ros.conversions.world import camera_info
from simlingo_ros.images import compressed_message
from simlingo_sim.camera.specs import training_camera
from simlingo_sim.config import SimConfig
from simlingo_sim.score.infractions import Infraction
from simlingo_sim.world import SimWorld
from simlingo_sim.world_messages import PUBLISHED, WorldMessages

TICK_NS = 50_000_000
COMPRESSED_IMAGE = replace(
    interfaces.IMAGE,
    name=f'{interfaces.IMAGE.name}/compressed',
    type='sensor_msgs/msg/CompressedImage',
)
# Large, and of no use for a replay.
LEFT_OUT = ('info', 'map', 'actors', 'choices')


class EpisodeBag:
    """Writes one episode.  Give ``add_command`` and ``add_plan`` to those who run it.

    Args:
        path: folder to create.
        world: just reset.
        schedule: says which ticks have an image.
        ticks: first and last tick to record; what is latched is always there.
    """

    def __init__(
        self,
        path: Path,
        world: SimWorld,
        schedule: Schedule | None = None,
        *,
        ticks: tuple[int, int] | None = None,
    ) -> None:
        self.world, self._schedule = world, schedule or Schedule()
        self._first, self._last = ticks or (0, 10**9)
        self.command = VehicleCommand.full_brake()
        self.events: Sequence[Infraction] = ()
        self.crossed_markings: Sequence[int] = ()
        self._frame: Frame | None = None
        config = SimConfig(lockstep=True, has_camera=False)
        self._frame_id = f'{config.role_name}/{config.camera_id}'
        self._messages = WorldMessages(config, self)
        self._bag = MessageBag(path, is_compressed=True)

    def __enter__(self) -> EpisodeBag:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bag.close()

    @property
    def frame(self) -> Frame:
        """The frame being written."""
        assert self._frame is not None
        return self._frame

    def add_command(self, frame: Frame, command: VehicleCommand) -> None:
        """Write a frame and the command given for it, before the world is stepped."""
        is_first, self._frame = self._frame is None, frame
        if is_first:
            self._write_latched(frame)
        if self._first <= frame.tick <= self._last:
            self._write_frame(frame)
            message = command_to_message(command, tick_to_stamp(frame.tick))
            self._bag.write(interfaces.CONTROL_COMMAND, message, frame.tick * TICK_NS)
        self.command = command

    def add_plan(self, observation: Observation, plan: DrivingPlan) -> None:
        """Write a plan."""
        time_ns = round(observation.t_s * 1e9)
        if self._first * TICK_NS <= time_ns <= self._last * TICK_NS:
            self._bag.write(interfaces.PLAN, plan_to_message(plan), time_ns)

    def _write_latched(self, frame: Frame) -> None:
        time_ns = max(frame.tick, self._first) * TICK_NS
        for key, message in self._messages.of_episode():
            if key not in LEFT_OUT:
                self._bag.write(PUBLISHED[key], message, time_ns)

    def _write_frame(self, frame: Frame) -> None:
        time_ns = frame.tick * TICK_NS
        if self._schedule.is_planning_tick(frame.tick):
            self._write_image(frame, time_ns)
        for key, message in self._messages.of_frame():
            if key in PUBLISHED and key not in LEFT_OUT:
                self._bag.write(PUBLISHED[key], message, time_ns)

    def _write_image(self, frame: Frame, time_ns: int) -> None:
        camera, stamp = training_camera(), tick_to_stamp(frame.tick)
        pixels = frame.image_bgra
        if pixels is None:
            pixels = self.world.render(camera)
        image = compressed_message(encode_jpeg(pixels), stamp=stamp, frame_id=self._frame_id)
        info = camera_info(
            camera.width_px, camera.height_px, camera.fov_deg, stamp, self._frame_id
        )
        self._bag.write(COMPRESSED_IMAGE, image, time_ns)
        self._bag.write(interfaces.CAMERA_INFO, info, time_ns)
