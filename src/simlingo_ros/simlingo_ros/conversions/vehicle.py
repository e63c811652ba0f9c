# SPDX-License-Identifier: Apache-2.0
"""Conversion of odometry, IMU, satellite fix, speed, vehicle command and vehicle status.

Messages are those of the CARLA bridge.  The sign of the steering changes here: CARLA's is positive
right, ours positive left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from builtin_interfaces.msg import Time
from carla_msgs.msg import CarlaEgoVehicleControl, CarlaEgoVehicleStatus, CarlaSpeedometer
from geometry_msgs.msg import Accel
from nav_msgs.msg import Odometry
from numpy.typing import NDArray
from sensor_msgs.msg import Imu, NavSatFix, NavSatStatus
from std_msgs.msg import Float32

from simlingo_core.carla_frame import steer_from_carla, steer_to_carla
from simlingo_core.checks import finite_number, number_in_range
from simlingo_core.errors import ContractError
from simlingo_core.frame import GnssReading, ImuReading
from simlingo_core.geometry import Pose3
from simlingo_core.types import EgoState, VehicleCommand
from simlingo_ros.conversions.geometry import (
    MAP_FRAME,
    make_header,
    message_to_pose,
    message_to_quaternion,
    message_to_vector,
    pose_to_message,
    require_frame,
    vector_to_vector3,
)
from simlingo_ros.conversions.time import seconds_to_stamp, stamp_to_seconds


@dataclass(frozen=True, kw_only=True)
class VehicleStatus:
    """Status that the vehicle reports.

    Attributes:
        t_s: time of the status.
        speed_mps: length of the velocity, >= 0.
        acceleration_map_mps2: shape (3,), in map, without gravity.
        orientation_map: base_link in map; its translation is zero.
        command: command in force.
    """

    t_s: float
    speed_mps: float
    acceleration_map_mps2: NDArray[np.float64]
    orientation_map: Pose3
    command: VehicleCommand


def odometry_to_ego_state(
    message: Odometry, acceleration_base_mps2: NDArray[np.float64] | None = None
) -> EgoState:
    """Return the ego state of an odometry message in map.

    Args:
        message: pose in map, twist in the body.
        acceleration_base_mps2: acceleration without gravity, from the IMU, since odometry has
            none; shape (3,).

    Raises:
        NonFiniteError: a number is NaN or infinite; named.
        ContractError: another frame than map or no unit quaternion.
    """
    require_frame('Odometry', message.header, MAP_FRAME)
    twist = message.twist.twist
    linear = message_to_vector('Odometry.twist.twist.linear', twist.linear)
    angular = message_to_vector('Odometry.twist.twist.angular', twist.angular)
    extra = {}
    if acceleration_base_mps2 is not None:
        extra['acceleration_base_mps2'] = acceleration_base_mps2
    return EgoState(
        t_s=stamp_to_seconds(message.header.stamp),
        pose_map=message_to_pose('Odometry.pose.pose', message.pose.pose),
        speed_mps=float(linear[0]),
        yaw_rate_radps=float(angular[2]),
        **extra,
    )


def ego_state_to_odometry(ego: EgoState, child_frame_id: str) -> Odometry:
    """Return the odometry as the CARLA bridge sends it; ``child_frame_id`` is the role name."""
    message = Odometry(child_frame_id=child_frame_id)
    message.header = make_header(seconds_to_stamp(ego.t_s), MAP_FRAME)
    message.pose.pose = pose_to_message(ego.pose_map)
    message.twist.twist.linear.x = float(ego.speed_mps)
    message.twist.twist.angular.z = float(ego.yaw_rate_radps)
    return message


def message_to_imu(message: Imu) -> ImuReading:
    """Return an IMU reading.

    Raises:
        NonFiniteError: a number is NaN or infinite; named.
        ContractError: the message says it has no orientation, or it is no unit quaternion.
    """
    if message.orientation_covariance[0] == -1.0:
        raise ContractError(
            'Imu.orientation_covariance[0] is -1, which means no orientation; the stack needs one'
        )
    rotation = Pose3(np.zeros(3), message_to_quaternion('Imu.orientation', message.orientation))
    return ImuReading(
        acceleration_base_mps2=message_to_vector(
            'Imu.linear_acceleration', message.linear_acceleration
        ),
        angular_velocity_base_radps=message_to_vector(
            'Imu.angular_velocity', message.angular_velocity
        ),
        orientation_yaw_rad=rotation.planar.yaw_rad,
    )


def imu_to_message(reading: ImuReading, stamp: Time, frame_id: str) -> Imu:
    """Return an IMU message; covariances are zero (unknown), as the bridge sends them."""
    rotation = Pose3.from_roll_pitch_yaw(np.zeros(3), 0.0, 0.0, reading.orientation_yaw_rad)
    return Imu(
        header=make_header(stamp, frame_id),
        orientation=pose_to_message(rotation).orientation,
        angular_velocity=vector_to_vector3(reading.angular_velocity_base_radps),
        linear_acceleration=vector_to_vector3(reading.acceleration_base_mps2),
    )


def message_to_gnss(message: NavSatFix) -> GnssReading:
    """Return a satellite fix.

    Raises:
        NonFiniteError: a number is NaN or infinite; named.
        ContractError: the receiver has no fix, or the angles are out of range.
    """
    if message.status.status == NavSatStatus.STATUS_NO_FIX:
        raise ContractError(
            f'NavSatFix.status.status is {message.status.status}, which means no fix'
        )
    return GnssReading(
        latitude_deg=number_in_range('NavSatFix.latitude', message.latitude, -90.0, 90.0),
        longitude_deg=number_in_range('NavSatFix.longitude', message.longitude, -180.0, 180.0),
        altitude_m=finite_number('NavSatFix.altitude', message.altitude),
    )


def gnss_to_message(reading: GnssReading, stamp: Time, frame_id: str) -> NavSatFix:
    """Return a satellite fix message."""
    return NavSatFix(
        header=make_header(stamp, frame_id),
        status=NavSatStatus(status=NavSatStatus.STATUS_FIX),
        latitude=finite_number('GnssReading.latitude_deg', reading.latitude_deg),
        longitude=finite_number('GnssReading.longitude_deg', reading.longitude_deg),
        altitude=finite_number('GnssReading.altitude_m', reading.altitude_m),
    )


def message_to_speed(message: Float32 | CarlaSpeedometer) -> float:
    """Return the speed in m/s of either speedometer message.

    Raises:
        NonFiniteError: it is NaN or infinite.
    """
    if isinstance(message, Float32):
        return finite_number('Float32.data', message.data)
    return finite_number('CarlaSpeedometer.speed', message.speed)


def speed_to_message(speed_mps: float) -> Float32:
    """Return the speedometer message of the main bridge."""
    return Float32(data=finite_number('speed_mps', speed_mps))


def speed_to_carla_speedometer(speed_mps: float, stamp: Time, frame_id: str) -> CarlaSpeedometer:
    """Return the speedometer message of the leaderboard's bridge."""
    speed = finite_number('speed_mps', speed_mps)
    return CarlaSpeedometer(header=make_header(stamp, frame_id), speed=speed)


def message_to_command(message: CarlaEgoVehicleControl) -> VehicleCommand:
    """Return a vehicle command; the steering changes its sign.

    Raises:
        NonFiniteError: a number is NaN or infinite; named.
        ContractError: a number is out of range.
    """
    name = 'CarlaEgoVehicleControl'
    return VehicleCommand(
        steer=steer_from_carla(number_in_range(f'{name}.steer', message.steer, -1.0, 1.0)),
        throttle=number_in_range(f'{name}.throttle', message.throttle, 0.0, 1.0),
        brake=number_in_range(f'{name}.brake', message.brake, 0.0, 1.0),
        hand_brake=message.hand_brake,
        reverse=message.reverse,
    )


def command_to_message(command: VehicleCommand, stamp: Time) -> CarlaEgoVehicleControl:
    """Return a control message; the steering changes its sign.

    ``stamp`` is the simulation time the command is for: the leaderboard's bridge compares it.
    """
    return CarlaEgoVehicleControl(
        header=make_header(stamp, ''),
        throttle=float(command.throttle),
        steer=steer_to_carla(float(command.steer)),
        brake=float(command.brake),
        hand_brake=bool(command.hand_brake),
        reverse=bool(command.reverse),
        gear=-1 if command.reverse else 1,
        manual_gear_shift=False,
    )


def message_to_status(message: CarlaEgoVehicleStatus) -> VehicleStatus:
    """Return the vehicle status.

    Raises:
        NonFiniteError: a number is NaN or infinite; named.
        ContractError: another frame than map, no unit quaternion, or a command out of range.
    """
    name = 'CarlaEgoVehicleStatus'
    require_frame(name, message.header, MAP_FRAME)
    quaternion = message_to_quaternion(f'{name}.orientation', message.orientation)
    return VehicleStatus(
        t_s=stamp_to_seconds(message.header.stamp),
        speed_mps=number_in_range(f'{name}.velocity', message.velocity, 0.0, 1000.0),
        acceleration_map_mps2=message_to_vector(
            f'{name}.acceleration.linear', message.acceleration.linear
        ),
        orientation_map=Pose3(np.zeros(3), quaternion),
        command=message_to_command(message.control),
    )


def status_to_message(status: VehicleStatus) -> CarlaEgoVehicleStatus:
    """Return the status as the CARLA bridge sends it (the inner control header stays empty)."""
    return CarlaEgoVehicleStatus(
        header=make_header(seconds_to_stamp(status.t_s), MAP_FRAME),
        velocity=float(status.speed_mps),
        acceleration=Accel(linear=vector_to_vector3(status.acceleration_map_mps2)),
        orientation=pose_to_message(status.orientation_map).orientation,
        control=command_to_message(status.command, Time()),
    )
