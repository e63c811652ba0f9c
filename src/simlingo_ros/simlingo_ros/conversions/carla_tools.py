# SPDX-License-Identifier: Apache-2.0
"""Messages of CARLA's tools: weather, places, commands, waypoints, sensors to spawn."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from ackermann_msgs.msg import AckermannDrive
from builtin_interfaces.msg import Time
from carla_msgs.msg import CarlaWeatherParameters
from carla_msgs.srv import SpawnObject
from carla_waypoint_types.msg import CarlaWaypoint
from geometry_msgs.msg import Point, Pose, PoseStamped, PoseWithCovarianceStamped, Twist
from numpy.typing import NDArray
from sensor_msgs.msg import Image

from simlingo_core.checks import finite_number
from simlingo_core.errors import ContractError
from simlingo_core.geometry import Pose2, Pose3
from simlingo_ros.conversions.geometry import (
    MAP_FRAME,
    make_header,
    message_to_pose,
    message_to_vector,
    pose_to_message,
    require_frame,
    stamped_to_pose,
)

WEATHER_FIELDS = (
    'cloudiness',
    'precipitation',
    'precipitation_deposits',
    'wind_intensity',
    'fog_density',
    'fog_distance',
    'wetness',
    'sun_azimuth_angle',
    'sun_altitude_angle',
)
BYTES_PER_FLOAT = 4


@dataclass(frozen=True, kw_only=True)
class SpawnRequest:
    """What somebody wants to spawn.

    Attributes:
        type_id: blueprint.
        id: becomes the role name and the last part of the topic.
        attributes: of the blueprint.
        pose: in the frame of the parent, or in map if that is 0; None: any place.
        parent_id: actor to attach it to; 0: none.
    """

    type_id: str
    id: str
    attributes: Mapping[str, str]
    pose: Pose3 | None
    parent_id: int


@dataclass(frozen=True, kw_only=True)
class AckermannTarget:
    """What an Ackermann command asks for.

    Attributes:
        wheel_angle_rad: of a middle front wheel, positive to the left.
        speed_mps: negative backwards.
        acceleration_mps2: greatest change of speed, as a positive number; 0: as the car can.
    """

    wheel_angle_rad: float
    speed_mps: float
    acceleration_mps2: float


def message_to_weather(message: CarlaWeatherParameters) -> dict[str, float]:
    """Return the values by CARLA's names.

    Raises:
        NonFiniteError: one is NaN or infinite; named.
    """
    return {
        name: finite_number(f'CarlaWeatherParameters.{name}', getattr(message, name))
        for name in WEATHER_FIELDS
    }


def message_to_goal(message: PoseStamped) -> NDArray[np.float64]:
    """Return the place of a goal in map, shape (2,).

    Raises:
        NonFiniteError: a number is NaN or infinite; named.
        ContractError: another frame than map.
    """
    require_frame('goal', message.header, MAP_FRAME)
    return message_to_vector('goal.pose.position', message.pose.position)[:2]


def message_to_place(message: PoseWithCovarianceStamped | PoseStamped | Pose) -> Pose2:
    """Return where to put the car, in map.

    Raises:
        NonFiniteError: a number is NaN or infinite; named.
        ContractError: another frame than map, or no unit quaternion.
    """
    if isinstance(message, PoseWithCovarianceStamped):
        require_frame('initialpose', message.header, MAP_FRAME)
        return message_to_pose('initialpose.pose.pose', message.pose.pose).planar
    if isinstance(message, PoseStamped):
        return stamped_to_pose('place', message).planar
    return message_to_pose('set_transform', message).planar


def message_to_ackermann(message: AckermannDrive) -> AckermannTarget:
    """Return the target of an Ackermann command.

    Raises:
        NonFiniteError: a number is NaN or infinite; named.
    """
    return AckermannTarget(
        wheel_angle_rad=finite_number('AckermannDrive.steering_angle', message.steering_angle),
        speed_mps=finite_number('AckermannDrive.speed', message.speed),
        acceleration_mps2=abs(finite_number('AckermannDrive.acceleration', message.acceleration)),
    )


def message_to_twist(message: Twist) -> tuple[float, float]:
    """Return linear.x and angular.z.

    Raises:
        NonFiniteError: one is NaN or infinite; named.
    """
    return (
        finite_number('Twist.linear.x', message.linear.x),
        finite_number('Twist.angular.z', message.angular.z),
    )


def message_to_point(message: Point) -> NDArray[np.float64]:
    """Return a place, shape (3,).

    Raises:
        NonFiniteError: a coordinate is NaN or infinite; named.
    """
    return message_to_vector('location', message)


def waypoint_to_message(
    pose_map: Pose2, lane_key: tuple[int, int, int], *, is_junction: bool
) -> CarlaWaypoint:
    """Return a place on a lane; ``lane_key`` is road, section and lane of OpenDRIVE."""
    road_id, section_id, lane_id = lane_key
    return CarlaWaypoint(
        road_id=road_id,
        section_id=section_id,
        lane_id=lane_id,
        is_junction=is_junction,
        pose=pose_to_message(Pose3.from_planar(pose_map)),
    )


def message_to_spawn_request(message: SpawnObject.Request) -> SpawnRequest:
    """Return what somebody wants to spawn.

    Raises:
        NonFiniteError: a number is NaN or infinite; named.
        ContractError: no unit quaternion, or an attribute is given twice.
    """
    attributes: dict[str, str] = {}
    for pair in message.attributes:
        if pair.key in attributes:
            raise ContractError(f'attribute {pair.key!r} is given twice')
        attributes[pair.key] = pair.value
    pose = None if message.random_pose else message_to_pose('transform', message.transform)
    return SpawnRequest(
        type_id=message.type,
        id=message.id,
        attributes=attributes,
        pose=pose,
        parent_id=int(message.attach_to),
    )


def depth_to_image(depth_m: NDArray[np.float32], stamp: Time, frame_id: str) -> Image:
    """Return a depth image in metres (32FC1).

    Args:
        depth_m: along the optical axis, shape (height, width).
        stamp: exposure time.
        frame_id: coordinate frame of the camera.
    """
    height, width = depth_m.shape
    data: array[int] = array('B')
    data.frombytes(np.ascontiguousarray(depth_m, dtype='<f4').tobytes())
    message: Any = Image(
        header=make_header(stamp, frame_id),
        height=height,
        width=width,
        encoding='32FC1',
        step=BYTES_PER_FLOAT * width,
    )
    message.data = data
    return message
