# SPDX-License-Identifier: Apache-2.0
"""The objects that questions speak of: those that the camera sees (upstream_spec §6.2)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlingo_core.carla_frame import vector_to_carla
from simlingo_training.text_labels.object_words import Category, is_two_wheeled, place_words
from simlingo_training.text_labels.scene import RoadScene, SceneObject

FOCAL_PX, CENTRE_PX, SIZE_PX = 358.50625956, (512.0, 256.0), (1024, 512)
CAMERA_BACK_M, CAMERA_HEIGHT_M, NEAR_M = 1.5, 2.0, 0.3
LEAST_POINTS, LEAST_POINTS_OF_SCENARIO = 15, 10
BEHIND_M = -1.5
MOST_VEHICLES, MOST_OTHERS = 4, 3
SIGN_REACH_M = 50.0
_CORNERS = np.array(list(product((-1.0, 1.0), repeat=3)))
_CATEGORIES = {
    Category.VEHICLE: 'Vehicle',
    Category.WALKER: 'Pedestrian',
    Category.STATIC: 'Object',
    Category.TRAFFIC_LIGHT: 'Traffic element',
    Category.STOP_SIGN: 'Traffic element',
}


@dataclass(frozen=True, kw_only=True)
class KeyObject:
    """An object that questions may speak of.

    Attributes:
        tag: ``<cN,CAM_FRONT,x,y>`` with the middle of its box in pixels.
        name: its words, unique in the frame.
        thing: the object.
        box_px: left, top, right, bottom.
        corners_base_m: of its box, shape (8, 3).
    """

    tag: str
    name: str
    thing: SceneObject
    box_px: tuple[float, float, float, float]
    corners_base_m: NDArray[np.float64]

    def as_dict(self) -> dict[str, Any]:
        """Return its entry in ``key_object_infos``."""
        thing = self.thing
        moves = thing.category in {Category.VEHICLE, Category.WALKER}
        status = ('Moving' if abs(thing.speed_mps) > 0.2 else 'Stationary') if moves else None
        if thing.category is Category.TRAFFIC_LIGHT:
            status = thing.state.capitalize() or None
        return {
            'Category': _CATEGORIES[thing.category],
            'Status': status,
            'Visual_description': self.name,
            '2d_bbox': [round(value, 1) for value in self.box_px],
            '3d_bbox': np.round(vector_to_carla(self.corners_base_m), 2).tolist(),
        }


def key_objects(scene: RoadScene) -> list[KeyObject]:
    """Return the key objects, the nearest of each kind first."""
    vehicles = [v for v in scene.of(Category.VEHICLE) if _is_clear(v)][:MOST_VEHICLES]
    walkers = [w for w in scene.of(Category.WALKER) if _is_seen(w)][:MOST_OTHERS]
    statics = [s for s in scene.of(Category.STATIC) if _is_seen(s)][:MOST_OTHERS]
    signs = [
        sign
        for sign in scene.of(Category.TRAFFIC_LIGHT, Category.STOP_SIGN)
        if sign.affects_ego and _is_seen(sign) and sign.distance_m < SIGN_REACH_M
    ]
    found = []
    for thing in (*vehicles, *walkers, *statics, *signs[:1]):
        corners = corners_base_m(thing)
        box = box_in_image(corners)
        if box is not None:
            found.append((thing, box, corners))
    names = [_name(thing) for thing, _, _ in found]
    return [
        KeyObject(
            tag=f'<c{number},CAM_FRONT,{(box[0] + box[2]) / 2:.1f},{(box[1] + box[3]) / 2:.1f}>',
            name=_unique(names, number - 1, thing),
            thing=thing,
            box_px=box,
            corners_base_m=corners,
        )
        for number, (thing, box, corners) in enumerate(found, start=1)
    ]


def _is_seen(thing: SceneObject) -> bool:
    return thing.is_visible and thing.x_m >= BEHIND_M


def _is_clear(vehicle: SceneObject) -> bool:
    """Tell whether a vehicle is close and open enough to be spoken of."""
    if not _is_seen(vehicle) or (vehicle.is_parked and not vehicle.box.get('vehicle_cuts_in')):
        return False
    points = vehicle.box.get('num_points')
    if not isinstance(points, int) or is_two_wheeled(vehicle.word):
        return True
    is_staged = vehicle.box.get('role_name') == 'scenario'
    return points >= (LEAST_POINTS_OF_SCENARIO if is_staged else LEAST_POINTS)


def _name(thing: SceneObject) -> str:
    word = thing.name
    if thing.category is Category.TRAFFIC_LIGHT:
        return f'{thing.state} traffic light'.strip()
    if thing.category is Category.STOP_SIGN:
        return 'stop sign'
    return f'{word} {place_words(thing.distance_m, thing.y_m)}'


def _unique(names: Sequence[str], index: int, thing: SceneObject) -> str:
    name = names[index]
    return name if names.count(name) == 1 else f'{name} in {round(thing.distance_m)} meters'


def corners_base_m(thing: SceneObject) -> NDArray[np.float64]:
    """Return the corners of its box, shape (8, 3)."""
    position = list(thing.box.get('position') or ())
    height_m = float(position[2]) if len(position) > 2 else thing.extent_m[2]
    unit = _CORNERS * thing.extent_m
    cos, sin = math.cos(thing.yaw_rad), math.sin(thing.yaw_rad)
    turn = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
    return np.asarray(unit @ turn.T + (thing.x_m, thing.y_m, height_m))


def box_in_image(
    corners: NDArray[np.float64],
) -> tuple[float, float, float, float] | None:
    """Return the box of corners in the training camera's image, None: it is outside."""
    us, vs = [], []
    for x_m, y_m, z_m in corners.tolist():
        depth_m = x_m + CAMERA_BACK_M
        if depth_m > NEAR_M:
            us.append(CENTRE_PX[0] - FOCAL_PX * y_m / depth_m)
            vs.append(CENTRE_PX[1] - FOCAL_PX * (z_m - CAMERA_HEIGHT_M) / depth_m)
    if not us:
        return None
    left, right = max(0.0, min(us)), min(float(SIZE_PX[0]), max(us))
    top, bottom = max(0.0, min(vs)), min(float(SIZE_PX[1]), max(vs))
    return (left, top, right, bottom) if left < right and top < bottom else None
