# SPDX-License-Identifier: Apache-2.0
"""Drawings on the camera image: path, speed waypoints, target points and a panel of facts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

PATH_RGB = (230, 60, 50)
SPEED_RGB = (60, 220, 90)
TARGET_RGB = (70, 130, 255)
TEXT_RGB = (240, 240, 240)
PANEL_RGB = (24, 26, 30)
LINE_HEIGHT_PX = 26


@dataclass(frozen=True)
class PinholeCamera:
    """A forward-looking camera, level, at (x, z) in base_link.

    Attributes:
        width_px, height_px: of the image.
        fov_deg: horizontal field of view.
        x_m, z_m: position in base_link; the training camera by default (upstream_spec §1.1).
    """

    width_px: int = 1024
    height_px: int = 512
    fov_deg: float = 110.0
    x_m: float = -1.5
    z_m: float = 2.0

    def project(self, points_base_m: ArrayLike) -> NDArray[np.float64]:
        """Return the pixels (u, v) of ground points, shape (N, 2); NaN where behind the camera."""
        points = np.asarray(points_base_m, dtype=np.float64)
        focal_px = self.width_px / (2.0 * math.tan(math.radians(self.fov_deg) / 2.0))
        depth_m = points[:, 0] - self.x_m
        depth_m = np.where(depth_m > 0.5, depth_m, np.nan)
        u_px = self.width_px / 2.0 - focal_px * points[:, 1] / depth_m
        v_px = self.height_px / 2.0 + focal_px * self.z_m / depth_m
        return np.column_stack([u_px, v_px])


def draw_points(
    image_rgb: NDArray[np.uint8],
    points_base_m: ArrayLike,
    color_rgb: tuple[int, int, int],
    radius_px: int,
    camera: PinholeCamera | None = None,
) -> None:
    """Draw ground points into the image, in place."""
    camera = camera or PinholeCamera(image_rgb.shape[1], image_rgb.shape[0])
    for u_px, v_px in camera.project(points_base_m):
        if math.isfinite(u_px) and abs(u_px) < 1e5 and abs(v_px) < 1e5:
            cv2.circle(
                image_rgb, (round(u_px), round(v_px)), radius_px, color_rgb, -1, cv2.LINE_AA
            )


def text_panel(width_px: int, height_px: int, lines: list[str]) -> NDArray[np.uint8]:
    """Return a dark panel with one line of text each, uint8 (height, width, 3)."""
    panel = np.full((height_px, width_px, 3), PANEL_RGB, dtype=np.uint8)
    for row, line in enumerate(lines):
        baseline = (12, LINE_HEIGHT_PX * (row + 1))
        cv2.putText(panel, line, baseline, cv2.FONT_HERSHEY_SIMPLEX, 0.6, TEXT_RGB, 1, cv2.LINE_AA)
    return panel
