# SPDX-License-Identifier: Apache-2.0
"""What street lamps light up: a map of their light on the ground, and their lit glass."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlingo_sim.camera.furniture import LAMP_ARM_M, lit_street_lamp_model
from simlingo_sim.camera.mesh import STRIDE, Mesh, place

CELL_M = 2.0
REACH_M = 26.0
HALF_LIGHT_M = 8.0


def street_light_map(
    poses_map: NDArray[np.float64],
) -> tuple[NDArray[np.uint8], tuple[float, float, float, float]]:
    """Return the light of street lamps on the ground.

    Args:
        poses_map: x, y and yaw of the lamps, shape (n, 3).

    Returns:
        The light, 0 to 255, shape (rows along y, columns along x); x and y of its corner in map
        and one over its width and height.
    """
    heads = _heads(poses_map)
    if not len(heads):
        return np.zeros((1, 1), np.uint8), (0.0, 0.0, 1.0, 1.0)
    low = heads.min(axis=0) - REACH_M
    size = np.ceil((heads.max(axis=0) + REACH_M - low) / CELL_M).astype(int)
    light = np.zeros((size[1], size[0]), np.float32)
    reach = int(REACH_M / CELL_M)
    for x_m, y_m in heads - low:
        column, row = int(x_m / CELL_M), int(y_m / CELL_M)
        rows = np.arange(max(0, row - reach), min(size[1], row + reach + 1))
        columns = np.arange(max(0, column - reach), min(size[0], column + reach + 1))
        dx = (columns + 0.5) * CELL_M - x_m
        dy = (rows + 0.5) * CELL_M - y_m
        distance2 = dx[None] ** 2 + dy[:, None] ** 2
        fade = np.clip(1.0 - distance2 / REACH_M**2, 0.0, 1.0)
        light[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] += (
            fade / (1.0 + distance2 / HALF_LIGHT_M**2)
        ).astype(np.float32)
    width_m, height_m = (float(v) * CELL_M for v in size)
    area = (float(low[0]), float(low[1]), 1.0 / width_m, 1.0 / height_m)
    return (np.clip(light, 0.0, 1.0) * 255).astype(np.uint8), area


def lit_street_lamps(poses_map: NDArray[np.float64]) -> Mesh:
    """Return the lit glass of street lamps at these poses."""
    if not len(poses_map):
        return np.zeros((0, STRIDE), np.float32)
    x, y, yaw = poses_map.T
    return place(lit_street_lamp_model(), x, y, yaw, 0.1)


def _heads(poses_map: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the places below the heads of the lamps, shape (n, 2)."""
    x, y, yaw = poses_map.T
    return np.column_stack([x + LAMP_ARM_M * np.cos(yaw), y + LAMP_ARM_M * np.sin(yaw)])
