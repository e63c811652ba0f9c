# SPDX-License-Identifier: Apache-2.0
"""CARLA's axes and ours, on disk, in messages and in the model; there is no other place for them.

CARLA: x forward, y **right**, z up, left-handed, degrees; pitch positive nose up, yaw positive
clockwise seen from above, roll positive right side down; steering positive right.
Ours (REP-103): x forward, y left, z up, right-handed, radians; steering positive left.

The two are mirror images in the plane y = 0, so every conversion is its own inverse up to the
units; both directions have a name all the same, because a reader wants to know which one is meant.

Who calls this: the CARLA bridge's messages (``simlingo_ros.conversions``), CARLA's map library and
route files (``simlingo_sim.town``), the data set on disk (``simlingo_training.measurements``) and
the network, which upstream trained in CARLA's axes (``simlingo_model.processor``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlingo_core.checks import finite_array
from simlingo_core.errors import ContractError
from simlingo_core.geometry import Pose2, Pose3


@dataclass(frozen=True, kw_only=True)
class CarlaTransform:
    """A pose in CARLA's axes: metres and degrees, as in ``carla.Transform``."""

    x_m: float
    y_m: float
    z_m: float
    roll_deg: float
    pitch_deg: float
    yaw_deg: float


def vector_from_carla(vector: ArrayLike) -> NDArray[np.float64]:
    """Mirror points, velocities, accelerations or directions, shape (..., 2) or (..., 3)."""
    return _negate(vector, (1,))


def vector_to_carla(vector: ArrayLike) -> NDArray[np.float64]:
    """Mirror points, velocities, accelerations or directions, shape (..., 2) or (..., 3)."""
    return _negate(vector, (1,))


def axial_from_carla(vector: ArrayLike) -> NDArray[np.float64]:
    """Mirror angular velocities, shape (..., 3); the unit stays (CARLA's actors give deg/s)."""
    return _negate(vector, (0, 2))


def axial_to_carla(vector: ArrayLike) -> NDArray[np.float64]:
    """Mirror angular velocities, shape (..., 3); the unit stays."""
    return _negate(vector, (0, 2))


def yaw_from_carla(yaw_deg: float) -> float:
    """Return the yaw in radians counter-clockwise for one in degrees clockwise."""
    return mirrored(math.radians(yaw_deg))


def yaw_to_carla(yaw_rad: float) -> float:
    """Return the yaw in degrees clockwise for one in radians counter-clockwise."""
    return mirrored(math.degrees(yaw_rad))


def pose2_from_carla(x_m: float, y_m: float, yaw_deg: float) -> Pose2:
    """Build a planar pose from CARLA's numbers."""
    return Pose2(x_m, mirrored(y_m), yaw_from_carla(yaw_deg))


def pose3_from_carla(transform: CarlaTransform) -> Pose3:
    """Build a pose from CARLA's numbers."""
    return Pose3.from_roll_pitch_yaw(
        vector_from_carla([transform.x_m, transform.y_m, transform.z_m]),
        math.radians(transform.roll_deg),
        mirrored(math.radians(transform.pitch_deg)),
        yaw_from_carla(transform.yaw_deg),
    )


def pose3_to_carla(pose: Pose3) -> CarlaTransform:
    """Return CARLA's numbers for a pose; roll is 0 where pitch is straight up or down."""
    x_m, y_m, z_m = vector_to_carla(pose.translation_m)
    roll_rad, pitch_rad, yaw_rad = pose.roll_pitch_yaw_rad
    return CarlaTransform(
        x_m=float(x_m),
        y_m=float(y_m),
        z_m=float(z_m),
        roll_deg=math.degrees(roll_rad),
        pitch_deg=mirrored(math.degrees(pitch_rad)),
        yaw_deg=yaw_to_carla(yaw_rad),
    )


def matrix_to_carla(pose: Pose2) -> NDArray[np.float64]:
    """Return the matrix (4, 4) of ``carla.Transform.get_matrix`` for a pose on the ground."""
    yaw_rad = mirrored(pose.yaw_rad)
    cosine, sine = math.cos(yaw_rad), math.sin(yaw_rad)
    return np.array(
        [
            [cosine, -sine, 0.0, pose.x_m],
            [sine, cosine, 0.0, mirrored(pose.y_m)],
            [0.0, 0.0, 1.0, 0.0],
            [0.0, 0.0, 0.0, 1.0],
        ]
    )


def pose2_from_matrix(matrix: ArrayLike) -> Pose2:
    """Return the planar pose of a matrix (4, 4) of ``carla.Transform.get_matrix``.

    Raises:
        ContractError: it has another shape.
        NonFiniteError: an element is NaN or infinite.
    """
    rows = finite_array('matrix', matrix, (4, 4))
    yaw_rad = mirrored(math.atan2(rows[1, 0], rows[0, 0]))
    return Pose2(float(rows[0, 3]), mirrored(float(rows[1, 3])), yaw_rad)


def steer_from_carla(steer: float) -> float:
    """Return the steering share positive left for one positive right."""
    return mirrored(steer)


def steer_to_carla(steer: float) -> float:
    """Return the steering share positive right for one positive left."""
    return mirrored(steer)


def mirrored(number: float) -> float:
    """Return a y coordinate, a yaw in radians or a sideways shift in the other axes' sign.

    Zero stays positive: a negative zero prints badly and hashes differently.
    """
    return 0.0 - number


def _negate(vector: ArrayLike, axes: tuple[int, ...]) -> NDArray[np.float64]:
    mirrored = np.array(vector, dtype=np.float64)
    if mirrored.ndim == 0 or mirrored.shape[-1] not in (2, 3) or max(axes) >= mirrored.shape[-1]:
        raise ContractError(
            f'the vector has shape {mirrored.shape}; expected (..., 3), or (..., 2) for points'
        )
    for axis in axes:
        mirrored[..., axis] = 0.0 - mirrored[..., axis]
    return mirrored
