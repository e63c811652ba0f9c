# SPDX-License-Identifier: Apache-2.0
"""Classes of a semantic camera: CARLA's numbers and the colours of Cityscapes."""

from __future__ import annotations

from collections.abc import Mapping

from simlingo_sim.camera.mesh import FACADES, LAYERS, POSTERS_LAYER, Layer
from simlingo_sim.state import ActorKind

ROAD, SIDEWALK, BUILDING, POLE, SIGN, VEGETATION, TERRAIN, SKY = 1, 2, 3, 6, 8, 9, 10, 11
PEDESTRIAN, CAR, TRUCK, BUS, MOTORCYCLE, BICYCLE, STATIC, DYNAMIC = 12, 14, 15, 16, 18, 19, 20, 21
ROAD_LINE = 24

COLORS_RGB: Mapping[int, tuple[int, int, int]] = {
    ROAD: (128, 64, 128),
    SIDEWALK: (244, 35, 232),
    BUILDING: (70, 70, 70),
    POLE: (153, 153, 153),
    SIGN: (220, 220, 0),
    VEGETATION: (107, 142, 35),
    TERRAIN: (152, 251, 152),
    SKY: (70, 130, 180),
    PEDESTRIAN: (220, 20, 60),
    CAR: (0, 0, 142),
    TRUCK: (0, 0, 70),
    BUS: (0, 60, 100),
    MOTORCYCLE: (0, 0, 230),
    BICYCLE: (119, 11, 32),
    STATIC: (110, 190, 160),
    DYNAMIC: (170, 120, 50),
    ROAD_LINE: (157, 234, 50),
}
_LAYERS = {
    Layer.WHITE: POLE,
    Layer.ASPHALT: ROAD,
    Layer.GRASS: TERRAIN,
    Layer.PAVEMENT: SIDEWALK,
    Layer.LEAVES: VEGETATION,
    Layer.ROOF: BUILDING,
    Layer.SIGNS: SIGN,
    POSTERS_LAYER: STATIC,
}
_USERS = {
    ActorKind.PEDESTRIAN: PEDESTRIAN,
    ActorKind.CHILD: PEDESTRIAN,
    ActorKind.TRUCK: TRUCK,
    ActorKind.BUS: BUS,
    ActorKind.MOTORCYCLE: MOTORCYCLE,
    ActorKind.BICYCLE: BICYCLE,
    ActorKind.BILLBOARD: STATIC,
}


def class_of_layers() -> tuple[int, ...]:
    """Return the class of each layer of the textures."""
    facades = dict.fromkeys(range(Layer.FACADE, Layer.FACADE + FACADES), BUILDING)
    known = {int(layer): value for layer, value in _LAYERS.items()} | facades
    return tuple(known[layer] for layer in range(LAYERS))


def color_of_class(number: int) -> tuple[float, float, float]:
    """Return red, green and blue of a class, each 0 to 1."""
    red, green, blue = COLORS_RGB[number]
    return red / 255.0, green / 255.0, blue / 255.0


def class_of_user(kind: ActorKind) -> int:
    """Return the class of a road user or prop."""
    return _USERS.get(kind, CAR if kind.is_vehicle else DYNAMIC)
