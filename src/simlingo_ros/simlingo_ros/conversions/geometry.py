# SPDX-License-Identifier: Apache-2.0
"""Conversion of points, poses and paths; coordinate frames are REP-103 on both sides."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from builtin_interfaces.msg import Time
from geometry_msgs.msg import Point, Point32, Pose, PoseStamped, Quaternion, Vector3
from nav_msgs.msg import Path
from numpy.typing import ArrayLike, NDArray
from std_msgs.msg import Header

from simlingo_core.checks import finite_array, finite_number
from simlingo_core.errors import ContractError, NonFiniteError
from simlingo_core.geometry import Pose3
from simlingo_ros.conversions.time import (
    NANOSECONDS,
    nanoseconds_to_stamp,
    stamp_to_nanoseconds,
)

MAP_FRAME = 'map'
BASE_FRAME = 'base_link'

# A quaternion this far from unit length is no rounding error: it was never set.
UNIT_TOLERANCE = 1e-2


def make_header(stamp: Time, frame_id: str) -> Header:
    """Return a header."""
    return Header(stamp=stamp, frame_id=frame_id)


def require_frame(name: str, header: Header, frame_id: str) -> None:
    """Raise ContractError unless a message is given in the frame it must be in."""
    if header.frame_id != frame_id:
        raise ContractError(
            f'{name}.header.frame_id is {header.frame_id!r}; expected {frame_id!r}'
        )


def message_to_vector(name: str, message: Point | Vector3) -> NDArray[np.float64]:
    """Return x, y, z, shape (3,).

    Raises:
        NonFiniteError: one of them is NaN or infinite; named.
    """
    return np.array([_finite(f'{name}.{axis}', getattr(message, axis)) for axis in 'xyz'])


def vector_to_point(vector: ArrayLike) -> Point:
    """Return a point from shape (3,)."""
    x, y, z = finite_array('point', vector, (3,)).tolist()
    return Point(x=x, y=y, z=z)


def vector_to_vector3(vector: ArrayLike) -> Vector3:
    """Return a vector from shape (3,)."""
    x, y, z = finite_array('vector', vector, (3,)).tolist()
    return Vector3(x=x, y=y, z=z)


def message_to_quaternion(name: str, message: Quaternion) -> NDArray[np.float64]:
    """Return x, y, z, w, shape (4,), of unit length.

    Raises:
        NonFiniteError: one of them is NaN or infinite; named.
        ContractError: it is no unit quaternion.
    """
    quaternion = np.array([_finite(f'{name}.{axis}', getattr(message, axis)) for axis in 'xyzw'])
    length = float(np.linalg.norm(quaternion))
    if abs(length - 1.0) > UNIT_TOLERANCE:
        raise ContractError(
            f'{name} is {quaternion.tolist()} of length {length:.3g}; expected a unit quaternion'
        )
    return quaternion


def message_to_pose(name: str, message: Pose) -> Pose3:
    """Return a pose.

    Raises:
        NonFiniteError: a number is NaN or infinite; named.
        ContractError: the orientation is no unit quaternion.
    """
    return Pose3(
        message_to_vector(f'{name}.position', message.position),
        message_to_quaternion(f'{name}.orientation', message.orientation),
    )


def pose_to_message(pose: Pose3) -> Pose:
    """Return a pose message."""
    return Pose(
        position=vector_to_point(pose.translation_m), orientation=_quaternion(pose.quaternion_xyzw)
    )


def stamped_to_pose(name: str, message: PoseStamped, frame_id: str = MAP_FRAME) -> Pose3:
    """Return the pose of a stamped message that must be in ``frame_id``.

    Raises:
        NonFiniteError: a number is NaN or infinite; named.
        ContractError: another frame or no unit quaternion.
    """
    require_frame(name, message.header, frame_id)
    return message_to_pose(f'{name}.pose', message.pose)


def pose_to_stamped(pose: Pose3, stamp: Time, frame_id: str = MAP_FRAME) -> PoseStamped:
    """Return a stamped pose."""
    return PoseStamped(header=make_header(stamp, frame_id), pose=pose_to_message(pose))


def message_to_path(name: str, message: Path, frame_id: str = MAP_FRAME) -> NDArray[np.float64]:
    """Return the points of a path in the plane, shape (N, 2).

    Raises:
        NonFiniteError: a coordinate is NaN or infinite; named.
        ContractError: another frame.
    """
    require_frame(name, message.header, frame_id)
    points = np.array(
        [(p.pose.position.x, p.pose.position.y) for p in message.poses], dtype=np.float64
    ).reshape(-1, 2)
    return finite_array(f'{name}.poses', points, (None, 2))


def path_to_message(
    points_m: ArrayLike, stamp: Time, frame_id: str = MAP_FRAME, *, period_s: float = 0.0
) -> Path:
    """Return a path through points, each pose facing the next point.

    Args:
        points_m: shape (N, 2), or (N, 3) with heights.
        stamp: of the path, and of every pose if ``period_s`` is 0.
        frame_id: frame of the points.
        period_s: pose k has the stamp of the path and ``period_s`` (k + 1).
    """
    points = finite_array('path', points_m, (None, None))
    begin_ns = stamp_to_nanoseconds(stamp)
    step_ns = round(period_s * NANOSECONDS)
    headers = [
        make_header(nanoseconds_to_stamp(begin_ns + step_ns * (k + 1)), frame_id)
        for k in range(len(points))
    ]
    poses = [
        PoseStamped(header=header, pose=pose_to_message(pose))
        for header, pose in zip(headers, poses_along(points), strict=True)
    ]
    return Path(header=make_header(stamp, frame_id), poses=poses)


def poses_along(points_m: NDArray[np.float64]) -> list[Pose3]:
    """Return a pose at each point that faces the next one; the last keeps its yaw.

    Points have shape (N, 2), or (N, 3) with heights.
    """
    if len(points_m) < 2:
        yaws = np.zeros(len(points_m))
    else:
        steps = np.diff(points_m, axis=0)
        yaws = np.arctan2(steps[:, 1], steps[:, 0])
        yaws = np.append(yaws, yaws[-1])
    return [
        Pose3.from_roll_pitch_yaw([x, y, z[0] if z else 0.0], 0.0, 0.0, yaw)
        for (x, y, *z), yaw in zip(points_m.tolist(), yaws.tolist(), strict=True)
    ]


def messages_to_points(name: str, messages: Iterable[Point32]) -> NDArray[np.float64]:
    """Return planar points, shape (N, 2).

    Raises:
        NonFiniteError: a coordinate is NaN or infinite; named.
    """
    points = np.array([(point.x, point.y) for point in messages], dtype=np.float64)
    return finite_array(name, points.reshape(-1, 2), (None, 2))


def points_to_messages(points_m: ArrayLike) -> list[Point32]:
    """Return planar points (N, 2) as 32-bit messages with z = 0."""
    return [Point32(x=x, y=y, z=0.0) for x, y in np.asarray(points_m, dtype=np.float64).tolist()]


def _quaternion(quaternion_xyzw: NDArray[np.float64]) -> Quaternion:
    """Return a quaternion message."""
    x, y, z, w = quaternion_xyzw.tolist()
    return Quaternion(x=x, y=y, z=z, w=w)


def _finite(name: str, value: float) -> float:
    """Return a number or raise NonFiniteError with its name."""
    try:
        return finite_number(name, value)
    except NonFiniteError as error:
        raise NonFiniteError(f'{error}; the message is refused') from error
