# SPDX-License-Identifier: Apache-2.0
"""Signs that only inform: yield, exit, arrows in curves.

Models face +x with their foot in the origin; +y is to the right of a driver who looks at them.
"""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

from simlingo_sim.camera.mesh import Color, Mesh, MeshBuilder
from simlingo_sim.town.road_signs import SignKind

_POST: Color = (0.55, 0.56, 0.58)
_RED: Color = (0.78, 0.06, 0.08)
_WHITE: Color = (0.97, 0.97, 0.97)
_BLUE: Color = (0.05, 0.22, 0.62)
_BACK: Color = (0.5, 0.51, 0.52)


@functools.cache
def road_sign_model(kind: SignKind) -> Mesh:
    """Return the triangles of a sign."""
    model = MeshBuilder()
    if kind is SignKind.YIELD:
        _add_yield(model)
    elif kind is SignKind.EXIT:
        _add_exit(model)
    else:
        _add_curve_arrow(model, -1.0 if kind is SignKind.CURVE_LEFT else 1.0)
    return model.build()


def _add_yield(model: MeshBuilder) -> None:
    model.rod((0, 0, 0), (0, 0, 2.5), 0.04, _POST, 5, has_caps=False)
    for radius, x, tint in ((0.62, 0.06, _RED), (0.40, 0.07, _WHITE)):
        model.disc((x, 0, 2.25), radius, tint, 3, -math.pi / 2)
    _add_back(model, [(-0.53, 2.55), (0.53, 2.55), (0.0, 1.65)])


def _add_exit(model: MeshBuilder) -> None:
    """A blue board with a white arrow up to the right."""
    for y in (-0.7, 0.7):
        model.rod((0, y, 0), (0, y, 2.0), 0.06, _POST, 5, has_caps=False)
    _board(model, 0.05, (-1.2, 1.2), (1.5, 3.3), _BLUE)
    _polygon(model, 0.06, [(-0.75, 1.75), (-0.5, 1.75), (0.45, 2.7), (0.27, 2.88)], _WHITE)
    _polygon(model, 0.06, [(0.8, 2.35), (0.8, 3.1), (0.05, 3.1)], _WHITE)
    _add_back(model, [(-1.2, 1.5), (-1.2, 3.3), (1.2, 3.3), (1.2, 1.5)][::-1])


def _add_curve_arrow(model: MeshBuilder, side: float) -> None:
    """A white board with a red arrow head that points to one side."""
    for y in (-0.35, 0.35):
        model.rod((0, y, 0), (0, y, 1.2), 0.035, _POST, 5, has_caps=False)
    _board(model, 0.05, (-0.5, 0.5), (0.7, 1.7), _WHITE)
    upper = [(-0.3, 1.66), (0.05, 1.66), (0.4, 1.2), (0.05, 1.2)]
    lower = [(-0.3, 0.74), (0.05, 0.74), (0.4, 1.2), (0.05, 1.2)]
    for half in (upper, lower):
        _polygon(model, 0.06, [(side * y, z) for y, z in half], _RED)
    _add_back(model, [(-0.5, 0.7), (-0.5, 1.7), (0.5, 1.7), (0.5, 0.7)][::-1])


def _board(
    model: MeshBuilder, x_m: float, y_m: tuple[float, float], z_m: tuple[float, float], tint: Color
) -> None:
    (y0, y1), (z0, z1) = y_m, z_m
    _polygon(model, x_m, [(y0, z0), (y1, z0), (y1, z1), (y0, z1)], tint)


def _polygon(
    model: MeshBuilder, x_m: float, corners: list[tuple[float, float]], tint: Color
) -> None:
    """Add a flat convex shape that faces +x, from corners (y, z) in any turn."""
    flat = np.array(corners)
    flat = flat if _turns_left(flat) else flat[::-1]
    points = np.column_stack([np.full(len(flat), x_m), flat])
    fan = [points[[0, k, k + 1]] for k in range(1, len(points) - 1)]
    model.triangles(np.concatenate(fan), (1.0, 0.0, 0.0), tint)


def _add_back(model: MeshBuilder, corners: list[tuple[float, float]]) -> None:
    flat = np.array(corners)
    points = np.column_stack([np.full(len(flat), 0.03), flat])
    if _turns_left(flat):
        points = points[::-1]
    fan = [points[[0, k, k + 1]] for k in range(1, len(points) - 1)]
    model.triangles(np.concatenate(fan), (-1.0, 0.0, 0.0), _BACK)


def _turns_left(flat: NDArray[np.float64]) -> bool:
    """Whether the corners of a flat convex shape go counter-clockwise."""
    (x1, y1), (x2, y2) = flat[1] - flat[0], flat[2] - flat[0]
    return bool(x1 * y2 > x2 * y1)
