# SPDX-License-Identifier: Apache-2.0
"""Draws a world state as a camera on the ego sees it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import ConfigError, WorldError
from simlingo_sim.camera.air import add_air
from simlingo_sim.camera.camera_outputs import CameraOutputs
from simlingo_sim.camera.class_graph import ClassGraph
from simlingo_sim.camera.layout import layout_from_town
from simlingo_sim.camera.scene import StaticScene
from simlingo_sim.camera.scene_graph import SceneGraph
from simlingo_sim.camera.specs import CameraQuality, CameraSpec, quality_named
from simlingo_sim.state import WorldState
from simlingo_sim.town.town import Town


class Renderer:
    """All cameras of one world.

    The same seed and state give the same bytes in any process with the same OpenGL driver.
    OpenGL is opened at the first image.

    Args:
        town: the town.
        quality: plain, antialiased or full.
        seed: seed of textures, colours, buildings, trees and the sun.
        has_lamps: whether lamps and wet roads are drawn where the weather has them; without, a
            weather is daylight and haze only, which is faster.

    Raises:
        ConfigError: the seed is negative, or there is no such quality.
    """

    def __init__(
        self,
        town: Town,
        quality: CameraQuality = CameraQuality.PLAIN,
        seed: int = 0,
        *,
        has_lamps: bool = False,
    ) -> None:
        if seed < 0:
            raise ConfigError(f'camera seed is {seed}; expected 0 or more')
        self._town = town
        self._quality = quality_named(quality)
        self._seed = seed
        self._has_lamps = has_lamps
        self._opened: tuple[SceneGraph, CameraOutputs] | None = None
        self._opened_classes: tuple[SceneGraph, CameraOutputs] | None = None
        self._is_closed = False

    @property
    def scene(self) -> StaticScene:
        """Meshes of everything that does not move; built at the first use."""
        return self._open()[0].scene

    def render(self, state: WorldState, camera: CameraSpec) -> NDArray[np.uint8]:
        """Return the image, BGRA, shape (height, width, 4), C-contiguous.

        Raises:
            WorldError: the renderer is closed.
            BackendError: OpenGL cannot draw it.
        """
        graph, outputs = self._open()
        graph.pose(state)
        image = outputs.draw(camera, state.ego.pose_map)
        if state.weather is not None:
            pose = camera.map_from_camera(state.ego.pose_map)
            add_air(image, camera, pose, state.weather, self._seed, state.t_s)
        return image

    def render_depth_m(self, state: WorldState, camera: CameraSpec) -> NDArray[np.float32]:
        """Return distances along the camera's axis in metres, shape (height, width).

        The sky is at the far plane.

        Raises:
            WorldError: the renderer is closed.
            BackendError: OpenGL cannot draw it.
        """
        graph, outputs = self._open()
        graph.pose(state)
        return outputs.draw_depth_m(camera, state.ego.pose_map)

    def render_classes(self, state: WorldState, camera: CameraSpec) -> NDArray[np.uint8]:
        """Return what is seen in the colours of Cityscapes, BGRA, shape (height, width, 4).

        Raises:
            WorldError: the renderer is closed.
            BackendError: OpenGL cannot draw it.
        """
        if self._is_closed:
            raise WorldError('the renderer is closed; make a new one')
        if self._opened_classes is None:
            layout = layout_from_town(self._town)
            classes = ClassGraph(layout, self._seed)
            self._opened_classes = classes, CameraOutputs(classes, 0)
        graph, outputs = self._opened_classes
        graph.pose(state)
        return outputs.draw(camera, state.ego.pose_map)

    def close(self) -> None:
        """Release everything; a closed renderer cannot draw any more."""
        for opened in (self._opened, self._opened_classes):
            if opened is not None:
                graph, outputs = opened
                outputs.close()
                graph.close()
        self._opened = self._opened_classes = None
        self._is_closed = True

    def _open(self) -> tuple[SceneGraph, CameraOutputs]:
        if self._is_closed:
            raise WorldError('the renderer is closed; make a new one')
        if self._opened is None:
            graph = SceneGraph(
                layout_from_town(self._town),
                self._quality,
                self._seed,
                has_lamps=self._has_lamps,
            )
            self._opened = graph, CameraOutputs(graph, self._quality.samples)
        return self._opened
