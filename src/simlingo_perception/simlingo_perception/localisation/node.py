# SPDX-License-Identifier: Apache-2.0
"""Satellite fix, IMU and speed in, odometry out."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from carla_msgs.msg import CarlaEgoVehicleControl, CarlaGnssRoute, CarlaRoute, CarlaWorldInfo
from nav_msgs.msg import Path
from sensor_msgs.msg import Imu, NavSatFix
from std_msgs.msg import Float32

from simlingo_core.georeference import read_reference
from simlingo_core.types import EgoState
from simlingo_perception.localisation.config import LocalisationConfig
from simlingo_perception.localisation.core import LocalisationCore
from simlingo_perception.waiting import count_words
from simlingo_ros import interfaces
from simlingo_ros.conversions.geometry import message_to_vector
from simlingo_ros.conversions.time import stamp_to_seconds
from simlingo_ros.conversions.vehicle import (
    ego_state_to_odometry,
    message_to_command,
    message_to_gnss,
    message_to_imu,
    message_to_speed,
)
from simlingo_ros.interfaces import PATIENT
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.monitors import Level
from simlingo_ros.spin import run_node

WATCH_PERIOD_S = 0.5
INPUTS = 'inputs'
SENSORS = {
    'fix': interfaces.GNSS,
    'imu': interfaces.IMU,
    'speed': interfaces.SPEEDOMETER,
    'reference': interfaces.WORLD_INFO,
}


class LocalisationNode(StackNode[LocalisationConfig]):
    """Publishes the odometry that a world without one lacks; ``LocalisationCore`` computes it."""

    def __init__(self) -> None:
        super().__init__('localisation', LocalisationConfig)

    def configure(self) -> None:
        """Create publisher, subscriptions and the watchdog."""
        role = self.config.role_name
        self._core, self._logged = LocalisationCore(self.config), ''
        self._publisher = self.advertise(interfaces.ODOMETRY, role=role)
        self.listen(interfaces.WORLD_INFO, self._on_world, when_inactive=True)
        self.listen(interfaces.ROUTE, self._on_route, role=role, when_inactive=True)
        self.listen(interfaces.WAYPOINTS, self._on_path, role=role, when_inactive=True)
        self.listen(interfaces.GNSS_ROUTE, self._on_gnss_route, role=role, when_inactive=True)
        self.listen(interfaces.CONTROL_COMMAND, self._on_command, role=role, watch=False)
        # A frame that a world in lockstep sends again may not be pushed out by another.
        self.listen(interfaces.SPEEDOMETER, self._on_speed, role=role, qos=PATIENT)
        self.listen(interfaces.IMU, self._on_imu, role=role, qos=PATIENT)
        self.listen(interfaces.GNSS, self._on_gnss, role=role, qos=PATIENT)
        self.every(WATCH_PERIOD_S, self._watch, is_wall_time=True)

    def _on_world(self, message: CarlaWorldInfo) -> None:
        self._core.set_map_reference(read_reference(message.opendrive))

    def _on_route(self, message: CarlaRoute) -> None:
        if message.poses:
            place = message_to_vector('CarlaRoute.poses[0].position', message.poses[0].position)
            self._core.set_route_point(place[:2])

    def _on_path(self, message: Path) -> None:
        if message.poses:
            place = message.poses[0].pose.position
            self._core.set_route_point(message_to_vector('Path.poses[0].position', place)[:2])

    def _on_gnss_route(self, message: CarlaGnssRoute) -> None:
        if message.coordinates:
            fix = message_to_gnss(message.coordinates[0])
            degrees = [fix.latitude_deg, fix.longitude_deg, fix.altitude_m]
            self._core.set_route_fix(np.array(degrees))

    def _on_command(self, message: CarlaEgoVehicleControl) -> None:
        self._core.note_command(message_to_command(message))

    def _on_speed(self, message: Float32) -> None:
        self._publish(self._core.add_speed(message_to_speed(message)))

    def _on_imu(self, message: Imu) -> None:
        t_s = stamp_to_seconds(message.header.stamp)
        self._publish(self._core.add_imu(t_s, message_to_imu(message)))

    def _on_gnss(self, message: NavSatFix) -> None:
        t_s = stamp_to_seconds(message.header.stamp)
        self._publish(self._core.add_fix(t_s, message_to_gnss(message)))

    def _publish(self, ego: EgoState | None) -> None:
        if ego is not None:
            self._publisher.publish(ego_state_to_odometry(ego, self.config.role_name))

    def _watch(self) -> None:
        """Say what is missing, and whether somebody else sends odometry as well."""
        status = self._core.status()
        topics = [SENSORS[name].resolve(self.config.role_name) for name in self._core.missing()]
        words = '; '.join(count_words(topic, self.count_publishers(topic)) for topic in topics)
        others = self.count_publishers(self._publisher.topic_name) - 1
        if others > 0:
            status = dataclasses.replace(
                status,
                level=Level.ERROR,
                message=f'{self._publisher.topic_name} has {others + 1} publishers; expected this '
                'node alone: turn the localisation off, or the other odometry',
            )
        elif words:
            status = dataclasses.replace(status, message=f'{status.message} ({words})')
        self.diagnostics.set_status(INPUTS, status)
        if status.message != self._logged:
            self._logged = status.message
            self.get_logger().info(status.message)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run_node(LocalisationNode, args)
