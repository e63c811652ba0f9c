# SPDX-License-Identifier: Apache-2.0
"""Bounding boxes of actors, lights and signs: in base_link, in the image, and their visibility."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from simlingo_core.geometry import Pose2, wrap_angle_rad
from simlingo_sim.camera.furniture import (
    HEAD_EXTENT_M,
    KERB_M,
    SIGN_HEIGHT_M,
    SIGN_RADIUS_M,
    light_head_places,
)
from simlingo_sim.camera.specs import CameraSpec
from simlingo_sim.camera.surroundings import Building
from simlingo_sim.state import ActorState, LightState, WorldState
from simlingo_sim.town.town import Town

NEAR_M = 0.3
# Samples per axis, just inside the faces of the box.
_SAMPLES = np.array(list(product((-0.9, -0.3, 0.3, 0.9), (-0.9, 0.0, 0.9), (-0.85, 0.0, 0.85))))
_CORNERS = np.array(list(product((-1.0, 1.0), repeat=3)))
_EDGES = np.array(
    [(a, b) for a in range(8) for b in range(a + 1, 8) if bin(a ^ b).count('1') == 1]
)


@dataclass(frozen=True, kw_only=True)
class ProjectedBox:
    """A box in the image, clipped to it; pixels, (0, 0) is the top left corner."""

    left_px: float
    top_px: float
    right_px: float
    bottom_px: float

    @property
    def area_px(self) -> float:
        """Covered area in square pixels."""
        return (self.right_px - self.left_px) * (self.bottom_px - self.top_px)


@dataclass(frozen=True, kw_only=True)
class LabelBox:
    """Bounding box of an actor, traffic light or stop sign around the ego.

    Attributes:
        id: id of the actor, light or sign.
        label: kind of the actor, ``traffic_light`` or ``stop_sign``.
        centre_base_m: centre of the box in base_link, shape (3,).
        extent_m: half length, half width, half height.
        yaw_base_rad: heading in base_link, counter-clockwise.
        speed_mps: speed along its own x axis.
        light_state: state of a traffic light; None for others.
        projected: box in the image; None when it is outside of the image.
        visible_share: share of the box that is in the image and not occluded, 0 to 1.
    """

    id: int
    label: str
    centre_base_m: NDArray[np.float64]
    extent_m: tuple[float, float, float]
    yaw_base_rad: float
    speed_mps: float = 0.0
    light_state: LightState | None = None
    projected: ProjectedBox | None = None
    visible_share: float = 0.0

    @property
    def distance_m(self) -> float:
        """Distance from base_link to the centre on the ground."""
        return float(np.hypot(self.centre_base_m[0], self.centre_base_m[1]))

    def corners_base_m(self) -> NDArray[np.float64]:
        """Return the eight corners, shape (8, 3)."""
        return self._points(_CORNERS)

    def samples_base_m(self) -> NDArray[np.float64]:
        """Return sample points in the box, shape (n, 3)."""
        return self._points(_SAMPLES)

    def _points(self, unit: NDArray[np.float64]) -> NDArray[np.float64]:
        cos, sin = math.cos(self.yaw_base_rad), math.sin(self.yaw_base_rad)
        turn = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
        return np.asarray((unit * self.extent_m) @ turn.T + self.centre_base_m)


def actor_boxes(state: WorldState) -> list[LabelBox]:
    """Return the boxes of all actors except the ego."""
    return [_actor_box(actor, state.ego.pose_map) for actor in state.actors]


def light_boxes(town: Town, state: WorldState) -> list[LabelBox]:
    """Return one box per signal head; a light with two posts has several of the same id."""
    boxes = []
    for light in town.traffic_lights:
        for place in light_head_places(light):
            boxes.append(
                _fixed_box(
                    light.id,
                    'traffic_light',
                    Pose2(float(place[0]), float(place[1]), light.pose_map.yaw_rad),
                    float(place[2]),
                    HEAD_EXTENT_M,
                    state.ego.pose_map,
                    state.lights.get(light.id, LightState.OFF),
                )
            )
    return boxes


def sign_boxes(town: Town, state: WorldState) -> list[LabelBox]:
    """Return the boxes of the plates of stop signs."""
    extent = (0.06, SIGN_RADIUS_M, SIGN_RADIUS_M)
    height = KERB_M + SIGN_HEIGHT_M
    return [
        _fixed_box(sign.id, 'stop_sign', sign.pose_map, height, extent, state.ego.pose_map)
        for sign in town.stop_signs
    ]


def project_box(box: LabelBox, camera: CameraSpec) -> ProjectedBox | None:
    """Return the box in the image, or None when no part of it is in the image."""
    corners = camera.base_from_camera.inverse_transform(box.corners_base_m())
    if camera.orthographic_width_m is None:
        corners = _cut_at_near_plane(corners)
        if len(corners) == 0:
            return None
    pixels = camera.project(corners)
    size = np.array([camera.width_px, camera.height_px], np.float64)
    low, high = np.clip(pixels.min(axis=0), 0, size), np.clip(pixels.max(axis=0), 0, size)
    if (high <= low).any():
        return None
    return ProjectedBox(
        left_px=float(low[0]),
        top_px=float(low[1]),
        right_px=float(high[0]),
        bottom_px=float(high[1]),
    )


def label_boxes(
    town: Town,
    state: WorldState,
    camera: CameraSpec,
    buildings: Sequence[Building] = (),
    reach_m: float = 100.0,
) -> list[LabelBox]:
    """Return every actor, light head and stop sign within reach, nearest first.

    Args:
        town: the town, for lights and signs.
        state: state of the world.
        camera: camera for ``projected`` and ``visible_share``.
        buildings: occluding buildings, see ``Renderer.scene``.
        reach_m: largest distance from base_link.
    """
    actors = [box for box in actor_boxes(state) if box.distance_m <= reach_m]
    things = [*light_boxes(town, state), *sign_boxes(town, state)]
    boxes = [*actors, *(box for box in things if box.distance_m <= reach_m)]
    blocks = [_building_box(block, state.ego.pose_map) for block in buildings]
    occluders = _Occluders([*actors, *(b for b in blocks if b.distance_m <= reach_m + 40)])
    labelled = []
    for index, box in enumerate(boxes):
        own = index if index < len(actors) else None
        projected = project_box(box, camera)
        share = 0.0 if projected is None else occluders.visible_share(box, camera, own)
        labelled.append(replace(box, projected=projected, visible_share=share))
    return sorted(labelled, key=lambda box: box.distance_m)


class _Occluders:
    """Boxes that occlude others."""

    def __init__(self, boxes: Sequence[LabelBox]) -> None:
        self._centres = np.array([box.centre_base_m for box in boxes]).reshape(-1, 3)
        self._extents = np.array([box.extent_m for box in boxes]).reshape(-1, 3)
        yaw = np.array([box.yaw_base_rad for box in boxes])
        self._cos, self._sin = np.cos(yaw), np.sin(yaw)

    def visible_share(self, box: LabelBox, camera: CameraSpec, own: int | None) -> float:
        """Return the share of a box's samples in the image that no other box occludes."""
        samples = box.samples_base_m()
        pose = camera.base_from_camera
        in_camera = pose.inverse_transform(samples)
        inside = in_camera[:, 0] > NEAR_M
        pixels = np.zeros((len(samples), 2))
        pixels[inside] = camera.project(in_camera[inside])
        inside &= (pixels >= 0).all(axis=1)
        inside &= (pixels[:, 0] < camera.width_px) & (pixels[:, 1] < camera.height_px)
        if not inside.any():
            return 0.0
        hidden = self._is_hidden(pose.translation_m, samples[inside], own)
        return float((~hidden).sum() / len(samples))

    def _is_hidden(
        self, eye_base_m: NDArray[np.float64], targets: NDArray[np.float64], own: int | None
    ) -> NDArray[np.bool_]:
        """Return for each target whether a box lies between it and the camera (slab test)."""
        start = self._turn(eye_base_m[None, None] - self._centres[None])
        way = self._turn(
            np.broadcast_to((targets - eye_base_m)[:, None], (len(targets), *self._centres.shape))
        )
        way = np.where(np.abs(way) < 1e-9, 1e-9, way)
        first = (-self._extents - start) / way
        second = (self._extents - start) / way
        enter = np.minimum(first, second).max(axis=2)
        leave = np.maximum(first, second).min(axis=2)
        blocked = (enter < leave) & (leave > 0) & (enter < 0.999)
        if own is not None:
            blocked[:, own] = False
        return np.asarray(blocked.any(axis=1))

    def _turn(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return vectors in base_link, shape (n, m, 3), in the axes of the m boxes."""
        x = vectors[..., 0] * self._cos + vectors[..., 1] * self._sin
        y = vectors[..., 1] * self._cos - vectors[..., 0] * self._sin
        return np.stack([x, y, vectors[..., 2]], axis=-1)


def _cut_at_near_plane(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the corners in front of the camera, and where edges cross its near plane."""
    kept = [corners[corners[:, 0] > NEAR_M]]
    start, end = corners[_EDGES[:, 0]], corners[_EDGES[:, 1]]
    crosses = (start[:, 0] > NEAR_M) != (end[:, 0] > NEAR_M)
    start, end = start[crosses], end[crosses]
    if len(start):
        share = (NEAR_M * 1.001 - start[:, :1]) / (end[:, :1] - start[:, :1])
        kept.append(start + share * (end - start))
    return np.concatenate(kept)


def _actor_box(actor: ActorState, ego_pose_map: Pose2) -> LabelBox:
    box = _fixed_box(
        actor.id, actor.kind.value, actor.pose_map, actor.extent_m[2], actor.extent_m, ego_pose_map
    )
    return replace(box, speed_mps=actor.speed_mps)


def _fixed_box(
    ident: int,
    label: str,
    pose_map: Pose2,
    height_m: float,
    extent_m: tuple[float, float, float],
    ego_pose_map: Pose2,
    light_state: LightState | None = None,
) -> LabelBox:
    place = ego_pose_map.inverse_transform(pose_map.position_m)
    return LabelBox(
        id=ident,
        label=label,
        centre_base_m=np.array([place[0], place[1], height_m]),
        extent_m=extent_m,
        yaw_base_rad=wrap_angle_rad(pose_map.yaw_rad - ego_pose_map.yaw_rad),
        light_state=light_state,
    )


def _building_box(building: Building, ego_pose_map: Pose2) -> LabelBox:
    corners = building.corners_m
    middle, along = corners.mean(axis=0), corners[1] - corners[0]
    extent = (
        float(np.linalg.norm(along)) / 2,
        float(np.linalg.norm(corners[2] - corners[1])) / 2,
        building.height_m / 2,
    )
    pose = Pose2(float(middle[0]), float(middle[1]), math.atan2(along[1], along[0]))
    return _fixed_box(0, 'building', pose, extent[2], extent, ego_pose_map)
