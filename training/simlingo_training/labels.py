# SPDX-License-Identifier: Apache-2.0
"""Labels of one training frame: speed waypoints, path and target points.

Everything is REP-103 (y left); ``measurements.py`` turns the on-disk CARLA axes around when it
reads.  The transforms are upstream's (upstream_spec §4.6): future poses at 4 Hz in the base_link
of the present one, and the expert's route re-sampled at 0, 1, ... 19 m from the car.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlingo_core.checks import finite_array
from simlingo_core.geometry import Pose2
from simlingo_core.resampling import resample_equidistant
from simlingo_core.types import PATH_POINTS, SPEED_WAYPOINTS


@dataclass(frozen=True)
class CameraShift:
    """How the augmentation camera stands relative to the training camera.

    Attributes:
        y_m: to the left of it.
        yaw_rad: counter-clockwise.
    """

    y_m: float = 0.0
    yaw_rad: float = 0.0

    def apply(self, points_base_m: ArrayLike) -> NDArray[np.float64]:
        """Express points of base_link in the shifted base_link; shape (N, 2)."""
        return Pose2(0.0, self.y_m, self.yaw_rad).inverse_transform(points_base_m)


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What the model should plan, in the base_link of one camera.

    Attributes:
        target_points_base_m: shape (2, 2), conditioning, not a label: it moves with the camera.
        path_base_m: shape (20, 2).
        speed_waypoints_base_m: shape (10, 2).
    """

    target_points_base_m: NDArray[np.float64]
    path_base_m: NDArray[np.float64]
    speed_waypoints_base_m: NDArray[np.float64]


def speed_waypoints(poses_map: list[Pose2], shift: CameraShift) -> NDArray[np.float64]:
    """Return where the car will be 0.25 ... 2.5 s from now, shape (10, 2), base_link.

    Args:
        poses_map: now and the next 10 or more frames at 4 Hz.  Where the episode ends earlier the
            last pose stands for the rest.
        shift: of the camera the image is from.
    """
    now = poses_map[0]
    future = [poses_map[min(k, len(poses_map) - 1)] for k in range(1, SPEED_WAYPOINTS + 1)]
    points_map_m = np.array([pose.position_m for pose in future])
    return shift.apply(now.inverse_transform(points_map_m))


def travelled_distances(waypoints_base_m: ArrayLike) -> NDArray[np.float64]:
    """Return the distance driven at each waypoint, shape (N,)."""
    points = finite_array('waypoints_base_m', waypoints_base_m, (None, 2))
    steps = np.diff(np.vstack([np.zeros(2), points]), axis=0)
    return np.cumsum(np.linalg.norm(steps, axis=1))


def path_label(route_base_m: ArrayLike, shift: CameraShift) -> NDArray[np.float64]:
    """Return the path 0, 1, ... 19 m along the route, shape (20, 2), in the (shifted) base_link.

    The stored route begins some metres ahead of the car; the label always starts at the car.
    """
    route = shift.apply(finite_array('route_base_m', route_base_m, (None, 2)))
    return resample_equidistant(route, PATH_POINTS)
