# SPDX-License-Identifier: Apache-2.0
"""What lies beside roads out of town: verges, guard rails, marker posts, woods and hills."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from simlingo_sim.camera.layout import StreetLayout
from simlingo_sim.camera.mesh import Color, Layer, Mesh, MeshBuilder, place

VERGE_M = 1.2
BORDER_STEP_M = 4.0
LAND_Z_M = 0.10
RAIL_BEYOND_BORDER_M = 0.9
RAIL_Z_M = (0.45, 0.78)
RAIL_POST_STEP_M = 4.0
RAIL_HALF_WIDTH_M = 0.06
POST_STEP_M = 25.0
POST_BEYOND_BORDER_M = 0.8
CLEAR_OF_MOTORWAY_M = 9.0
HILL_CELL_M = 40.0
HILL_REACH_M = 420.0
# Between these distances from pavement and buildings the land rises to its full height.
HILL_FOOT_M, HILL_TOP_M = 45.0, 260.0
BELOW_LAND_M = 0.6
WOODS_PER_KM2 = 4000.0
_GRAVEL: Color = (0.50, 0.47, 0.40)
_STEEL: Color = (0.66, 0.68, 0.70)
_WHITE: Color = (0.93, 0.93, 0.92)
_BLACK: Color = (0.05, 0.05, 0.05)


def draw_verges(layout: StreetLayout) -> Mesh:
    """Return the mesh of gravel that rises from the border of the road to the land."""
    mesh = MeshBuilder()
    if layout.open_land.is_empty:
        return mesh.build()
    shapely.prepare(layout.open_land)
    for ring in border_rings(layout):
        points = shapely.get_coordinates(ring)[:-1]
        outer = points + _outward(points) * VERGE_M
        is_open = shapely.contains_xy(layout.open_land, *points.T)
        is_open |= np.roll(is_open, -1)
        low = np.column_stack([points, np.zeros(len(points))])
        high = np.column_stack([outer, np.full(len(points), LAND_Z_M)])
        corners = [high, np.roll(high, -1, axis=0), np.roll(low, -1, axis=0), low]
        mesh.add(_quads(np.stack(corners, axis=1)[is_open], _GRAVEL))
    return mesh.build()


def _quads(corners_m: NDArray[np.float64], tint: Color) -> Mesh:
    """Return flat quadrilaterals, counter-clockwise from outside, from corners (n, 4, 3)."""
    normals = np.cross(corners_m[:, 2] - corners_m[:, 0], corners_m[:, 3] - corners_m[:, 1])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12
    mesh = MeshBuilder()
    points = corners_m[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)
    mesh.triangles(points, np.repeat(normals, 6, axis=0), tint)
    return mesh.build()


def verge_area(layout: StreetLayout) -> BaseGeometry:
    """Return what the verges cover, seen from above."""
    return layout.road.buffer(VERGE_M).intersection(layout.open_land).difference(layout.road)


def border_rings(layout: StreetLayout) -> list[shapely.LinearRing]:
    """Return the borders of the road, the road to the left of each.

    Out of town they are cut short, so that verges and kerbs meet.
    """
    rings: list[shapely.LinearRing] = []
    road = layout.road
    if not layout.open_land.is_empty:
        road = shapely.segmentize(road, BORDER_STEP_M)
    for piece in shapely.get_parts(road):
        oriented = shapely.geometry.polygon.orient(piece)
        rings += [oriented.exterior, *oriented.interiors]
    return rings


def _outward(points_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return at each corner of a ring the unit vector to its right, shape (n, 2)."""
    along = np.roll(points_m, -1, axis=0) - np.roll(points_m, 1, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    return np.column_stack([along[:, 1], -along[:, 0]])


def rail_lines(layout: StreetLayout) -> tuple[shapely.LineString, ...]:
    """Return where guard rails run: on both sides of motorways."""
    if layout.motorway.is_empty:
        return ()
    others = layout.road.difference(layout.motorway.buffer(1.0)).buffer(12.0)
    near = layout.motorway.buffer(3.0).difference(others)
    outline = layout.road.buffer(RAIL_BEYOND_BORDER_M).simplify(0.1).boundary
    pieces = shapely.get_parts(shapely.line_merge(outline.intersection(near)))
    return tuple(piece for piece in pieces if piece.length > 8.0)


def rail_outlines(layout: StreetLayout) -> tuple[shapely.Polygon, ...]:
    """Return the guard rails as things that can be hit, in map."""
    return tuple(
        line.buffer(RAIL_HALF_WIDTH_M, cap_style='flat', join_style='mitre')
        for line in rail_lines(layout)
    )


def draw_rails(layout: StreetLayout) -> tuple[Mesh, Mesh]:
    """Return the meshes of guard rails, fine with posts and coarse without."""
    beams = MeshBuilder()
    places = [np.zeros((0, 2))]
    low, high = RAIL_Z_M
    for line in rail_lines(layout):
        points = shapely.get_coordinates(line)
        foot, top = (np.column_stack([points, np.full(len(points), z)]) for z in (low, high))
        face = np.stack([foot[:-1], foot[1:], top[1:], top[:-1]], axis=1)
        beams.add(_quads(face, _STEEL))
        beams.add(_quads(face[:, ::-1], _STEEL))
        at = np.arange(RAIL_POST_STEP_M / 2, line.length, RAIL_POST_STEP_M)
        places.append(shapely.get_coordinates(shapely.line_interpolate_point(line, at)))
    post = MeshBuilder()
    post.box((-0.05, -0.05, 0.0), (0.05, 0.05, high), (0.45, 0.46, 0.48))
    x, y = np.concatenate(places).T
    coarse = beams.build()
    return np.concatenate([coarse, place(post.build(), x, y, np.zeros(len(x)))]), coarse


def draw_marker_posts(layout: StreetLayout) -> tuple[Mesh, Mesh]:
    """White posts along country roads, fine and coarse."""
    country = layout.open_land.difference(layout.motorway.buffer(6.0))
    outline = layout.road.buffer(POST_BEYOND_BORDER_M).boundary.intersection(country)
    places = [
        shapely.get_coordinates(
            shapely.line_interpolate_point(piece, np.arange(5.0, piece.length, POST_STEP_M))
        )
        for piece in shapely.get_parts(shapely.line_merge(outline))
        if piece.length > 10.0
    ]
    if not places:
        return MeshBuilder().build(), MeshBuilder().build()
    x, y = np.concatenate(places).T
    yaw = np.zeros(len(x))
    return place(_marker_post(), x, y, yaw, 0.05), place(_marker_post(True), x, y, yaw, 0.05)


def _marker_post(is_coarse: bool = False) -> Mesh:
    model = MeshBuilder()
    if is_coarse:
        model.box((-0.07, -0.07, 0.0), (0.07, 0.07, 1.05), _WHITE)
        return model.build()
    model.rod((0, 0, 0), (0, 0, 0.7), 0.065, _WHITE, 5, has_caps=False)
    model.rod((0, 0, 0.7), (0, 0, 0.95), 0.067, _BLACK, 5, has_caps=False)
    model.rod((0, 0, 0.95), (0, 0, 1.05), 0.065, _WHITE, 5)
    return model.build()


class Hills:
    """The height of the land around a town; the same for every seed.

    Args:
        flat: where people live and drive.
        height_m: of the highest hills.
    """

    def __init__(self, flat: BaseGeometry, height_m: float) -> None:
        self._flat, self._height_m = flat, height_m
        shapely.prepare(flat)

    def z_m(self, points_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the height at places, shape (n, 2); negative where the land is flat."""
        away = shapely.distance(self._flat, shapely.points(points_m))
        rise = np.clip((away - HILL_FOOT_M) / (HILL_TOP_M - HILL_FOOT_M), 0.0, 1.0)
        rise = rise * rise * (3.0 - 2.0 * rise)
        x, y = points_m.T / 100.0
        waves = (
            np.sin(0.9 * x + 0.4 * y + 1.0)
            + 0.7 * np.sin(-0.6 * x + 1.3 * y + 2.2)
            + 0.45 * np.sin(2.1 * x + 1.7 * y + 0.3)
        )
        share = 0.3 + 0.7 * np.clip(0.5 + waves / 4.3, 0.0, 1.0)
        return np.asarray(self._height_m * rise * share - BELOW_LAND_M)

    def draw(self, tint: NDArray[np.float64]) -> Mesh:
        """Return the hills as a grid of meadows."""
        x0, y0, x1, y1 = self._flat.bounds
        xs = np.arange(x0 - HILL_REACH_M, x1 + HILL_REACH_M, HILL_CELL_M)
        ys = np.arange(y0 - HILL_REACH_M, y1 + HILL_REACH_M, HILL_CELL_M)
        grid = np.stack(np.meshgrid(xs, ys, indexing='ij'), axis=-1)
        z = self.z_m(grid.reshape(-1, 2)).reshape(grid.shape[:2])
        points = np.concatenate([grid, z[..., None]], axis=-1)
        slope_x, slope_y = np.gradient(z, HILL_CELL_M)
        normals = np.stack([-slope_x, -slope_y, np.ones_like(z)], axis=-1)
        normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
        order = [(0, 0), (1, 0), (1, 1), (0, 0), (1, 1), (0, 1)]
        rows, columns = len(xs) - 1, len(ys) - 1
        corners, upright = (
            np.stack([values[i : i + rows, j : j + columns] for i, j in order], axis=2)
            for values in (points, normals)
        )
        is_seen = corners[..., 2].max(axis=2) > LAND_Z_M - 0.05
        corners, upright = corners[is_seen].reshape(-1, 3), upright[is_seen].reshape(-1, 3)
        mesh = MeshBuilder()
        mesh.triangles(corners, upright, tint, corners[:, :2] * 0.07, Layer.GRASS)
        return mesh.build()


def place_woods(flat: BaseGeometry, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return where trees of woods stand, in patches clear of roads and houses, shape (n, 2)."""
    x0, y0, x1, y1 = flat.bounds
    reach = HILL_REACH_M * 0.6
    low, high = np.array([x0, y0]) - reach, np.array([x1, y1]) + reach
    count = round(float(np.prod(high - low)) * 1e-6 * WOODS_PER_KM2)
    places = rng.uniform(low, high, (count, 2))
    x, y = places.T / 100.0
    patch = np.sin(1.7 * x + 0.8 * y) + np.sin(-1.1 * x + 2.3 * y + 1.0)
    places = places[patch > 0.8]
    away = shapely.distance(flat, shapely.points(places))
    return np.asarray(places[away > 12.0])
