# SPDX-License-Identifier: Apache-2.0
"""Camera, odometry and route in, observation out."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import Any

from carla_msgs.msg import CarlaRoute
from nav_msgs.msg import Odometry, Path
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Float32

from simlingo_core.route import Route
from simlingo_core.types import Observation
from simlingo_perception.camera_conditioner import CameraConditioner
from simlingo_perception.config import PerceptionNodeConfig
from simlingo_perception.core import PerceptionCore
from simlingo_perception.waiting import (
    COMPRESSED_IMAGE,
    describe_links,
    input_topics,
    nobody_sends,
    world_links,
)
from simlingo_ros import interfaces
from simlingo_ros.conversions.driving import observation_to_message
from simlingo_ros.conversions.route import message_to_route, path_message_to_route
from simlingo_ros.conversions.time import stamp_to_seconds
from simlingo_ros.conversions.vehicle import message_to_speed, odometry_to_ego_state
from simlingo_ros.images import image_to_array
from simlingo_ros.interfaces import (
    BRIDGE,
    CAMERA_INFO,
    IMAGE,
    NEWEST,
    OBSERVATION,
    ODOMETRY,
    PATIENT,
    SPEEDOMETER,
)
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.listener import describe_publisher
from simlingo_ros.monitors import Level, Status
from simlingo_ros.spin import run_node

WATCH_PERIOD_S = 0.25
# A stack may be there before its world: inputs that have never come are a warning from then on.
START_LIMIT_S = 30.0
INPUTS, WORLD_LINE = 'inputs', 'world'
UNUSABLE_ROUTE = 'the newest route cannot be used; the line of its topic says why'


class PerceptionNode(StackNode[PerceptionNodeConfig]):
    """Puts image, pose, speed and route of one moment together; ``PerceptionCore`` decides."""

    def __init__(self) -> None:
        super().__init__('perception', PerceptionNodeConfig)

    def configure(self) -> None:
        """Create publisher, subscriptions and the watchdog."""
        config = self.config
        self._core = PerceptionCore(config)
        self._conditioner = CameraConditioner(config)
        self._was_complete, self._waited_for = False, ''
        self._waits_since_s = time.monotonic()
        self._publisher = self.advertise(OBSERVATION, qos=BRIDGE if config.lockstep else NEWEST)
        self._subscribe()
        self.every(WATCH_PERIOD_S, self._watch, is_wall_time=True)
        self.diagnostics.watch(WORLD_LINE, self._look_at_world)

    def cleanup(self) -> None:
        """Forget the world."""
        self.diagnostics.clear(WORLD_LINE)

    def _subscribe(self) -> None:
        config, role = self.config, self.config.role_name
        watch = not config.lockstep
        # In lockstep the world sends an unanswered frame again and again: none may be pushed out.
        patient = PATIENT if config.lockstep else None
        if config.route_source == 'waypoints':
            self.listen(interfaces.WAYPOINTS, self._on_path, role=role, when_inactive=True)
        else:
            self.listen(interfaces.ROUTE, self._on_route, role=role, when_inactive=True)
        is_raw = config.image_transport == 'raw'
        callback: Callable[[Any], None] = self._on_image if is_raw else self._on_compressed
        self.listen(
            IMAGE if is_raw else COMPRESSED_IMAGE,
            callback,
            role=role,
            camera=config.camera_id,
            qos=patient or NEWEST,
            watch=watch,
        )
        if config.uses_camera_info:
            camera = config.camera_id
            self.listen(CAMERA_INFO, self._on_camera_info, role=role, camera=camera, watch=False)
        self.listen(SPEEDOMETER, self._on_speed, role=role, qos=patient, watch=watch)
        self.listen(ODOMETRY, self._on_odometry, role=role, qos=patient, watch=watch)

    # ---- route -------------------------------------------------------------------------------

    def _on_route(self, message: CarlaRoute) -> None:
        self._core.set_route(None, UNUSABLE_ROUTE)
        self._follow(message_to_route(message), len(message.poses))

    def _on_path(self, message: Path) -> None:
        self._core.set_route(None, UNUSABLE_ROUTE)
        self._follow(path_message_to_route(message), len(message.poses))

    def _follow(self, route: Route | None, count: int) -> None:
        """Take the newest route; it replaces the one before it even if it is unusable."""
        if route is not None:
            self._core.set_route(route)
            self.get_logger().info(f'new route of {route.length_m:.0f} m')
            return
        where = ' at one place' if count > 1 else ''
        reason = f'route has {count} point{"" if count == 1 else "s"}{where}, waiting'
        self._core.set_route(None, reason)
        self.get_logger().warning(reason)

    # ---- images and ego state ----------------------------------------------------------------

    def _on_image(self, message: Image) -> None:
        t_s = stamp_to_seconds(message.header.stamp)
        if self._core.wants_image(t_s):
            pixels = image_to_array(message)
            self._core.add_image(t_s, self._conditioner.encode(pixels, message.encoding))
            self._publish_next()

    def _on_compressed(self, message: CompressedImage) -> None:
        t_s = stamp_to_seconds(message.header.stamp)
        if self._core.wants_image(t_s):
            self._core.add_image(t_s, self._conditioner.accept(message.data.tobytes()))
            self._publish_next()

    def _on_camera_info(self, message: CameraInfo) -> None:
        self._conditioner.note_camera_info(message.width, float(message.k[0]))

    def _on_odometry(self, message: Odometry) -> None:
        for observation in self._core.add_ego(odometry_to_ego_state(message)):
            self._publish(observation)
        self._publish_next()

    def _on_speed(self, message: Float32) -> None:
        self._core.compare_speed(message_to_speed(message))

    # ---- what goes out -----------------------------------------------------------------------

    def _publish_next(self) -> None:
        observation = self._core.take()
        if observation is not None:
            self._publish(observation)

    def _publish(self, observation: Observation) -> None:
        frame_id = f'{self.config.role_name}/{self.config.camera_id}'
        self._publisher.publish(observation_to_message(observation, frame_id))

    def _look_at_world(self) -> Status:
        """Return which of bridge, car, camera, odometry and route nobody publishes."""
        return describe_links(world_links(self.config), self._offers)

    def _offers(self, topic: str) -> list[str]:
        return [describe_publisher(info) for info in self.get_publishers_info_by_topic(topic)]

    def _watch(self) -> None:
        """Say what is missing, stale or wrong."""
        status = self._core.status(self.get_clock().now().nanoseconds / 1e9)
        problems = str(status.values.get('problems', '')).split()
        lacking = nobody_sends(problems, input_topics(self.config), self.count_publishers)
        if lacking:
            lacking = f'; {self._look_at_world().message}{lacking}'
        status = dataclasses.replace(status, message=status.message + lacking)
        self.diagnostics.set_status(INPUTS, status)
        if status.level is Level.OK:
            self._was_complete = True
        elif self._was_complete or time.monotonic() - self._waits_since_s > START_LIMIT_S:
            self.get_logger().warning(f'{INPUTS}: {status.message}', throttle_duration_sec=2.0)
        elif status.message != self._waited_for:
            self._waited_for = status.message
            self.get_logger().info(f'waits for its inputs: {status.message}')


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run_node(PerceptionNode, args)
