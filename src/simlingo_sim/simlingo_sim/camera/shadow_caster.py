# SPDX-License-Identifier: Apache-2.0
"""The shadow map: depth as seen from the sun."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d import core as panda

from simlingo_sim.camera import shaders
from simlingo_sim.camera.engine import engine

SHADOW_SIDE_PX = 512
SHADOW_WIDTH_M = 64.0
SHADOW_DISTANCE_M = 130.0


class ShadowCaster:
    """An orthographic camera in the direction of the sun that draws depth.

    Args:
        world: root node path.
        mask: mask of the nodes that cast a shadow.
    """

    def __init__(self, world: Any, mask: Any) -> None:
        self.output, self.depth = engine().open_depth(SHADOW_SIDE_PX)
        self._lens = panda.OrthographicLens()
        self._lens.set_film_size(SHADOW_WIDTH_M, SHADOW_WIDTH_M)
        self._lens.set_near_far(1.0, 2 * SHADOW_DISTANCE_M)
        node = panda.Camera('sun', self._lens)
        node.set_camera_mask(mask)
        looks = panda.NodePath('looks')
        source = (panda.Shader.SL_GLSL, shaders.CASTER_VERTEX, shaders.CASTER_FRAGMENT)
        looks.set_shader(panda.Shader.make(*source), 1000)
        node.set_initial_state(looks.get_state())
        self._path = world.attach_new_node(node)
        self.output.make_display_region().set_camera(self._path)
        self._sun = panda.LVector3f(0.0, 0.0, 1.0)

    def set_sun(self, sun_direction: NDArray[np.float64]) -> None:
        """Set the unit vector towards the sun in map, shape (3,)."""
        self._sun = panda.LVector3f(*sun_direction)

    def aim(self, middle_map_m: NDArray[np.float64]) -> Any:
        """Point it at a position on the ground; return the matrix from map to clip space."""
        # Whole metres keep the edges of shadows from crawling while the car moves.
        target = panda.LPoint3f(round(middle_map_m[0]), round(middle_map_m[1]), 0)
        self._path.set_pos(target + self._sun * SHADOW_DISTANCE_M)
        self._path.look_at(target)
        view = panda.LMatrix4f(self._path.get_mat())
        view.invert_in_place()
        return view * self._lens.get_projection_mat()
