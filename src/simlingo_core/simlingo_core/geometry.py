# SPDX-License-Identifier: Apache-2.0
"""Rigid transforms in the plane and in space (REP-103: x forward, y left, z up, metres, radians).

A pose named ``pose_map`` is the transform *map from body*: ``pose_map.transform(points_body)``
gives the points in map.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlingo_core.checks import finite_array, finite_number
from simlingo_core.errors import ContractError

# Nearer than 1e-6 rad to straight up or down, roll and yaw cannot be distinguished.
_GIMBAL_LOCK = 5e-13


def wrap_angle_rad(angle_rad: float) -> float:
    """Return the same angle in (-pi, pi].

    Raises:
        NonFiniteError: the angle is NaN or infinite.
    """
    wrapped = math.remainder(finite_number('angle_rad', angle_rad), 2.0 * math.pi)
    return math.pi if wrapped == -math.pi else wrapped


def _is_plain(value: object) -> bool:
    """Return whether a value is already a finite Python float."""
    return type(value) is float and math.isfinite(value)


@dataclass(frozen=True)
class Pose2:
    """A pose in the plane: position in metres, yaw in radians counter-clockwise."""

    x_m: float
    y_m: float
    yaw_rad: float

    def __post_init__(self) -> None:
        is_plain = _is_plain(self.x_m) and _is_plain(self.y_m) and _is_plain(self.yaw_rad)
        if is_plain and -math.pi < self.yaw_rad <= math.pi:
            return
        for name in ('x_m', 'y_m', 'yaw_rad'):
            object.__setattr__(self, name, finite_number(f'Pose2.{name}', getattr(self, name)))
        object.__setattr__(self, 'yaw_rad', wrap_angle_rad(self.yaw_rad))

    @property
    def position_m(self) -> NDArray[np.float64]:
        """Position, shape (2,)."""
        return np.array([self.x_m, self.y_m])

    @property
    def rotation(self) -> NDArray[np.float64]:
        """Rotation matrix, shape (2, 2)."""
        c, s = math.cos(self.yaw_rad), math.sin(self.yaw_rad)
        return np.array([[c, -s], [s, c]])

    def __matmul__(self, other: Pose2) -> Pose2:
        """Compose: ``(a_from_b @ b_from_c)`` is ``a_from_c``."""
        x_m, y_m = self.transform(other.position_m)
        return Pose2(float(x_m), float(y_m), self.yaw_rad + other.yaw_rad)

    def inverse(self) -> Pose2:
        """Return the opposite transform."""
        x_m, y_m = -(self.rotation.T @ self.position_m)
        return Pose2(float(x_m), float(y_m), -self.yaw_rad)

    def transform(self, points_m: ArrayLike) -> NDArray[np.float64]:
        """Map points of the body into the parent frame; shape (..., 2)."""
        return np.asarray(points_m, dtype=np.float64) @ self.rotation.T + self.position_m

    def inverse_transform(self, points_m: ArrayLike) -> NDArray[np.float64]:
        """Map points of the parent frame into the body; shape (..., 2)."""
        return (np.asarray(points_m, dtype=np.float64) - self.position_m) @ self.rotation


@dataclass(frozen=True, eq=False)
class Pose3:
    """A pose in space: translation (3,) in metres, unit quaternion (4,) as x, y, z, w.

    The quaternion is normalised on entry and kept with w >= 0.

    Raises:
        ContractError: a shape is wrong or the quaternion has no length.
        NonFiniteError: an element is NaN or infinite.
    """

    translation_m: NDArray[np.float64]
    quaternion_xyzw: NDArray[np.float64]

    def __post_init__(self) -> None:
        translation = finite_array('Pose3.translation_m', self.translation_m, (3,))
        quaternion = finite_array('Pose3.quaternion_xyzw', self.quaternion_xyzw, (4,)).copy()
        length = float(np.linalg.norm(quaternion))
        if length < 1e-6:
            raise ContractError(
                f'Pose3.quaternion_xyzw is {quaternion.tolist()}; expected a unit quaternion'
            )
        quaternion /= math.copysign(length, quaternion[3])
        quaternion.flags.writeable = False
        object.__setattr__(self, 'translation_m', translation)
        object.__setattr__(self, 'quaternion_xyzw', quaternion)

    @classmethod
    def identity(cls) -> Pose3:
        """Return the pose of the parent frame itself."""
        return cls(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))

    @classmethod
    def from_roll_pitch_yaw(
        cls, translation_m: ArrayLike, roll_rad: float, pitch_rad: float, yaw_rad: float
    ) -> Pose3:
        """Build from fixed-axis roll, pitch, yaw: R = Rz(yaw) Ry(pitch) Rx(roll) (REP-103)."""
        cr, sr = math.cos(roll_rad / 2), math.sin(roll_rad / 2)
        cp, sp = math.cos(pitch_rad / 2), math.sin(pitch_rad / 2)
        cy, sy = math.cos(yaw_rad / 2), math.sin(yaw_rad / 2)
        quaternion = [
            sr * cp * cy - cr * sp * sy,
            cr * sp * cy + sr * cp * sy,
            cr * cp * sy - sr * sp * cy,
            cr * cp * cy + sr * sp * sy,
        ]
        return cls(np.asarray(translation_m, dtype=np.float64), np.array(quaternion))

    @classmethod
    def from_planar(cls, pose: Pose2, z_m: float = 0.0) -> Pose3:
        """Lift a planar pose to height ``z_m`` without roll and pitch."""
        return cls.from_roll_pitch_yaw([pose.x_m, pose.y_m, z_m], 0.0, 0.0, pose.yaw_rad)

    @property
    def rotation(self) -> NDArray[np.float64]:
        """Rotation matrix, shape (3, 3)."""
        x, y, z, w = self.quaternion_xyzw
        return np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
            ]
        )

    @property
    def roll_pitch_yaw_rad(self) -> tuple[float, float, float]:
        """Fixed-axis roll, pitch and yaw in radians; straight up or down, all turning is yaw."""
        r = self.rotation
        if abs(r[2, 0]) > 1.0 - _GIMBAL_LOCK:
            return 0.0, math.copysign(math.pi / 2, -r[2, 0]), math.atan2(-r[0, 1], r[1, 1])
        pitch = math.asin(max(-1.0, min(1.0, -float(r[2, 0]))))
        return math.atan2(r[2, 1], r[2, 2]), pitch, math.atan2(r[1, 0], r[0, 0])

    @property
    def planar(self) -> Pose2:
        """The planar pose: roll, pitch and height are dropped."""
        return Pose2(
            float(self.translation_m[0]), float(self.translation_m[1]), self.roll_pitch_yaw_rad[2]
        )

    def matrix(self) -> NDArray[np.float64]:
        """Homogeneous matrix, shape (4, 4)."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.rotation
        matrix[:3, 3] = self.translation_m
        return matrix

    def __matmul__(self, other: Pose3) -> Pose3:
        """Compose: ``(a_from_b @ b_from_c)`` is ``a_from_c``."""
        ax, ay, az, aw = self.quaternion_xyzw
        bx, by, bz, bw = other.quaternion_xyzw
        quaternion = np.array(
            [
                aw * bx + ax * bw + ay * bz - az * by,
                aw * by - ax * bz + ay * bw + az * bx,
                aw * bz + ax * by - ay * bx + az * bw,
                aw * bw - ax * bx - ay * by - az * bz,
            ]
        )
        return Pose3(self.transform(other.translation_m), quaternion)

    def inverse(self) -> Pose3:
        """Return the opposite transform."""
        conjugate = self.quaternion_xyzw * np.array([-1.0, -1.0, -1.0, 1.0])
        return Pose3(-(self.rotation.T @ self.translation_m), conjugate)

    def transform(self, points_m: ArrayLike) -> NDArray[np.float64]:
        """Map points of the body into the parent frame; shape (..., 3)."""
        return np.asarray(points_m, dtype=np.float64) @ self.rotation.T + self.translation_m

    def inverse_transform(self, points_m: ArrayLike) -> NDArray[np.float64]:
        """Map points of the parent frame into the body; shape (..., 3)."""
        return (np.asarray(points_m, dtype=np.float64) - self.translation_m) @ self.rotation
