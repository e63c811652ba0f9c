# SPDX-License-Identifier: Apache-2.0
"""Meshes of everything that does not move, from a street layout and a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from simlingo_core.geometry import Pose2
from simlingo_sim.camera import furniture
from simlingo_sim.camera.furniture import KERB_M
from simlingo_sim.camera.layout import StreetLayout, split_into_chunks
from simlingo_sim.camera.mesh import STRIDE, Color, Layer, Mesh, MeshBuilder, place
from simlingo_sim.camera.open_country import (
    border_rings,
    draw_marker_posts,
    draw_rails,
    draw_verges,
    rail_outlines,
    verge_area,
)
from simlingo_sim.camera.road_signs import road_sign_model
from simlingo_sim.camera.surroundings import (
    Building,
    draw_buildings,
    draw_plants,
    draw_street_lamps,
    hills_around,
    place_buildings,
    place_plants,
    street_lamp_poses,
)
from simlingo_sim.state import LightState, TrafficLight

CHUNK_M = 80.0
LAND_AROUND_M = 350.0
PAINT_Z_M = 0.012
TRUNK_RADIUS_M = 0.2
WHITE: Color = (0.94, 0.94, 0.92)
YELLOW: Color = (0.96, 0.70, 0.08)


@dataclass(frozen=True)
class Chunk:
    """One cell of the town.

    Attributes:
        middle_map_m: centre of the cell.
        ground: flat ground; it casts no shadow.
        solid: objects that are drawn at all distances.
        fine, coarse: the same objects for near and for far.
    """

    middle_map_m: tuple[float, float]
    ground: Mesh
    solid: Mesh
    fine: Mesh
    coarse: Mesh

    @property
    def is_bare(self) -> bool:
        """Whether nothing stands on its ground."""
        return not len(self.solid) and not len(self.fine)


@dataclass(frozen=True)
class StaticScene:
    """Meshes of a town.

    Attributes:
        chunks: the town cut along a grid.
        lit_lamps: lamps of each colour for each traffic light.
        buildings: buildings, which occlude what is behind them.
        street_lamp_poses_map: x, y and yaw of the street lamps, shape (n, 3).
    """

    chunks: tuple[Chunk, ...]
    lit_lamps: dict[int, dict[LightState, Mesh]]
    buildings: tuple[Building, ...]
    street_lamp_poses_map: NDArray[np.float64]


def look_rngs(seed: int) -> tuple[np.random.Generator, ...]:
    """Return the random generators for the sun, the scenery, the sky and the textures."""
    return tuple(np.random.default_rng([seed, k]) for k in range(4))


def build_scene(layout: StreetLayout, rng: np.random.Generator) -> StaticScene:
    """Return the meshes of a town; colours and positions vary with ``rng``."""
    paved = _paved(layout)
    buildings = place_buildings(layout, paved, rng)
    lamps = street_lamp_poses(paved, layout.road, layout.open_land)
    levels = [
        draw_plants(layout, paved, buildings, rng),
        draw_street_lamps(lamps),
        _traffic_lights(layout),
        draw_rails(layout),
        draw_marker_posts(layout),
    ]
    ground = [*_ground(layout, paved, rng), _kerbs(layout), _markings(layout), draw_verges(layout)]
    solid = [draw_buildings(buildings, rng), _signs(layout)]
    fine, coarse = (np.concatenate(meshes) for meshes in zip(*levels, strict=True))
    chunks = _cut_into_chunks(np.concatenate(ground), np.concatenate(solid), fine, coarse)
    return StaticScene(chunks, _lit_lamps(layout), tuple(buildings), lamps)


def scenery_outlines(layout: StreetLayout, rng: np.random.Generator) -> tuple[Polygon, ...]:
    """Return the outlines in map of walls and tree trunks, which can be hit.

    Args:
        layout: layout of the town.
        rng: generator in the same state as for ``build_scene``.
    """
    paved = _paved(layout)
    buildings = place_buildings(layout, paved, rng)
    trunks = shapely.points(place_plants(layout, paved, buildings, rng))
    return (
        *rail_outlines(layout),
        *(Polygon(building.corners_m) for building in buildings),
        *shapely.buffer(trunks, TRUNK_RADIUS_M, quad_segs=2),
    )


def _paved(layout: StreetLayout) -> BaseGeometry:
    return shapely.union_all([layout.road, layout.sidewalk])


def _ground(layout: StreetLayout, paved: BaseGeometry, rng: np.random.Generator) -> list[Mesh]:
    x0, y0, x1, y1 = paved.bounds
    land = shapely.box(
        x0 - LAND_AROUND_M, y0 - LAND_AROUND_M, x1 + LAND_AROUND_M, y1 + LAND_AROUND_M
    ).difference(paved)
    if not layout.open_land.is_empty:
        land = land.difference(verge_area(layout))
    grey = rng.uniform(0.36, 0.50)
    asphalt = np.array([grey, grey, grey * rng.uniform(1.0, 1.06)])
    pavement = np.array([0.70, 0.68, 0.64]) * rng.uniform(0.9, 1.1)
    grass = np.array([0.42, 0.50, 0.26]) * rng.uniform(0.85, 1.15, 3)
    mesh = MeshBuilder()
    for area, z, tint, layer, density in (
        (layout.road, 0.0, asphalt, Layer.ASPHALT, 0.2),
        (layout.parking, 0.004, asphalt * 0.9, Layer.ASPHALT, 0.33),
        (layout.sidewalk, KERB_M, pavement, Layer.PAVEMENT, 0.25),
        (land, KERB_M - 0.04, grass, Layer.GRASS, 0.07),
    ):
        if not area.is_empty:
            for piece in split_into_chunks(area, CHUNK_M):
                mesh.polygon(piece, z, tint, layer, density)
    if layout.landscape.hills_m > 0.0:
        mesh.add(hills_around(layout).draw(grass))
    return [mesh.build()]


def _kerbs(layout: StreetLayout) -> Mesh:
    """Return kerbs along the borders of streets in town, facing the road."""
    walls = []
    for ring in border_rings(layout):
        points = shapely.get_coordinates(ring)
        walls.append(np.concatenate([points[:-1], points[1:]], axis=1))
    ends = np.concatenate(walls)
    in_open = [shapely.contains_xy(layout.open_land, *ends[:, k : k + 2].T) for k in (0, 2)]
    ends = ends[~(in_open[0] & in_open[1])]
    # The road lies to the left of its own border.
    start, end = ends[:, :2], ends[:, 2:]
    along = end - start
    length = np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    normal = np.column_stack([-along[:, 1], along[:, 0]]) / length
    low, high = np.zeros((len(ends), 1)), np.full((len(ends), 1), KERB_M)
    corners = np.stack(
        [
            np.hstack([end, low]),
            np.hstack([start, low]),
            np.hstack([start, high]),
            np.hstack([end, high]),
        ],
        axis=1,
    )
    top_outer = corners[:, [3, 2]].copy()
    top_outer[..., :2] -= normal[:, None] * 0.16
    tops = np.stack([corners[:, 3], corners[:, 2], top_outer[:, 1], top_outer[:, 0]], axis=1)
    tops[..., 2] += 0.01
    mesh = MeshBuilder()
    order = [0, 1, 2, 0, 2, 3]
    normals = np.repeat(np.hstack([normal, np.zeros((len(ends), 1))]), 6, axis=0)
    mesh.triangles(corners[:, order].reshape(-1, 3), normals, (0.66, 0.66, 0.64))
    mesh.triangles(tops[:, order].reshape(-1, 3), (0, 0, 1), (0.72, 0.72, 0.70))
    return mesh.build()


def _markings(layout: StreetLayout) -> Mesh:
    mesh = MeshBuilder()
    for line in layout.lines:
        mesh.polygon(line.area, PAINT_Z_M, YELLOW if line.is_yellow else WHITE)
    for sign in layout.stop_signs:
        strokes = furniture.painted_word('STOP', sign.stop_line_map_m)
        word = shapely.union_all([s.buffer(0.07, cap_style='square') for s in strokes])
        mesh.polygon(word.intersection(layout.road), PAINT_Z_M, WHITE)
    return mesh.build()


def _signs(layout: StreetLayout) -> Mesh:
    mesh = MeshBuilder()
    stop = furniture.stop_sign_model()
    for sign in layout.stop_signs:
        mesh.add(_stand(stop, sign.pose_map.x_m, sign.pose_map.y_m, sign.pose_map.yaw_rad))
    models = {k: furniture.speed_sign_model(k) for k in {s.limit_kmh for s in layout.speed_signs}}
    for informing in layout.road_signs:
        pose = informing.pose_map
        mesh.add(_stand(road_sign_model(informing.kind), pose.x_m, pose.y_m, pose.yaw_rad))
    for speed in layout.speed_signs:
        pose = speed.pose_map
        mesh.add(_stand(models[speed.limit_kmh], pose.x_m, pose.y_m, pose.yaw_rad))
    return mesh.build()


def _stand(model: Mesh, x_m: float, y_m: float, yaw_rad: float) -> Mesh:
    return place(model, [x_m], [y_m], [yaw_rad], KERB_M)


def _posts(light: TrafficLight) -> list[tuple[Pose2, bool]]:
    """Return the poses of a light's posts and whether they have an arm."""
    near = [(light.pose_map, False)]
    return near if light.far_pose_map is None else [*near, (light.far_pose_map, True)]


def _traffic_lights(layout: StreetLayout) -> tuple[Mesh, Mesh]:
    """Return meshes of unlit lights, fine and coarse."""
    levels = []
    for is_coarse in (False, True):
        models = {arm: furniture.traffic_light_model(arm, is_coarse) for arm in (False, True)}
        mesh = MeshBuilder()
        for light in layout.lights:
            for pose, has_arm in _posts(light):
                mesh.add(_stand(models[has_arm], pose.x_m, pose.y_m, pose.yaw_rad))
        levels.append(mesh.build())
    return levels[0], levels[1]


def _lit_lamps(layout: StreetLayout) -> dict[int, dict[LightState, Mesh]]:
    models = {has_arm: furniture.lit_lamp_models(has_arm) for has_arm in (False, True)}
    lit: dict[int, dict[LightState, Mesh]] = {}
    for light in layout.lights:
        lit[light.id] = {
            state: np.concatenate(
                [
                    _stand(models[has_arm][state], pose.x_m, pose.y_m, pose.yaw_rad)
                    for pose, has_arm in _posts(light)
                ]
            )
            for state in models[True]
        }
    return lit


def _cut_into_chunks(*meshes: Mesh) -> tuple[Chunk, ...]:
    cut = [_by_cell(mesh) for mesh in meshes]
    empty = np.zeros((0, STRIDE), np.float32)
    return tuple(
        Chunk(
            ((cell[0] + 0.5) * CHUNK_M, (cell[1] + 0.5) * CHUNK_M),
            *(pieces.get(cell, empty) for pieces in cut),
        )
        for cell in sorted(set().union(*cut))
    )


def _by_cell(mesh: Mesh) -> dict[tuple[int, int], Mesh]:
    triangles = mesh.reshape(-1, 3, STRIDE)
    cells = np.floor(triangles[:, :, :2].mean(axis=1) / CHUNK_M).astype(np.int64)
    order = np.lexsort((cells[:, 1], cells[:, 0]))
    first = np.flatnonzero(np.any(np.diff(cells[order], axis=0, prepend=np.nan) != 0, axis=1))
    return {
        (int(cells[own[0], 0]), int(cells[own[0], 1])): triangles[own].reshape(-1, STRIDE)
        for own in np.split(order, first[1:])
        if len(own)
    }
