# SPDX-License-Identifier: Apache-2.0
"""The scene graph of a semantic camera: what things are, in the colours of Cityscapes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d import core as panda

from simlingo_sim.camera import shaders
from simlingo_sim.camera.actor_node import ActorNode
from simlingo_sim.camera.classes import (
    COLORS_RGB,
    SKY,
    class_of_layers,
    class_of_user,
    color_of_class,
)
from simlingo_sim.camera.engine import make_shader
from simlingo_sim.camera.layout import StreetLayout
from simlingo_sim.camera.scene_graph import SceneGraph
from simlingo_sim.camera.specs import CameraQuality
from simlingo_sim.state import ActorState


class ClassGraph(SceneGraph):
    """Shows classes instead of looks, from the same meshes.

    Args:
        layout: the streets.
        seed: of the looks beside it, so that houses and trees stand where they stand there.
    """

    def __init__(self, layout: StreetLayout, seed: int) -> None:
        super().__init__(layout, CameraQuality.PLAIN, seed)

    def _make_user(self, actor: ActorState, *, is_ego: bool) -> ActorNode:
        node = super()._make_user(actor, is_ego=is_ego)
        node.set_class(class_of_user(actor.kind))
        return node

    def _open_looks(self) -> None:
        super()._open_looks()
        colors = panda.PTALVecBase3f.empty_array(shaders.MOST_CLASSES)
        for number in COLORS_RGB:
            colors[number] = panda.LVecBase3f(*color_of_class(number))
        self._town.set_shader(make_shader(shaders.class_shader(class_of_layers())))
        self._town.set_shader_input('class_colors', colors)
        self._town.set_shader_input('user_class', 0.0)

    def _open_sky(self, mesh: NDArray[np.float32]) -> Any:
        sky = super()._open_sky(mesh)
        sky.set_shader(make_shader((shaders.SKY_VERTEX, shaders.SKY_CLASS_FRAGMENT)))
        sky.set_shader_input('class_color', panda.LVecBase3f(*color_of_class(SKY)))
        return sky
