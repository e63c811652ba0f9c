# SPDX-License-Identifier: Apache-2.0
"""The scene of a recorded frame as the labels need it: measurement, objects, lanes.

Boxes are read tolerantly: those of the embedded simulator and of upstream's data set, whichever
keys they have.  In memory everything is REP-103 (y left).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlingo_core.carla_frame import mirrored
from simlingo_training.measurements import Measurement
from simlingo_training.text_labels.object_words import (
    WITHOUT_COLOUR,
    Category,
    category_of,
    category_of_type,
    colour_name,
    side_words,
    word_for,
)

LEAST_VISIBLE_SHARE = 0.15
LEAST_LIDAR_POINTS = 3
PARKED_ROLES = {'parked'}
CAMERA_BACK_M = 1.5
HALF_FIELD_SLOPE = 1.4281480067421144
"""Tangent of half the training camera's field of view of 110 degrees."""


@dataclass(frozen=True, kw_only=True)
class SceneObject:
    """A road user or object of a frame.

    Attributes:
        id: of the actor, light or sign; 0: unknown.
        category: what it is.
        word: its type in one or two words.
        colour: name of its colour, or empty.
        x_m, y_m: centre in base_link.
        extent_m: half length, half width, half height.
        yaw_rad: heading in base_link.
        speed_mps: along its own x axis.
        is_visible: whether enough of it is seen by the training camera.
        state: of a traffic light, in small letters; empty for others.
        affects_ego: whether light or sign holds for the car.
        is_parked: whether it stands in a parking place.
        box: as recorded, in CARLA's axes.
    """

    id: int
    category: Category
    word: str
    colour: str
    x_m: float
    y_m: float
    extent_m: tuple[float, float, float]
    yaw_rad: float
    speed_mps: float
    is_visible: bool
    state: str = ''
    affects_ego: bool = False
    is_parked: bool = False
    box: Mapping[str, Any] = field(default_factory=dict)

    @property
    def distance_m(self) -> float:
        """Distance from the middle of the car to its middle."""
        return float((self.x_m**2 + self.y_m**2) ** 0.5)

    @property
    def name(self) -> str:
        """Colour and type, such as ``red car``."""
        return self.word if not self.colour else f'{self.colour} {self.word}'

    @property
    def name_with_place(self) -> str:
        """Colour, type and place, such as ``red car that is to the front left``."""
        return f'{self.name} that is to the {side_words(self.y_m)}'


@dataclass(frozen=True, kw_only=True)
class RoadScene:
    """A frame with its objects.

    Attributes:
        now: the measurement.
        objects: nearest first.
        ego_info: lanes and junction as recorded, upstream's names; empty: not recorded.
    """

    now: Measurement
    objects: tuple[SceneObject, ...] = ()
    ego_info: Mapping[str, Any] = field(default_factory=dict)

    def of(self, *categories: Category) -> list[SceneObject]:
        """Return the objects of some categories, nearest first."""
        if len(categories) == 1:
            return self._by_category.get(categories[0], [])
        return [thing for thing in self.objects if thing.category in categories]

    def find(self, ident: int | None, kind: str | None) -> SceneObject | None:
        """Return the object of an id; the kind tells lights and signs from actors."""
        if ident is None or kind is None:
            return None
        wanted = category_of_type(kind)
        for thing in self.objects:
            if thing.id == ident and (wanted is None or thing.category is wanted):
                return thing
        return None

    @cached_property
    def _by_category(self) -> dict[Category, list[SceneObject]]:
        found: dict[Category, list[SceneObject]] = {}
        for thing in self.objects:
            found.setdefault(thing.category, []).append(thing)
        return found

    @cached_property
    def by_id(self) -> Mapping[tuple[Category, int], SceneObject]:
        """The objects by category and id; of several heads of a light the nearest."""
        return {(thing.category, thing.id): thing for thing in reversed(self.objects)}

    @cached_property
    def bodies(self) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
        """Actors and obstacles: x, y, yaw, half length, half width (N, 5); ids; who is on foot."""
        found = self.of(Category.VEHICLE, Category.WALKER, Category.STATIC)
        rows = [(t.x_m, t.y_m, t.yaw_rad, *t.extent_m[:2]) for t in found]
        return (
            np.array(rows, dtype=np.float64).reshape(-1, 5),
            np.array([thing.id for thing in found], dtype=np.int64),
            np.array([thing.category is Category.WALKER for thing in found], dtype=bool),
        )

    @cached_property
    def junction_distance_m(self) -> float | None:
        """Distance to the next junction; 0 inside of one; None: far or unknown."""
        if self.now.is_in_junction:
            return 0.0
        for source in (self.ego_info, self.now.expert):
            for key in ('distance_to_junction', 'junction_distance_m'):
                value = source.get(key)
                if isinstance(value, int | float) and value >= 0.0:
                    return float(value)
        return None

    @cached_property
    def light(self) -> SceneObject | None:
        """The traffic light that holds for the car."""
        found = [t for t in self.of(Category.TRAFFIC_LIGHT) if t.affects_ego]
        return found[0] if found else None

    @cached_property
    def light_state(self) -> str:
        """State of the light that holds for the car, in small letters; empty without one."""
        state = self.now.expert.get('light')
        if isinstance(state, str):
            return state.lower()
        return self.light.state if self.light is not None else ''


def read_scene(now: Measurement, boxes: Sequence[Mapping[str, Any]]) -> RoadScene:
    """Return the scene of a frame.

    Args:
        now: the measurement.
        boxes: content of ``boxes/NNNN.json.gz``, in CARLA's axes.
    """
    found: dict[tuple[Category, int, float, float], SceneObject] = {}
    ego_info = {}
    for box in boxes:
        if box.get('class') == 'ego_info':
            ego_info = dict(box)
        elif (thing := _object(box, now)) is not None:
            # Lights and signs stand twice in a file: for labels and for questions.
            found.setdefault((thing.category, thing.id, thing.x_m, thing.y_m), thing)
    objects = list(found.values())
    objects.sort(key=lambda thing: thing.distance_m)
    return RoadScene(now=now, objects=tuple(objects), ego_info=ego_info)


def _object(box: Mapping[str, Any], now: Measurement) -> SceneObject | None:
    label = str(box.get('class', ''))
    known = category_of(label)
    position = box.get('position')
    if known is None or not isinstance(position, Sequence) or len(position) < 2:
        return None
    category = known[0]
    base_type = _text(box, 'base_type')
    # The simulator draws a plain van for CARLA's ambulance, unless it has blue lights.
    is_own_van = base_type == 'van' and 'visible_share' in box
    type_id = '' if is_own_van else _text(box, 'type_id')
    word = word_for(label, type_id, base_type, _text(box, 'age'))
    x_m, y_m = float(position[0]), mirrored(float(position[1]))
    extent = tuple(float(value) for value in box.get('extent') or (0.5, 0.5, 0.5))
    state = _text(box, 'state').lower() if category is Category.TRAFFIC_LIGHT else ''
    ident = box.get('id')
    affects = bool(box.get('affects_ego')) or (
        ident is not None
        and ident == now.reduced_by_id
        and category_of_type(now.reduced_by_kind or '') is category
    )
    return SceneObject(
        id=int(ident) if ident is not None else 0,
        category=category,
        word=word,
        colour=_colour(box, category, word),
        x_m=x_m,
        y_m=y_m,
        extent_m=(extent[0], extent[1], extent[2]),
        yaw_rad=mirrored(float(box.get('yaw') or 0.0)),
        speed_mps=float(box.get('speed') or 0.0),
        is_visible=_is_visible(box, x_m, y_m),
        state=state,
        affects_ego=affects,
        is_parked=_text(box, 'role') in PARKED_ROLES
        or _text(box, 'role_name') in PARKED_ROLES
        or _text(box, 'lane_type_str') == 'Parking',
        box=box,
    )


def _text(box: Mapping[str, Any], key: str) -> str:
    value = box.get(key)
    return value if isinstance(value, str) else ''


def _colour(box: Mapping[str, Any], category: Category, word: str) -> str:
    if category is not Category.VEHICLE or word in WITHOUT_COLOUR:
        return ''
    return colour_name(box.get('color_rgb')) or _text(box, 'color_name')


def _is_visible(box: Mapping[str, Any], x_m: float, y_m: float) -> bool:
    """Tell whether the camera sees it: by its visible share, or by LiDAR hits and its place."""
    share = box.get('visible_share')
    if isinstance(share, int | float):
        return share >= LEAST_VISIBLE_SHARE
    points = box.get('num_points')
    if isinstance(points, int) and 0 <= points <= LEAST_LIDAR_POINTS:
        return False
    depth_m = x_m + CAMERA_BACK_M
    return depth_m > 0.3 and abs(y_m) < HALF_FIELD_SLOPE * depth_m
