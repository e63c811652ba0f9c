# SPDX-License-Identifier: Apache-2.0
"""Models of dogs and of objects on and beside roads: barriers, construction signs, billboards.

x forward, origin at the centre on the ground.
"""

from __future__ import annotations

import math

import numpy as np

from simlingo_sim.camera.mesh import FINE_SIDES, POSTERS_LAYER, Color, Mesh, MeshBuilder, Part
from simlingo_sim.camera.posters import POSTERS, poster_uv

_RED: Color = (0.82, 0.04, 0.05)
_WHITE: Color = (0.96, 0.96, 0.95)
_YELLOW: Color = (0.98, 0.75, 0.05)
_BLACK: Color = (0.05, 0.05, 0.05)
_STEEL: Color = (0.45, 0.46, 0.48)


def dog_model(most_sides: int = FINE_SIDES) -> Mesh:
    """Return a dog whose legs swing with its gait."""
    mesh = MeshBuilder(most_sides)
    fur = (0.42, 0.28, 0.16)
    mesh.ball((-0.02, 0, 0.42), (0.32, 0.12, 0.13), fur, 8, 5)
    mesh.ball((0.34, 0, 0.56), (0.12, 0.085, 0.09), fur, 7, 5)
    mesh.box((0.38, -0.04, 0.48), (0.47, 0.04, 0.55), _BLACK)
    for side in (-1.0, 1.0):
        mesh.box((0.27, side * 0.07 - 0.02, 0.6), (0.33, side * 0.07 + 0.02, 0.68), fur)
    mesh.rod((-0.3, 0, 0.47), (-0.45, 0, 0.64), 0.03, fur, 5, 0.015)
    for x, y, part in (
        (0.2, 0.08, Part.LEFT_LEG),
        (0.2, -0.08, Part.RIGHT_LEG),
        (-0.22, 0.08, Part.RIGHT_LEG),
        (-0.22, -0.08, Part.LEFT_LEG),
    ):
        leg = MeshBuilder(most_sides)
        leg.rod((x, y, 0.4), (x, y, 0.0), 0.045, fur, 5, 0.035, has_caps=False)
        rows = leg.build()
        rows[:, 9], rows[:, 10], rows[:, 12] = x, 0.4, part
        mesh.add(rows)
    return mesh.build()


def barrier_model() -> Mesh:
    """Return a barrier with slanted red and white stripes, 1 m high."""
    mesh = MeshBuilder()
    for y in (-0.75, 0.75):
        mesh.box((-0.25, y - 0.05, 0.0), (0.25, y + 0.05, 0.08), _BLACK)
        mesh.box((-0.04, y - 0.04, 0.08), (0.04, y + 0.04, 1.0), _STEEL)
    for z in (0.35, 0.72):
        mesh.box((-0.03, -0.9, z), (0.03, 0.9, z + 0.26), _WHITE)
        for facing in (-1.0, 1.0):
            for k in range(5):
                y = -0.9 + 0.36 * k
                stripe = [(y, z), (y + 0.18, z), (y + 0.30, z + 0.26), (y + 0.12, z + 0.26)]
                points = [(0.036 * facing, min(a, 0.9), b) for a, b in stripe]
                mesh.quad(points if facing > 0 else points[::-1], _RED)
    return mesh.build()


def construction_sign_model() -> Mesh:
    """Return a yellow diamond with a digging person, seen from both sides."""
    mesh = MeshBuilder()
    mesh.rod((0, 0, 0.0), (0, 0, 0.7), 0.04, _STEEL, 5)
    mesh.box((-0.3, -0.3, 0.0), (0.3, 0.3, 0.06), _BLACK)
    for facing in (-1.0, 1.0):
        for radius, x, tint in ((0.6, 0.03, _BLACK), (0.54, 0.04, _YELLOW)):
            angles = np.arange(4) * math.pi / 2
            points = [
                (x * facing, radius * math.cos(a), 1.1 + radius * math.sin(a)) for a in angles
            ]
            mesh.quad(points if facing > 0 else points[::-1], tint)
        x = 0.05 * facing
        for shape in (
            [(-0.02, 1.22), (0.12, 1.22), (0.12, 1.36), (-0.02, 1.36)],
            [(-0.12, 0.98), (0.02, 0.94), (0.12, 1.18), (-0.02, 1.22)],
            [(-0.26, 0.78), (-0.16, 0.78), (0.0, 0.98), (-0.12, 1.0)],
            [(0.04, 0.78), (0.14, 0.78), (0.04, 1.0), (-0.06, 0.98)],
            [(0.16, 0.78), (0.36, 0.78), (0.28, 0.92), (0.22, 0.92)],
        ):
            points = [(x, y, z) for y, z in shape]
            mesh.quad(points if facing > 0 else points[::-1], _BLACK)
    return mesh.build()


def billboard_model(poster: int) -> Mesh:
    """Return a poster on two posts, 3.8 m high, that faces +x."""
    mesh = MeshBuilder()
    for y in (-0.9, 0.9):
        mesh.box((-0.1, y - 0.08, 0.0), (0.06, y + 0.08, 2.4), _STEEL)
    mesh.box((-0.12, -1.3, 2.35), (0.1, 1.3, 3.8), (0.2, 0.2, 0.22))
    u0, v0, u1, v1 = poster_uv(poster % len(POSTERS))
    corners = [(0.15, -1.25, 2.43), (0.15, 1.25, 2.43), (0.15, 1.25, 3.72), (0.15, -1.25, 3.72)]
    uv = [(u0, v0), (u1, v0), (u1, v1), (u0, v1)]
    mesh.quad(corners, (1.0, 1.0, 1.0), uv, POSTERS_LAYER)
    return mesh.build()
