# SPDX-License-Identifier: Apache-2.0
"""The localisation node over ROS: readings in, odometry out, and what it says otherwise."""

import signal

import numpy as np
import pytest

from simlingo_core.frame import GnssReading, ImuReading
from simlingo_core.geodesy import GeoReference
from simlingo_core.geometry import Pose3
from simlingo_core.types import EgoState
from simlingo_ros import interfaces
from simlingo_ros.conversions.time import seconds_to_stamp
from simlingo_ros.conversions.vehicle import (
    ego_state_to_odometry,
    gnss_to_message,
    imu_to_message,
    speed_to_message,
)
from simlingo_ros.endpoints import create_publisher, create_subscription

pytestmark = pytest.mark.ros
REFERENCE = GeoReference(latitude_deg=49.0, longitude_deg=8.0)
PLACE_M = (30.0, -20.0, 0.0)


class Sensors:
    """A car that stands, seen by satellite, IMU and speedometer."""

    def __init__(self, observer):
        self.observer, self.t_s, self.odometry, self.lines = observer, 1.0, [], {}
        node = observer.node
        self.out = [
            create_publisher(node, interface)
            for interface in (interfaces.GNSS, interfaces.IMU, interfaces.SPEEDOMETER)
        ]
        create_subscription(node, interfaces.ODOMETRY, self.odometry.append)
        create_subscription(node, interfaces.DIAGNOSTICS, self._on_diagnostics)

    def _on_diagnostics(self, message):
        for status in message.status:
            self.lines[status.name.partition(': ')[2]] = status.message

    def send_until(self, condition):
        def is_reached():
            self.t_s += 0.05
            for publisher, message in zip(self.out, self.messages(), strict=True):
                publisher.publish(message)
            return condition()

        self.observer.spin_until(is_reached)

    def messages(self):
        stamp = seconds_to_stamp(self.t_s)
        latitude_deg, longitude_deg, altitude_m = REFERENCE.geodetic_from_map(PLACE_M)
        imu = ImuReading(
            acceleration_base_mps2=np.array([0.0, 0.0, 9.81]),
            angular_velocity_base_radps=np.zeros(3),
            orientation_yaw_rad=0.5,
        )
        fix = GnssReading(
            latitude_deg=latitude_deg, longitude_deg=longitude_deg, altitude_m=altitude_m
        )
        return (
            gnss_to_message(fix, stamp, 'ego_vehicle/gnss'),
            imu_to_message(imu, stamp, 'ego_vehicle/imu'),
            speed_to_message(0.0),
        )


def test_readings_become_odometry_and_a_second_source_is_an_error(start, observer):
    process = start(
        '-m', 'simlingo_perception.localisation', '--ros-args', '-p', 'reference:="49.0,8.0"'
    )
    sensors = Sensors(observer)
    observer.spin_until(lambda: 'no satellite fix has come yet' in process.output)
    sensors.send_until(lambda: len(sensors.odometry) > 3)
    newest = sensors.odometry[-1]
    place = newest.pose.pose.position
    assert (place.x, place.y) == pytest.approx(PLACE_M[:2], abs=0.1)
    assert (newest.header.frame_id, newest.child_frame_id) == ('map', 'ego_vehicle')
    stamps = [message.header.stamp.nanosec for message in sensors.odometry]
    assert len(set(stamps)) == len(stamps)

    other = create_publisher(observer.node, interfaces.ODOMETRY)
    ego = EgoState(t_s=0.0, pose_map=Pose3.identity(), speed_mps=0.0)
    other.publish(ego_state_to_odometry(ego, 'ego_vehicle'))
    observer.spin_until(lambda: 'has 2 publishers' in sensors.lines.get('inputs', ''))
    process.signal_group(signal.SIGINT)
    assert process.wait() == 0, process.output
