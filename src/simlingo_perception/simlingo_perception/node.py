# SPDX-License-Identifier: Apache-2.0
"""Camera, odometry and route in, observation out."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from carla_msgs.msg import CarlaRoute
from nav_msgs.msg import Odometry, Path
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Float32

from simlingo_core.errors import ContractError
from simlingo_core.plan_buffer import tick_of
from simlingo_core.route import Route
from simlingo_core.types import RoadOption
from simlingo_msgs.msg import Observation as ObservationMessage
from simlingo_perception.camera_conditioner import CameraConditioner
from simlingo_perception.node_config import PerceptionNodeConfig
from simlingo_perception.observation_builder import ObservationBuilder, Problem
from simlingo_perception.speed_check import SpeedCheck
from simlingo_ros import interfaces
from simlingo_ros.conversions.driving import observation_to_message
from simlingo_ros.conversions.geometry import MAP_FRAME, message_to_vector, require_frame
from simlingo_ros.conversions.route import message_to_route
from simlingo_ros.conversions.time import stamp_to_seconds
from simlingo_ros.conversions.vehicle import message_to_speed, odometry_to_ego_state
from simlingo_ros.images import image_to_array
from simlingo_ros.interfaces import (
    BRIDGE,
    IMAGE,
    NEWEST,
    OBSERVATION,
    ODOMETRY,
    PATIENT,
    SPEEDOMETER,
)
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.monitors import Level
from simlingo_ros.spin import run_node

WATCH_PERIOD_S = 0.25
INPUTS = 'inputs'
STAMP_MARGIN_S = 0.001
COMPRESSED_IMAGE = dataclasses.replace(
    IMAGE,
    name=f'{IMAGE.name}/compressed',
    type='sensor_msgs/msg/CompressedImage',
    meaning='camera frame as JPEG, stamped at exposure',
)

_EXPLANATIONS = {
    Problem.IMAGE_MISSING: 'no image has come yet',
    Problem.IMAGE_STALE: 'the newest image is too old',
    Problem.IMAGE_FROZEN: 'the camera shows the same image though the car moves',
    Problem.EGO_MISSING: 'no odometry has come yet',
    Problem.EGO_STALE: 'the newest odometry is too old',
    Problem.SPEED_MISSING: 'no speed has come yet',
    Problem.SPEED_STALE: 'the newest speed is too old',
    Problem.ROUTE_MISSING: 'no route has come yet',
    Problem.STAMPS_DIFFER: 'no odometry has the stamp of an image',
    Problem.OFF_ROUTE: 'the car is far off its route',
}


class PerceptionNode(StackNode[PerceptionNodeConfig]):
    """Puts image, pose, speed and route of one moment together.

    In lockstep every planning tick yields an observation; when the world repeats a frame the last
    observations are sent again, since somebody has missed something.  In real time the newest
    image counts, at most ``rate_limit_hz`` times a second.

    The speed is the odometry's, because it has a stamp; the speedometer must agree with it.
    """

    def __init__(self) -> None:
        super().__init__('perception', PerceptionNodeConfig)

    # ---- lifecycle ---------------------------------------------------------------------------

    def configure(self) -> None:
        """Create publisher, subscriptions and the watchdog."""
        config = self.config
        self._builder = ObservationBuilder(config.core)
        self._conditioner = CameraConditioner(config.core)
        self._speed_check = SpeedCheck(config.speed_difference_limit_mps)
        self._route: Route | None = None
        self._image_t_s: float | None = None
        self._ego_t_s: float | None = None
        self._ego_speed_mps = 0.0
        self._is_route_seen_by_ego = False
        self._sent: deque[ObservationMessage] = deque(maxlen=config.kept_observations)
        self._publisher = self.advertise(OBSERVATION, qos=BRIDGE if config.lockstep else NEWEST)
        self._subscribe()
        self.every(WATCH_PERIOD_S, self._watch, is_wall_time=True)

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
        self.listen(SPEEDOMETER, self._on_speed, role=role, qos=patient, watch=watch)
        self.listen(ODOMETRY, self._on_odometry, role=role, qos=patient, watch=watch)

    # ---- route -------------------------------------------------------------------------------

    def _on_route(self, message: CarlaRoute) -> None:
        self._set_route(message_to_route(message))

    def _on_path(self, message: Path) -> None:
        require_frame('Path', message.header, MAP_FRAME)
        points = [
            message_to_vector(f'Path.poses[{i}].position', stamped.pose.position)[:2]
            for i, stamped in enumerate(message.poses)
        ]
        options = [RoadOption.LANE_FOLLOW] * len(points)
        self._set_route(Route(np.array(points).reshape(-1, 2), options))

    def _set_route(self, route: Route) -> None:
        """Drive a new route; the same one said again does not begin anew."""
        old = self._route
        is_same = (
            old is not None
            and old.options == route.options
            and np.array_equal(old.points_map_m, route.points_map_m)
        )
        if is_same:
            return
        self._route = route
        self._builder.set_route(route)
        self._is_route_seen_by_ego = False
        self.get_logger().info(f'new route of {route.length_m:.0f} m')

    # ---- images ----------------------------------------------------------------------------

    def _on_image(self, message: Image) -> None:
        t_s = stamp_to_seconds(message.header.stamp)
        if self._is_wanted(t_s):
            pixels = image_to_array(message)
            self._add_image(t_s, self._conditioner.encode(pixels, message.encoding))

    def _on_compressed(self, message: CompressedImage) -> None:
        t_s = stamp_to_seconds(message.header.stamp)
        if self._is_wanted(t_s):
            self._add_image(t_s, self._conditioner.accept_jpeg(message.data.tobytes()))

    def _is_wanted(self, t_s: float) -> bool:
        """Tell whether this image is to be observed; each is taken once."""
        last_t_s = self._image_t_s
        if self.config.lockstep:
            return t_s != last_t_s and self.config.schedule.is_planning_tick(tick_of(t_s))
        if last_t_s is None or t_s < last_t_s:
            return True
        return t_s >= last_t_s + 1.0 / self.config.rate_limit_hz - STAMP_MARGIN_S

    def _add_image(self, t_s: float, jpeg: bytes) -> None:
        self._image_t_s = t_s
        self._builder.add_image(t_s, jpeg)
        self._publish_where_complete()

    # ---- ego state ---------------------------------------------------------------------------

    def _on_odometry(self, message: Odometry) -> None:
        ego = odometry_to_ego_state(message)
        is_repeated = ego.t_s == self._ego_t_s
        if self._ego_t_s is not None and ego.t_s < self._ego_t_s:
            self._sent.clear()
        if not is_repeated or not self._is_route_seen_by_ego:
            self._builder.add_ego(ego)
            self._builder.add_speed(ego.t_s, ego.speed_mps)
            self._is_route_seen_by_ego = self._route is not None
        self._ego_t_s, self._ego_speed_mps = ego.t_s, ego.speed_mps
        if self.config.lockstep and is_repeated:
            for sent in self._sent:
                self._publisher.publish(sent)
        self._publish_where_complete()

    def _on_speed(self, message: Float32) -> None:
        if self._ego_t_s is not None:
            self._speed_check.compare(self._ego_speed_mps, message_to_speed(message))

    # ---- what goes out -----------------------------------------------------------------------

    def _publish_where_complete(self) -> None:
        observation = self._builder.take()
        if observation is None or self._speed_check.is_contradicted:
            return
        frame_id = f'{self.config.role_name}/{self.config.camera_id}'
        message = observation_to_message(observation, frame_id)
        self._sent.append(message)
        self._publisher.publish(message)

    def _watch(self) -> None:
        """Say what is missing, stale or wrong."""
        if self._speed_check.is_contradicted:
            raise ContractError('odometry and speedometer contradict each other; see their lines')
        newest_t_s = self._ego_t_s or 0.0
        if not self.config.lockstep:
            newest_t_s = max(newest_t_s, self.get_clock().now().nanoseconds / 1e9)
        problems = self._builder.problems(newest_t_s)
        if not problems:
            self.diagnostics.report(INPUTS, Level.OK, 'complete')
            return
        text = '; '.join(_EXPLANATIONS[problem] for problem in problems)
        is_harmless = set(problems) <= {Problem.OFF_ROUTE}
        level = Level.WARN if is_harmless else Level.ERROR
        values = {'problems': ' '.join(problems)}
        self.diagnostics.report(INPUTS, level, text, values)
        self.get_logger().warn(f'{INPUTS}: {text}', throttle_duration_sec=2.0)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run_node(PerceptionNode, args)
