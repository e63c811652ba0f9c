# SPDX-License-Identifier: Apache-2.0
"""Meshes as arrays of triangles, and a builder for simple solids.

A mesh is a float32 array of shape (3 n, 13), three rows per triangle, counter-clockwise from
outside: position (3, metres), normal (3), tint (3, 0 to 1), texture u, v, layer (3), part (1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import IntEnum

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

STRIDE = 13
Mesh = NDArray[np.float32]
Color = tuple[float, float, float]
_TWO_TRIANGLES = [0, 1, 2, 0, 2, 3]


class Part(IntEnum):
    """How the shader treats a triangle beyond light and texture."""

    PLAIN = 0
    PAINT = 1
    BRAKE_LAMP = 2
    LEFT_BLINKER = 3
    RIGHT_BLINKER = 4
    GLASS = 5
    LEFT_LEG = 6
    RIGHT_LEG = 7
    LEFT_ARM = 8
    RIGHT_ARM = 9
    LEFT_HAND = 10
    RIGHT_HAND = 11
    GLOW = 12
    LEFT_BLUE_LIGHT = 13
    RIGHT_BLUE_LIGHT = 14
    LEFT_DOOR = 15
    RIGHT_DOOR = 16
    HEADLAMP = 17


class Layer(IntEnum):
    """Layers of the texture array."""

    WHITE = 0
    ASPHALT = 1
    GRASS = 2
    PAVEMENT = 3
    LEAVES = 4
    ROOF = 5
    SIGNS = 6
    FACADE = 7


FACADES = 8
FINE_SIDES = 64
COARSE_SIDES = 5
POSTERS_LAYER = Layer.FACADE + FACADES
LAYERS = POSTERS_LAYER + 1


class MeshBuilder:
    """Collects triangles; every method takes metres and a tint of 0 to 1.

    Args:
        most_sides: upper limit for the sides of round things; few sides make coarse models.
    """

    def __init__(self, most_sides: int = FINE_SIDES) -> None:
        self._pieces: list[Mesh] = []
        self.most_sides = most_sides

    def build(self) -> Mesh:
        """Return all triangles, shape (3 n, 13)."""
        if not self._pieces:
            return np.zeros((0, STRIDE), np.float32)
        return np.concatenate(self._pieces)

    def add(self, mesh: Mesh) -> None:
        """Add the triangles of another mesh."""
        self._pieces.append(mesh)

    def triangles(
        self,
        points_m: ArrayLike,
        normals: ArrayLike,
        tint: ArrayLike,
        uv: ArrayLike | None = None,
        layer: int = Layer.WHITE,
        part: int = Part.PLAIN,
    ) -> None:
        """Add triangles; ``points_m`` has shape (3 n, 3), the rest broadcasts to its rows."""
        points = np.asarray(points_m, np.float32).reshape(-1, 3)
        rows = np.zeros((len(points), STRIDE), np.float32)
        rows[:, 0:3], rows[:, 3:6], rows[:, 6:9] = points, normals, tint
        if uv is not None:
            rows[:, 9:11] = uv
        rows[:, 11], rows[:, 12] = layer, part
        self._pieces.append(rows)

    def quad(
        self,
        corners_m: ArrayLike,
        tint: ArrayLike,
        uv: ArrayLike | None = None,
        layer: int = Layer.WHITE,
        part: int = Part.PLAIN,
    ) -> None:
        """Add one flat quadrilateral, counter-clockwise from outside; shape (4, 3)."""
        corners = np.asarray(corners_m, np.float64)
        normal = np.cross(corners[2] - corners[0], corners[3] - corners[1])
        normal = normal / (np.linalg.norm(normal) + 1e-12)
        texture = None if uv is None else np.asarray(uv)[_TWO_TRIANGLES]
        self.triangles(corners[_TWO_TRIANGLES], normal, tint, texture, layer, part)

    def polygon(
        self,
        area: BaseGeometry,
        z_m: float,
        tint: ArrayLike,
        layer: int = Layer.WHITE,
        uv_per_m: float = 0.25,
    ) -> None:
        """Add a level area seen from above."""
        if area.is_empty:
            return
        pieces = shapely.get_parts(shapely.constrained_delaunay_triangles(area))
        if len(pieces) == 0:
            return
        corners = shapely.get_coordinates(pieces).reshape(-1, 4, 2)[:, :3]
        edges = corners[:, 1:] - corners[:, :1]
        clockwise = edges[:, 0, 0] * edges[:, 1, 1] < edges[:, 0, 1] * edges[:, 1, 0]
        corners[clockwise] = corners[clockwise][:, ::-1]
        flat = corners.reshape(-1, 2)
        points = np.column_stack([flat, np.full(len(flat), z_m)])
        self.triangles(points, (0, 0, 1), tint, flat * uv_per_m, layer)

    def box(
        self,
        low_m: Sequence[float],
        high_m: Sequence[float],
        tint: ArrayLike,
        taper_m: tuple[float, float, float, float] = (0, 0, 0, 0),
        part: int = Part.PLAIN,
    ) -> None:
        """Add a box without its bottom; its top shrinks by front, back, left, right."""
        (x0, y0, z0), (x1, y1, z1) = low_m, high_m
        front, back, left, right = taper_m
        base = [(x0, y0, z0), (x1, y0, z0), (x1, y1, z0), (x0, y1, z0)]
        top = [
            (x0 + back, y0 + right, z1),
            (x1 - front, y0 + right, z1),
            (x1 - front, y1 - left, z1),
            (x0 + back, y1 - left, z1),
        ]
        for i in range(4):
            j = (i + 1) % 4
            self.quad([base[i], base[j], top[j], top[i]], tint, part=part)
        self.quad(top, tint, part=part)

    def rod(
        self,
        start_m: ArrayLike,
        end_m: ArrayLike,
        radius_m: float,
        tint: ArrayLike,
        sides: int = 6,
        end_radius_m: float | None = None,
        part: int = Part.PLAIN,
        has_caps: bool = True,
    ) -> None:
        """Add a round rod (a cone where ``end_radius_m`` differs)."""
        sides = min(sides, self.most_sides)
        start, end = np.asarray(start_m, np.float64), np.asarray(end_m, np.float64)
        axis = (end - start) / np.linalg.norm(end - start)
        helper = np.eye(3)[int(np.argmin(np.abs(axis)))]
        across = np.cross(axis, helper)
        across /= np.linalg.norm(across)
        up = np.cross(axis, across)
        angles = np.linspace(0, 2 * math.pi, sides + 1)
        spokes = np.cos(angles)[:, None] * across + np.sin(angles)[:, None] * up
        ring0 = start + radius_m * spokes
        ring1 = end + (radius_m if end_radius_m is None else end_radius_m) * spokes
        corners = np.stack([ring0[:-1], ring0[1:], ring1[1:], ring1[:-1]], axis=1)
        normals = np.stack([spokes[:-1], spokes[1:], spokes[1:], spokes[:-1]], axis=1)
        pick = corners[:, _TWO_TRIANGLES].reshape(-1, 3)
        self.triangles(pick, normals[:, _TWO_TRIANGLES].reshape(-1, 3), tint, part=part)
        if not has_caps:
            return
        for centre, ring, normal in ((start, ring0[::-1], -axis), (end, ring1, axis)):
            fan = np.stack([np.broadcast_to(centre, ring[1:].shape), ring[:-1], ring[1:]], axis=1)
            self.triangles(fan.reshape(-1, 3), normal, tint, part=part)

    def ball(
        self,
        centre_m: ArrayLike,
        radius_m: ArrayLike,
        tint: ArrayLike,
        around: int = 8,
        along: int = 5,
        layer: int = Layer.WHITE,
        part: int = Part.PLAIN,
    ) -> None:
        """Add an ellipsoid; ``radius_m`` is one number or one per axis."""
        around, along = min(around, self.most_sides), min(along, self.most_sides - 2)
        polar = np.linspace(0, math.pi, along + 1)[:, None]
        turn = np.linspace(0, 2 * math.pi, around + 1)[None]
        grid = np.stack(
            [
                np.sin(polar) * np.cos(turn),
                np.sin(polar) * np.sin(turn),
                np.cos(polar) * np.ones_like(turn),
            ],
            axis=-1,
        )
        cells = np.stack(
            [grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]], axis=2
        ).reshape(-1, 4, 3)
        # At the poles one of the two triangles has no area.
        pairs = cells[:, _TWO_TRIANGLES].reshape(-1, 2, 3, 3)
        rank = np.repeat(np.arange(along), around)
        keep = np.stack([rank < along - 1, rank > 0], axis=1)
        unit = pairs[keep].reshape(-1, 3)
        uv = np.column_stack([unit[:, 0] - unit[:, 1], unit[:, 2] + 0.4 * unit[:, 0]]) * 1.5
        self.triangles(
            np.asarray(centre_m) + unit * radius_m, unit, tint, uv, layer=layer, part=part
        )

    def disc(
        self,
        centre_m: ArrayLike,
        radius_m: float,
        tint: ArrayLike,
        sides: int = 12,
        turn_rad: float = 0.0,
        part: int = Part.PLAIN,
    ) -> None:
        """Add a flat disc that faces +x."""
        angles = turn_rad + np.linspace(0, 2 * math.pi, sides + 1)
        ring = np.stack([np.zeros_like(angles), np.cos(angles), np.sin(angles)], axis=1)
        centre = np.asarray(centre_m, np.float64)
        rim = centre + radius_m * ring
        fan = np.stack([np.broadcast_to(centre, rim[1:].shape), rim[:-1], rim[1:]], axis=1)
        self.triangles(fan.reshape(-1, 3), (1, 0, 0), tint, part=part)


def place(
    mesh: Mesh,
    x_m: ArrayLike,
    y_m: ArrayLike,
    yaw_rad: ArrayLike,
    z_m: ArrayLike = 0.0,
    scale: ArrayLike = 1.0,
    tint: ArrayLike | None = None,
) -> Mesh:
    """Return copies of ``mesh`` at many planar poses, joined into one.

    Args:
        mesh: the model around its foot.
        x_m: shape (k,).
        y_m: shape (k,).
        yaw_rad: shape (k,).
        z_m: height of the foot, one number or shape (k,).
        scale: one number, or shape (k, 3) along the model's own axes.
        tint: factor on the colours, shape (k, 3).
    """
    x, y, yaw = (np.atleast_1d(np.asarray(v, np.float32)) for v in (x_m, y_m, yaw_rad))
    scales = np.broadcast_to(np.asarray(scale, np.float32), (len(x), 3))
    copies = np.repeat(mesh[None], len(x), axis=0)
    cos, sin = np.cos(yaw)[:, None], np.sin(yaw)[:, None]
    body = mesh[None, :, 0:3] * scales[:, None]
    copies[..., 0] = cos * body[..., 0] - sin * body[..., 1] + x[:, None]
    copies[..., 1] = sin * body[..., 0] + cos * body[..., 1] + y[:, None]
    copies[..., 2] = body[..., 2] + np.atleast_1d(np.asarray(z_m, np.float32))[:, None]
    normal_x, normal_y = mesh[None, :, 3], mesh[None, :, 4]
    copies[..., 3] = cos * normal_x - sin * normal_y
    copies[..., 4] = sin * normal_x + cos * normal_y
    if tint is not None:
        copies[..., 6:9] *= np.asarray(tint, np.float32)[:, None]
    return copies.reshape(-1, STRIDE)
