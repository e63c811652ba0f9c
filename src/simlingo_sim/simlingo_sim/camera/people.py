# SPDX-License-Identifier: Apache-2.0
"""Models of pedestrians, cones and warning signs."""

from __future__ import annotations

import math

import numpy as np

from simlingo_sim.camera.mesh import FINE_SIDES, Color, Mesh, MeshBuilder, Part

HIP_M = 0.9
SHOULDER_M = 1.42
_ORANGE: Color = (0.98, 0.36, 0.03)
_WHITE: Color = (0.96, 0.96, 0.95)
_RED: Color = (0.82, 0.04, 0.05)


def pedestrian_model(variant: int, most_sides: int = FINE_SIDES) -> Mesh:
    """Return the mesh of a pedestrian of 1.75 m; variants differ in hair, skin and trousers."""
    rng = np.random.default_rng(variant)
    skin = ((0.87, 0.68, 0.55), (0.72, 0.52, 0.38), (0.45, 0.30, 0.22))[variant % 3]
    hair = ((0.12, 0.08, 0.06), (0.40, 0.26, 0.12), (0.62, 0.60, 0.58), (0.78, 0.60, 0.30))[
        variant % 4
    ]
    trousers = ((0.13, 0.16, 0.32), (0.14, 0.14, 0.15), (0.48, 0.42, 0.32))[int(rng.integers(3))]
    mesh = MeshBuilder(most_sides)
    for side, leg, arm in (
        (1.0, Part.LEFT_LEG, Part.LEFT_ARM),
        (-1.0, Part.RIGHT_LEG, Part.RIGHT_ARM),
    ):
        mesh.add(_leg(side, leg, trousers, most_sides))
        mesh.add(_arm(side, arm, skin, most_sides))
    mesh.ball((0, 0, 0.95), (0.15, 0.19, 0.15), trousers, 7, 3)
    mesh.rod((0, 0, 0.93), (0, 0, 1.46), 0.165, (1, 1, 1), 7, 0.2, part=Part.PAINT, has_caps=False)
    mesh.ball((0, 0, 1.44), (0.15, 0.22, 0.09), (1, 1, 1), 7, 3, part=Part.PAINT)
    mesh.rod((0, 0, 1.45), (0, 0, 1.55), 0.06, skin, 6, has_caps=False)
    mesh.ball((0.01, 0, 1.62), (0.11, 0.1, 0.13), skin, 7, 5)
    mesh.ball((-0.025, 0, 1.66), (0.115, 0.112, 0.1), hair, 7, 4)
    if variant % 2:
        mesh.box((-0.27, -0.15, 1.08), (-0.13, 0.15, 1.42), (0.22, 0.20, 0.28))
    return mesh.build()


def _leg(side: float, part: Part, trousers: Color, most_sides: int) -> Mesh:
    leg = MeshBuilder(most_sides)
    y = side * 0.1
    leg.rod((0, y, HIP_M + 0.05), (0, y, 0.45), 0.1, trousers, 6, 0.075, has_caps=False)
    leg.rod((0, y, 0.47), (0, y, 0.06), 0.075, trousers, 6, 0.055, has_caps=False)
    leg.box((-0.09, y - 0.055, 0.0), (0.17, y + 0.055, 0.1), (0.08, 0.07, 0.07))
    return _hang(leg.build(), part, HIP_M)


def _arm(side: float, part: Part, skin: Color, most_sides: int) -> Mesh:
    sleeve, hand = MeshBuilder(most_sides), MeshBuilder(most_sides)
    y = side * 0.255
    sleeve.rod(
        (0, y, SHOULDER_M), (0, y * 1.06, 1.0), 0.06, (0.92, 0.92, 0.92), 5, 0.05, has_caps=False
    )
    hand.ball((0, y * 1.06, 0.95), (0.045, 0.04, 0.07), skin, 5, 3)
    hand_part = Part.LEFT_HAND if part is Part.LEFT_ARM else Part.RIGHT_HAND
    pieces = [_hang(sleeve.build(), part, SHOULDER_M), _hang(hand.build(), hand_part, SHOULDER_M)]
    return np.concatenate(pieces)


def _hang(rows: Mesh, part: Part, pivot_z_m: float) -> Mesh:
    """Return the rows as a part that the shader swings about a joint at (x=0, z)."""
    hung = rows.copy()
    hung[:, 9], hung[:, 10], hung[:, 12] = 0.0, pivot_z_m, part
    return hung


def cone_model() -> Mesh:
    """Return the mesh of an orange traffic cone with white bands, 0.78 m high."""
    mesh = MeshBuilder()
    mesh.box((-0.24, -0.24, 0), (0.24, 0.24, 0.06), (0.16, 0.15, 0.15))
    radii = np.interp([0.06, 0.28, 0.44, 0.52, 0.64, 0.78], [0.06, 0.78], [0.19, 0.035])
    heights = (0.06, 0.28, 0.44, 0.52, 0.64, 0.78)
    tints = (_ORANGE, _WHITE, _ORANGE, _WHITE, _ORANGE)
    for k, tint in enumerate(tints):
        mesh.rod((0, 0, heights[k]), (0, 0, heights[k + 1]), radii[k], tint, 10, radii[k + 1])
    return mesh.build()


def warning_sign_model() -> Mesh:
    """Return the mesh of a barrier board under a red triangle, 1.6 m high, with two faces."""
    mesh = MeshBuilder()
    for y in (-0.55, 0.55):
        mesh.rod((0, y, 0), (0, y, 0.95), 0.03, (0.3, 0.3, 0.3), 5)
        mesh.box((-0.28, y - 0.06, 0), (0.28, y + 0.06, 0.07), (0.15, 0.15, 0.15))
    count = 7
    width = 1.4 / count
    for facing in (1.0, -1.0):
        for k in range(count):
            y0 = -0.7 + k * width
            tint = _RED if k % 2 == 0 else _WHITE
            board = [(0.03 * facing, y0, 0.55), (0.03 * facing, y0 + width, 0.55)]
            board += [(0.03 * facing, y0 + width, 0.95), (0.03 * facing, y0, 0.95)]
            mesh.quad(board if facing > 0 else board[::-1], tint)
        for radius, x, tint in ((0.46, 0.03, _RED), (0.29, 0.045, _WHITE)):
            _triangle(mesh, radius, x * facing, tint)
        mark = [(0.06 * facing, y, z) for y, z in ((-0.03, 1.16), (0.03, 1.16), (0.04, 1.4))]
        mark.append((0.06 * facing, -0.04, 1.4))
        mesh.quad(mark if facing > 0 else mark[::-1], (0.05, 0.05, 0.05))
    mesh.rod((0, 0, 0.9), (0, 0, 1.1), 0.03, (0.3, 0.3, 0.3), 5)
    return mesh.build()


def _triangle(mesh: MeshBuilder, radius_m: float, x_m: float, tint: Color) -> None:
    angles = math.pi / 2 + np.arange(3) * 2 * math.pi / 3
    corners = [(x_m, radius_m * math.cos(a), 1.25 + radius_m * math.sin(a)) for a in angles]
    normal = (math.copysign(1.0, x_m), 0.0, 0.0)
    mesh.triangles(corners if x_m > 0 else corners[::-1], normal, tint)
