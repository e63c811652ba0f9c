# SPDX-License-Identifier: Apache-2.0
"""The small world on ROS, in real time or in lockstep, with the names of the CARLA bridge."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from builtin_interfaces.msg import Time
from carla_msgs.msg import CarlaEgoVehicleControl
from rosgraph_msgs.msg import Clock

from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.types import VehicleCommand
from simlingo_ros import interfaces
from simlingo_ros.conversions.route import route_to_message
from simlingo_ros.conversions.time import stamp_to_tick, tick_to_stamp
from simlingo_ros.conversions.vehicle import (
    ego_state_to_odometry,
    message_to_command,
    speed_to_message,
)
from simlingo_ros.images import array_to_image
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.spin import run_node
from simlingo_sim.lockstep import Lockstep, LockstepAction
from small_world.config import SmallWorldConfig
from small_world.episode import SmallEpisode

REPEAT_AFTER_S, COMMAND_WAIT_LIMIT_S = 0.5, 20.0


class SmallWorldNode(StackNode[SmallWorldConfig]):
    """Moves the car and publishes clock, route, image, speed and odometry."""

    def __init__(self) -> None:
        super().__init__('world', SmallWorldConfig)

    def configure(self) -> None:
        """Create the world, publishers, the subscription and the timer."""
        config, role = self.config, self.config.role_name
        self._episode = SmallEpisode(config.radius_m)
        self._lockstep = Lockstep(REPEAT_AFTER_S, COMMAND_WAIT_LIMIT_S)
        self._command = VehicleCommand.full_brake()
        self._began_s, self._is_over = time.monotonic(), False
        self._clock_out = self.advertise(interfaces.CLOCK_TOPIC)
        self._route = self.advertise(interfaces.ROUTE, role=role)
        self._image = self.advertise(interfaces.IMAGE, role=role, camera=config.camera_id)
        self._speed = self.advertise(interfaces.SPEEDOMETER, role=role)
        self._odometry = self.advertise(interfaces.ODOMETRY, role=role)
        self.listen(interfaces.CONTROL_COMMAND, self._on_command, role=role, watch=False)
        callback = self._poll if config.lockstep else self._advance
        self.every(TICK_PERIOD_S, callback, is_wall_time=True)

    def activate(self) -> None:
        """Publish the route and the first frame."""
        self._route.publish(route_to_message(self._episode.route, Time()))
        self._publish()

    def _on_command(self, message: CarlaEgoVehicleControl) -> None:
        self._command = message_to_command(message)
        self._lockstep.note_command()
        tick = stamp_to_tick(message.header.stamp)
        if self.config.lockstep and self._lockstep.is_answer(tick, self._episode.frame.tick):
            self._advance()

    def _poll(self) -> None:
        """In lockstep: publish an unanswered frame again, or brake for one tick."""
        if self._is_over:
            return
        action = self._lockstep.poll(time.monotonic(), awaits_command=True)
        if action is LockstepAction.REPEAT_FRAME:
            self._publish(is_repeated=True)
        elif action is LockstepAction.BRAKE:
            self._command = VehicleCommand.full_brake()
            self._advance()

    def _advance(self) -> None:
        """Apply the command for one tick and publish what is there afterwards."""
        if self._is_over:
            return
        self._episode.step(self._command, with_image=self._shows(self._episode.frame.tick + 1))
        if self._episode.frame.tick == self.config.episode_ticks:
            self._finish()
        else:
            self._publish()

    def _shows(self, tick: int) -> bool:
        return not self.config.lockstep or tick % self.config.plan_period_ticks == 0

    def _publish(self, *, is_repeated: bool = False) -> None:
        frame, stamp = self._episode.frame, tick_to_stamp(self._episode.frame.tick)
        self._clock_out.publish(Clock(clock=stamp))
        if frame.image_bgra is not None:
            self._image.publish(array_to_image(frame.image_bgra, 'bgra8', stamp=stamp))
        self._speed.publish(speed_to_message(frame.speedometer_mps))
        self._odometry.publish(ego_state_to_odometry(frame.ego, self.config.role_name))
        self._lockstep.note_frame(time.monotonic(), is_repeated=is_repeated)

    def _finish(self) -> None:
        """Write the summary and end the process in order."""
        self._is_over = True
        summary = {
            'trajectory_sha256': self._episode.trajectory_hash,
            'distance_m': self._episode.distance_m,
            'largest_offset_m': self._episode.largest_offset_m,
            'timeouts': self._lockstep.timeouts,
            'wall_time_s': time.monotonic() - self._began_s,
        }
        if self.config.summary_path:
            Path(self.config.summary_path).write_text(json.dumps(summary), encoding='utf-8')
        signal.raise_signal(signal.SIGTERM)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run_node(SmallWorldNode, args)
