# SPDX-License-Identifier: Apache-2.0
"""Pose, size, field of view and quality of cameras."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import ConfigError
from simlingo_core.geometry import Pose2, Pose3

MAX_SIDE_PX = 4096
MIN_SIDE_PX = 16
MAX_OFFSET_M = 1000.0
FOV_RANGE_DEG = (2.0, 170.0)


class CameraQuality(StrEnum):
    """Quality of images, from the fastest to the best."""

    PLAIN = 'plain'
    ANTIALIASED = 'antialiased'
    FULL = 'full'

    @property
    def samples(self) -> int:
        """Samples per pixel; 0: no antialiasing."""
        return 0 if self is CameraQuality.PLAIN else 4

    @property
    def has_shadows(self) -> bool:
        """Whether the sun casts shadows."""
        return self is CameraQuality.FULL


def quality_named(name: str) -> CameraQuality:
    """Return a quality by its name.

    Raises:
        ConfigError: there is no quality of this name.
    """
    try:
        return CameraQuality(name)
    except ValueError:
        known = ', '.join(CameraQuality)
        raise ConfigError(f'camera quality is {name!r}; expected one of {known}') from None


@dataclass(frozen=True, kw_only=True)
class CameraSpec:
    """One camera, fixed to the ego's base_link (x forward, y left, z up).

    Attributes:
        x_m, y_m, z_m: position in base_link.
        roll_rad, pitch_rad, yaw_rad: fixed-axis angles (REP-103: positive pitch looks down,
            positive yaw looks left).
        width_px, height_px: image size, 16 to 4096.
        fov_deg: horizontal field of view, 2 to 170.
        shows_ego: whether the ego's own body is drawn.
        orthographic_width_m: width of the image on the ground for an orthographic camera; None
            for a pinhole camera.

    Raises:
        ConfigError: a value is not finite or out of range.
    """

    x_m: float = -1.5
    y_m: float = 0.0
    z_m: float = 2.0
    roll_rad: float = 0.0
    pitch_rad: float = 0.0
    yaw_rad: float = 0.0
    width_px: int = 1024
    height_px: int = 512
    fov_deg: float = 110.0
    shows_ego: bool = False
    orthographic_width_m: float | None = None

    def __post_init__(self) -> None:
        for name in ('x_m', 'y_m', 'z_m'):
            _check_range(name, getattr(self, name), -MAX_OFFSET_M, MAX_OFFSET_M)
        for name in ('roll_rad', 'pitch_rad', 'yaw_rad'):
            _check_range(name, getattr(self, name), -2 * math.pi, 2 * math.pi)
        for name in ('width_px', 'height_px'):
            size = getattr(self, name)
            if isinstance(size, bool) or not isinstance(size, int):
                raise ConfigError(f'camera {name} is {size!r}; expected a whole number of pixels')
            _check_range(name, size, MIN_SIDE_PX, MAX_SIDE_PX)
        _check_range('fov_deg', self.fov_deg, *FOV_RANGE_DEG)
        if self.orthographic_width_m is not None:
            _check_range('orthographic_width_m', self.orthographic_width_m, 1.0, 5000.0)

    @property
    def base_from_camera(self) -> Pose3:
        """Pose of the camera in base_link; its axes are x forward, y left, z up."""
        return Pose3.from_roll_pitch_yaw(
            [self.x_m, self.y_m, self.z_m], self.roll_rad, self.pitch_rad, self.yaw_rad
        )

    def map_from_camera(self, ego_pose_map: Pose2) -> Pose3:
        """Return the pose of the camera in map for a pose of the ego."""
        return Pose3.from_planar(ego_pose_map) @ self.base_from_camera

    @property
    def focal_px(self) -> float:
        """Focal length in pixels, the same for both axes."""
        return self.width_px / 2 / math.tan(math.radians(self.fov_deg) / 2)

    def project(self, points_camera_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return pixel coordinates of points in the camera's x forward, y left, z up axes.

        Args:
            points_camera_m: shape (n, 3); a pinhole needs x > 0.

        Returns:
            Shape (n, 2): column to the right, row downwards, (0, 0) the corner top left.
        """
        if self.orthographic_width_m is None:
            scale = self.focal_px / points_camera_m[:, 0]
        else:
            scale = np.full(len(points_camera_m), self.width_px / self.orthographic_width_m)
        column = self.width_px / 2 - points_camera_m[:, 1] * scale
        row = self.height_px / 2 - points_camera_m[:, 2] * scale
        return np.stack([column, row], axis=1)


def training_camera(width_px: int = 1024, height_px: int = 512) -> CameraSpec:
    """Return the front camera that SimLingo was trained with."""
    return CameraSpec(width_px=width_px, height_px=height_px)


def shifted_camera(
    dy_m: float, dyaw_rad: float, width_px: int = 1024, height_px: int = 512
) -> CameraSpec:
    """Return the augmentation camera: the training camera, moved and turned to the left."""
    return replace(training_camera(width_px, height_px), y_m=dy_m, yaw_rad=dyaw_rad)


def top_camera(
    width_px: int = 512, height_px: int = 512, width_m: float = 60.0, ahead_m: float = 12.0
) -> CameraSpec:
    """Return a camera above the ego that looks straight down; forward is at the top."""
    return CameraSpec(
        x_m=ahead_m,
        z_m=80.0,
        pitch_rad=math.pi / 2,
        width_px=width_px,
        height_px=height_px,
        shows_ego=True,
        orthographic_width_m=width_m,
    )


def chase_camera(width_px: int = 1024, height_px: int = 576) -> CameraSpec:
    """Return a camera behind and above the ego."""
    return CameraSpec(
        x_m=-9.0,
        z_m=4.5,
        pitch_rad=0.22,
        width_px=width_px,
        height_px=height_px,
        fov_deg=80.0,
        shows_ego=True,
    )


def _check_range(name: str, value: float, low: float, high: float) -> None:
    # NaN fails this comparison, too.
    if not (isinstance(value, int | float | np.floating) and low <= value <= high):
        raise ConfigError(f'camera {name} is {value!r}; expected {low:g} to {high:g}')
