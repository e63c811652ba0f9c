# SPDX-License-Identifier: Apache-2.0
"""Labels of the auxiliary head (``simlingo_model.scene_head``): what cells of an image show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlingo_model.config import ModelConfig
from simlingo_model.scene_head import CHANNELS, QUARTERS_PER_M, SceneGrid
from simlingo_sim.camera.boxes import LabelBox, project_box
from simlingo_sim.camera.specs import shifted_camera
from simlingo_training.labels import CameraShift
from simlingo_training.text_labels.object_words import Category
from simlingo_training.text_labels.scene import RoadScene, SceneObject

FARTHEST_M = 60.0
TWO_WHEELERS = ('bicycle', 'motorcycle')


@dataclass(frozen=True, kw_only=True)
class SceneLabeller:
    """Makes the labels of frames.

    Attributes:
        config: of the network, whose image tokens are divided into cells.
    """

    config: ModelConfig

    def label(self, scene: RoadScene, shift: CameraShift) -> NDArray[np.uint8]:
        """Return what each cell shows through a camera, uint8 (rows, columns, channels + 1).

        The last channel is the distance of the nearest object, in quarters of a metre.  Whether
        an object is hidden is taken from the training camera, for the shifted one as well.

        Args:
            scene: a recorded frame.
            shift: of the camera.
        """
        grid, image = SceneGrid(self.config), self.config.image
        cells = np.zeros((grid.rows, grid.columns, len(CHANNELS) + 1), np.uint8)
        camera = shifted_camera(
            shift.y_m, shift.yaw_rad, image.camera_width_px, image.camera_height_px
        )
        scale = np.array(
            [grid.columns / image.camera_width_px, grid.rows / image.cropped_height_px]
        )
        for thing in reversed(scene.objects):  # the nearest last: its distance stays
            if not thing.is_visible or thing.distance_m > FARTHEST_M:
                continue
            place = project_box(_box(thing), camera)
            if place is None:
                continue
            first = np.floor(np.array([place.left_px, place.top_px]) * scale).astype(int)
            last = np.ceil(np.array([place.right_px, place.bottom_px]) * scale).astype(int)
            covered = cells[first[1] : last[1], first[0] : last[0]]
            covered[..., channels_of(thing)] = 1
            covered[..., -1] = max(1, round(thing.distance_m * QUARTERS_PER_M))
        return cells


def channels_of(thing: SceneObject) -> list[int]:
    """Return the channels that a cell has which shows this object; a lamp that is off has none."""
    names = {
        Category.VEHICLE: 'two_wheeler' if thing.word in TWO_WHEELERS else 'vehicle',
        Category.WALKER: 'walker',
        Category.STATIC: 'obstacle',
        Category.STOP_SIGN: 'stop_sign',
        Category.TRAFFIC_LIGHT: {
            'red': 'red_lamp',
            'yellow': 'red_lamp',
            'green': 'green_lamp',
        }.get(thing.state, ''),
    }
    name = names[thing.category]
    wanted = {name, f'own_{name}'} if thing.affects_ego else {name}
    return [number for number, channel in enumerate(CHANNELS) if channel in wanted]


def _box(thing: SceneObject) -> LabelBox:
    position: Sequence[float] = thing.box.get('position') or ()
    height_m = float(position[2]) if len(position) > 2 else thing.extent_m[2]
    return LabelBox(
        id=thing.id,
        label=thing.category.value,
        centre_base_m=np.array([thing.x_m, thing.y_m, height_m]),
        extent_m=thing.extent_m,
        yaw_base_rad=thing.yaw_rad if math.isfinite(thing.yaw_rad) else 0.0,
    )
