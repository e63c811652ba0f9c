# SPDX-License-Identifier: Apache-2.0
"""Model of a bicycle and its rider; x forward, origin at the centre on the ground."""

from __future__ import annotations

import math

import numpy as np

from simlingo_sim.camera.mesh import FINE_SIDES, Color, Mesh, MeshBuilder, Part

_PAINT: Color = (1.0, 1.0, 1.0)
_TRIM: Color = (0.07, 0.07, 0.08)
_TYRE: Color = (0.045, 0.045, 0.05)


def bicycle_model(most_sides: int = FINE_SIDES) -> Mesh:
    """Return the mesh of a bicycle with its rider, whose legs move."""
    mesh = MeshBuilder(most_sides)
    for x in (-0.53, 0.53):
        _add_ring(mesh, (x, 0.0, 0.35), 0.35, 0.29)
    frame = (0.85, 0.85, 0.85)
    hub, seat, head, crank = (-0.53, 0, 0.35), (-0.25, 0, 0.9), (0.36, 0, 0.92), (-0.08, 0, 0.32)
    for start, end in ((hub, seat), (hub, crank), (seat, head), (crank, head), (crank, seat)):
        mesh.rod(start, end, 0.03, frame, 5, has_caps=False, part=Part.PAINT)
    mesh.rod((0.53, 0, 0.35), (0.36, 0, 1.02), 0.03, (0.3, 0.3, 0.3), 5, has_caps=False)
    mesh.rod((0.36, -0.28, 1.04), (0.36, 0.28, 1.04), 0.022, _TRIM, 5)
    mesh.box((-0.38, -0.09, 0.92), (-0.12, 0.09, 0.99), _TRIM)
    reflector = [(-0.42, 0.06, 0.72), (-0.42, -0.06, 0.72)]
    mesh.quad([*reflector, (-0.42, -0.06, 0.84), (-0.42, 0.06, 0.84)], (0.8, 0.05, 0.05))
    _add_rider(mesh)
    return mesh.build()


def _add_ring(
    mesh: MeshBuilder, centre: tuple[float, float, float], outer_m: float, inner_m: float
) -> None:
    count = min(14, mesh.most_sides + 3)
    angles = np.linspace(0, 2 * math.pi, count + 1)
    spokes = np.stack([np.cos(angles), np.zeros(count + 1), np.sin(angles)], axis=1)
    outer, inner = np.array(centre) + outer_m * spokes, np.array(centre) + inner_m * spokes
    half = np.array([0.0, 0.025, 0.0])
    for k in range(count):
        face = [inner[k], outer[k], outer[k + 1], inner[k + 1]]
        mesh.quad([p - half for p in face], _TYRE)
        mesh.quad([p + half for p in face[::-1]], _TYRE)
        tread = [outer[k] - half, outer[k] + half, outer[k + 1] + half, outer[k + 1] - half]
        mesh.quad(tread, _TYRE)


def _add_rider(mesh: MeshBuilder) -> None:
    skin, trousers = (0.80, 0.62, 0.50), (0.16, 0.17, 0.24)
    pivot = (-0.22, 0.98)
    for side, part in ((1.0, Part.LEFT_LEG), (-1.0, Part.RIGHT_LEG)):
        leg = MeshBuilder(mesh.most_sides)
        leg.rod((-0.2, side * 0.1, 0.98), (0.14, side * 0.1, 0.68), 0.085, trousers, 6, 0.065)
        leg.rod((0.14, side * 0.1, 0.68), (-0.02, side * 0.1, 0.26), 0.065, trousers, 6, 0.05)
        leg.box((-0.08, side * 0.1 - 0.05, 0.2), (0.14, side * 0.1 + 0.05, 0.28), _TRIM)
        rows = leg.build()
        rows[:, 9:11], rows[:, 12] = pivot, part
        mesh.add(rows)
        arm_start, arm_end = (0.12, side * 0.21, 1.38), (0.36, side * 0.26, 1.08)
        mesh.rod(arm_start, arm_end, 0.05, _PAINT, 5, part=Part.PAINT)
    mesh.rod((-0.22, 0, 0.95), (0.1, 0, 1.46), 0.17, _PAINT, 8, 0.2, part=Part.PAINT)
    mesh.ball((0.18, 0, 1.62), (0.11, 0.1, 0.13), skin, 8, 5)
    mesh.ball((0.16, 0, 1.70), (0.15, 0.12, 0.1), (0.9, 0.9, 0.88), 8, 4)
