# SPDX-License-Identifier: Apache-2.0
"""Surroundings of the streets: buildings, trees and street lamps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from simlingo_sim.camera.drawn_once import drawn_once
from simlingo_sim.camera.furniture import street_lamp_model
from simlingo_sim.camera.layout import StreetLayout
from simlingo_sim.camera.mesh import FACADES, Color, Layer, Mesh, MeshBuilder, place
from simlingo_sim.camera.open_country import (
    CLEAR_OF_MOTORWAY_M,
    Hills,
    place_woods,
    verge_area,
)
from simlingo_sim.camera.trees import coarse_tree, tree_models

FLOOR_M = 3.2
FACADE_WIDTH_M = 12.0
_WALLS: tuple[Color, ...] = (
    (0.86, 0.74, 0.62),
    (0.72, 0.45, 0.36),
    (0.90, 0.88, 0.82),
    (0.62, 0.65, 0.70),
    (0.93, 0.84, 0.60),
    (0.66, 0.74, 0.64),
    (0.80, 0.60, 0.52),
    (0.74, 0.80, 0.86),
)
_AWNINGS: tuple[Color, ...] = ((0.6, 0.1, 0.1), (0.1, 0.3, 0.5), (0.1, 0.4, 0.2), (0.8, 0.6, 0.2))


@dataclass(frozen=True)
class Building:
    """A building, which occludes what is behind it.

    Attributes:
        corners_m: corners on the ground, counter-clockwise, the first side faces the street;
            shape (4, 2).
        height_m: height of the walls.
    """

    corners_m: NDArray[np.float64]
    height_m: float


def _border_points(area: BaseGeometry, step_m: float) -> NDArray[np.float64]:
    """Return points along the borders, with the direction that has free land on its right.

    Returns:
        Position and unit direction, shape (n, 4).
    """
    rows = []
    for piece in shapely.get_parts(area):
        for ring in (piece.exterior, *piece.interiors):
            at = np.arange(0.0, ring.length, step_m)
            here = shapely.get_coordinates(shapely.line_interpolate_point(ring, at))
            ahead = shapely.get_coordinates(
                shapely.line_interpolate_point(ring, (at + 0.5) % ring.length)
            )
            along = ahead - here
            along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
            right = np.column_stack([along[:, 1], -along[:, 0]])
            inside = shapely.contains_xy(area, *(here + right * 0.4).T)
            along[inside] *= -1
            rows.append(np.column_stack([here, along]))
    return np.concatenate(rows)


@drawn_once
def place_buildings(
    layout: StreetLayout, paved: BaseGeometry, rng: np.random.Generator
) -> list[Building]:
    """Return buildings set back from the paved area, without overlap, none on open land."""
    points = _border_points(paved, 9.0)
    empty = shapely.union_all([layout.open_land, layout.islands])
    points = points[~shapely.contains_xy(empty, *points[:, :2].T)]
    rng.shuffle(points)
    keep_out = shapely.union_all([paved.buffer(2.5), empty])
    shapely.prepare(keep_out)
    buildings: list[Building] = []
    shapes: list[Polygon] = []
    centres = np.zeros((0, 2))
    for x, y, dx, dy in points:
        along, away = np.array([dx, dy]), np.array([dy, -dx])
        width, depth = rng.uniform(10, 24), rng.uniform(9, 16)
        setback = rng.choice([3.2, 5.0, 8.0])
        floors = min(rng.choice([2, 2, 3, 3, 4, 5, 7]), layout.landscape.most_floors)
        height = FLOOR_M * floors
        near = np.array([x, y]) + away * setback
        half = along * width / 2
        corners = np.array([near - half, near + half, near + half, near - half])
        corners[2:] += away * depth
        corners = corners[::-1]
        middle = corners.mean(axis=0)
        shape = Polygon(corners)
        if keep_out.intersects(shape):
            continue
        close = np.flatnonzero(np.hypot(*(centres - middle).T) < 35)
        if any(shapes[i].distance(shape) < 1.5 for i in close):
            continue
        shapes.append(shape)
        centres = np.vstack([centres, middle])
        # The street side first: it lies between the last two corners after the turn.
        buildings.append(Building(np.roll(corners, -2, axis=0), float(height)))
    return buildings


def draw_buildings(buildings: list[Building], rng: np.random.Generator) -> Mesh:
    """Return the mesh of buildings: walls with windows, roofs, some shops."""
    mesh = MeshBuilder()
    for building in buildings:
        wall = np.array(_WALLS[rng.integers(len(_WALLS))]) * rng.uniform(0.85, 1.08)
        layer = Layer.FACADE + int(rng.integers(FACADES))
        corners, height = building.corners_m, building.height_m
        for i in range(4):
            start, end = corners[i], corners[(i + 1) % 4]
            length = float(np.linalg.norm(end - start))
            u = max(1, round(length * 2 / FACADE_WIDTH_M)) / 2
            v = height / FLOOR_M / 4
            face = [(*start, 0), (*end, 0), (*end, height), (*start, height)]
            mesh.quad(face, wall, [(0, 0), (u, 0), (u, v), (0, v)], layer)
        if height < FLOOR_M * 3.5 and rng.random() < 0.7:
            _add_gable(mesh, corners, height, wall, rng)
        else:
            _add_flat_roof(mesh, corners, height, wall)
        if height > FLOOR_M * 2.5 and rng.random() < 0.5:
            _add_shop(mesh, corners, _AWNINGS[rng.integers(len(_AWNINGS))])
    return mesh.build()


def _add_flat_roof(
    mesh: MeshBuilder, corners: NDArray[np.float64], height: float, wall: NDArray[np.float64]
) -> None:
    middle = corners.mean(axis=0)
    outer = corners + (corners - middle) * 0.02
    for i in range(4):
        j = (i + 1) % 4
        rim = [(*outer[i], height - 0.1), (*outer[j], height - 0.1)]
        mesh.quad([*rim, (*outer[j], height + 0.6), (*outer[i], height + 0.6)], wall * 0.75)
    mesh.quad([(*c, height + 0.6) for c in outer], (0.5, 0.5, 0.5))


def _add_gable(
    mesh: MeshBuilder,
    corners: NDArray[np.float64],
    height: float,
    wall: NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    tint = ((0.62, 0.32, 0.24), (0.45, 0.42, 0.42), (0.52, 0.38, 0.30))[rng.integers(3)]
    rise = rng.uniform(2.0, 3.5)
    middle = corners.mean(axis=0)
    eaves = corners + (corners - middle) * 0.06
    ridge0, ridge1 = (eaves[0] + eaves[3]) / 2, (eaves[1] + eaves[2]) / 2
    top0, top1 = (*ridge0, height + rise), (*ridge1, height + rise)
    low = height - 0.2
    uv = [(0, 0), (3, 0), (3, 2), (0, 2)]
    mesh.quad([(*eaves[0], low), (*eaves[1], low), top1, top0], tint, uv, Layer.ROOF)
    mesh.quad([(*eaves[2], low), (*eaves[3], low), top0, top1], tint, uv, Layer.ROOF)
    for a, b, top in ((corners[3], corners[0], top0), (corners[1], corners[2], top1)):
        points = np.array([(*a, height - 0.2), (*b, height - 0.2), top])
        normal = np.cross(points[1] - points[0], points[2] - points[0])
        mesh.triangles(points, normal / np.linalg.norm(normal), wall * 0.95)


def _add_shop(mesh: MeshBuilder, corners: NDArray[np.float64], awning: Color) -> None:
    start, end = corners[0], corners[1]
    along = (end - start) / np.linalg.norm(end - start)
    out = np.array([along[1], -along[0]])
    a, b = start + along * 0.6 + out * 0.05, end - along * 0.6 + out * 0.05
    glass = [(*a, 0.12), (*b, 0.12), (*b, 2.5), (*a, 2.5)]
    mesh.quad(glass, (0.2, 0.25, 0.3))
    low = [(*(a + out * 1.1), 2.5), (*(b + out * 1.1), 2.5)]
    mesh.quad([*low, (*b, 3.1), (*a, 3.1)], awning)
    mesh.quad([low[1], low[0], (*a, 2.5), (*b, 2.5)], np.array(awning) * 0.5)


@drawn_once
def place_plants(
    layout: StreetLayout,
    paved: BaseGeometry,
    buildings: list[Building],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return the positions of trees beside the pavement and in woods, shape (n, 2)."""
    points = _border_points(paved, 7.0)
    away = np.column_stack([points[:, 3], -points[:, 2]])
    distance = rng.choice([1.6, 2.0, 14.0, 20.0, 28.0], len(points), p=[0.3, 0.2, 0.2, 0.2, 0.1])
    places = points[:, :2] + away * distance[:, None]
    free = ~shapely.contains_xy(paved.buffer(1.2), *places.T)
    if not layout.open_land.is_empty:
        free &= ~shapely.contains_xy(layout.motorway.buffer(CLEAR_OF_MOTORWAY_M), *places.T)
        free &= ~shapely.contains_xy(verge_area(layout).buffer(1.2), *places.T)
    if buildings:
        blocks = shapely.union_all([Polygon(b.corners_m) for b in buildings]).buffer(1.8)
        free &= ~shapely.contains_xy(blocks, *places.T)
    beside = places[free & (rng.random(len(points)) < 0.6)]
    if layout.landscape.hills_m == 0.0:
        return np.asarray(beside)
    return np.concatenate([beside, place_woods(_flat(paved, buildings), rng)])


def hills_around(layout: StreetLayout) -> Hills:
    """Return the land around a town; houses stand so near to the pavement that it is flat."""
    return Hills(shapely.union_all([layout.road, layout.sidewalk]), layout.landscape.hills_m)


def _flat(paved: BaseGeometry, buildings: list[Building]) -> BaseGeometry:
    return shapely.union_all([paved, *(Polygon(b.corners_m) for b in buildings)])


def draw_plants(
    layout: StreetLayout,
    paved: BaseGeometry,
    buildings: list[Building],
    rng: np.random.Generator,
) -> tuple[Mesh, Mesh]:
    """Return the meshes of trees, fine and coarse."""
    places = place_plants(layout, paved, buildings, rng)
    heights = np.zeros(len(places))
    if layout.landscape.hills_m > 0.0:
        heights = np.maximum(0.0, hills_around(layout).z_m(places))
    kinds = tree_models(rng)
    kind = rng.integers(len(kinds), size=len(places))
    fine, coarse = MeshBuilder(), MeshBuilder()
    for k, model in enumerate(kinds):
        chosen, z_m = places[kind == k], heights[kind == k] + 0.05
        size = rng.uniform(0.7, 1.25, len(chosen))
        scale = np.column_stack([size, size, size * rng.uniform(0.9, 1.15, len(chosen))])
        tint = rng.uniform(0.85, 1.15, (len(chosen), 3))
        yaw = rng.uniform(0, 2 * math.pi, len(chosen))
        for mesh, shape in ((fine, model), (coarse, coarse_tree(model))):
            mesh.add(place(shape, chosen[:, 0], chosen[:, 1], yaw, z_m, scale, tint))
    return fine.build(), coarse.build()


def street_lamp_poses(
    paved: BaseGeometry, road: BaseGeometry, open_land: BaseGeometry
) -> NDArray[np.float64]:
    """Return x, y and yaw in map of street lamps along the pavement in town, shape (n, 3)."""
    points = _border_points(paved, 34.0)
    points = points[~shapely.contains_xy(open_land, *points[:, :2].T)]
    away = np.column_stack([points[:, 3], -points[:, 2]])
    places = points[:, :2] - away * 0.25
    free = ~shapely.contains_xy(road.buffer(0.5), *places.T)
    places, away = places[free], away[free]
    return np.column_stack([places, np.arctan2(-away[:, 1], -away[:, 0])])


def draw_street_lamps(poses_map: NDArray[np.float64]) -> tuple[Mesh, Mesh]:
    """Return the meshes of street lamps at these poses, fine and coarse."""
    x, y, yaw = poses_map.T
    return place(street_lamp_model(), x, y, yaw, 0.1), place(
        street_lamp_model(True), x, y, yaw, 0.1
    )
