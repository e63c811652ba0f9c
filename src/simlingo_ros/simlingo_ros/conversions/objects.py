# SPDX-License-Identifier: Apache-2.0
"""Road users as the CARLA bridge sends them: objects and markers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from builtin_interfaces.msg import Duration, Time
from derived_object_msgs.msg import Object, ObjectArray
from geometry_msgs.msg import Accel, Pose, Twist, Vector3
from numpy.typing import NDArray
from shape_msgs.msg import SolidPrimitive
from std_msgs.msg import ColorRGBA
from visualization_msgs.msg import Marker, MarkerArray

from simlingo_core.geometry import Pose2, Pose3
from simlingo_ros.conversions.geometry import (
    MAP_FRAME,
    make_header,
    pose_to_message,
    vector_to_vector3,
)

CERTAIN = 255
# Longer than a tick, so that boxes do not flicker, and short enough for who has left.
SHOWN_NS = 500_000_000


class UserClass(IntEnum):
    """Kind of a road user, numbered as in derived_object_msgs/Object."""

    PEDESTRIAN = Object.CLASSIFICATION_PEDESTRIAN
    BIKE = Object.CLASSIFICATION_BIKE
    CAR = Object.CLASSIFICATION_CAR
    TRUCK = Object.CLASSIFICATION_TRUCK
    MOTORCYCLE = Object.CLASSIFICATION_MOTORCYCLE
    OTHER_VEHICLE = Object.CLASSIFICATION_OTHER_VEHICLE


COLORS = {
    UserClass.PEDESTRIAN: (0.9, 0.3, 0.1),
    UserClass.BIKE: (0.9, 0.7, 0.1),
    UserClass.MOTORCYCLE: (0.9, 0.7, 0.1),
}
VEHICLE_COLOR = (0.2, 0.4, 0.9)
STATIC_COLOR = {'r': 0.6, 'g': 0.6, 'b': 0.6}
STATIC_HEIGHT_M = 3.0


@dataclass(frozen=True, kw_only=True, eq=False)
class RoadUser:
    """One vehicle or person.

    Attributes:
        id: of the actor.
        kind: of it.
        pose_map: of its origin, on the ground.
        velocity_map_mps: shape (3,).
        acceleration_map_mps2: shape (3,).
        yaw_rate_radps: about the vertical axis.
        size_m: full length, width and height, shape (3,).
        age_ticks: for so many ticks it has been seen.
    """

    id: int
    kind: UserClass
    pose_map: Pose3
    velocity_map_mps: NDArray[np.float64]
    acceleration_map_mps2: NDArray[np.float64]
    yaw_rate_radps: float
    size_m: NDArray[np.float64]
    age_ticks: int


def objects_to_message(users: Sequence[RoadUser], stamp: Time) -> ObjectArray:
    """Return the objects, each at its origin on the ground, as the bridge places them."""
    header = make_header(stamp, MAP_FRAME)
    return ObjectArray(
        header=header,
        objects=[
            Object(
                header=header,
                id=user.id,
                detection_level=Object.OBJECT_TRACKED,
                object_classified=True,
                pose=pose_to_message(user.pose_map),
                twist=Twist(
                    linear=vector_to_vector3(user.velocity_map_mps),
                    angular=Vector3(z=user.yaw_rate_radps),
                ),
                accel=Accel(linear=vector_to_vector3(user.acceleration_map_mps2)),
                shape=SolidPrimitive(
                    type=SolidPrimitive.BOX, dimensions=[float(side) for side in user.size_m]
                ),
                classification=int(user.kind),
                classification_certainty=CERTAIN,
                classification_age=user.age_ticks,
            )
            for user in users
        ],
    )


def users_to_markers(users: Sequence[RoadUser], stamp: Time) -> MarkerArray:
    """Return a box for each road user, lifted so that it stands on the ground."""
    return MarkerArray(
        markers=[
            Marker(
                header=make_header(stamp, MAP_FRAME),
                id=user.id,
                type=Marker.CUBE,
                action=Marker.ADD,
                pose=_lifted(user),
                scale=vector_to_vector3(user.size_m),
                color=_color(user.kind),
                lifetime=Duration(nanosec=SHOWN_NS),
            )
            for user in users
        ]
    )


def outlines_to_markers(outlines_map_m: Sequence[NDArray[np.float64]], stamp: Time) -> MarkerArray:
    """Return the smallest box around each outline, as high as any other: heights are not known.

    Args:
        outlines_map_m: corners of what does not move, each of shape (n, 2).
        stamp: of the message.
    """
    return MarkerArray(
        markers=[
            Marker(
                header=make_header(stamp, MAP_FRAME),
                ns='static',
                id=number,
                type=Marker.CUBE,
                action=Marker.ADD,
                pose=pose_to_message(pose),
                scale=vector_to_vector3(size_m),
                color=ColorRGBA(**STATIC_COLOR, a=0.5),
            )
            for number, (pose, size_m) in enumerate(map(_box_around, outlines_map_m))
        ]
    )


def _box_around(outline_map_m: NDArray[np.float64]) -> tuple[Pose3, NDArray[np.float64]]:
    """Return middle and size of the box whose first side is the outline's longest."""
    sides = np.diff(outline_map_m, axis=0, append=outline_map_m[:1])
    along = sides[np.argmax(np.hypot(*sides.T))]
    yaw_rad = float(np.arctan2(along[1], along[0]))
    turn = np.array([[np.cos(yaw_rad), -np.sin(yaw_rad)], [np.sin(yaw_rad), np.cos(yaw_rad)]])
    turned = outline_map_m @ turn
    low, high = turned.min(axis=0), turned.max(axis=0)
    x_m, y_m = turn @ ((low + high) / 2.0)
    planar = Pose2(float(x_m), float(y_m), yaw_rad)
    pose = Pose3.from_planar(planar, STATIC_HEIGHT_M / 2.0)
    return pose, np.array([*(high - low), STATIC_HEIGHT_M])


def _lifted(user: RoadUser) -> Pose:
    pose = pose_to_message(user.pose_map)
    pose.position.z += float(user.size_m[2]) / 2.0
    return pose


def _color(kind: UserClass) -> ColorRGBA:
    red, green, blue = COLORS.get(kind, VEHICLE_COLOR)
    return ColorRGBA(r=red, g=green, b=blue, a=0.8)
