# SPDX-License-Identifier: Apache-2.0
"""Cameras of one scene graph and the images they draw to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d import core as panda

from simlingo_core.geometry import Pose2, Pose3
from simlingo_sim.camera.engine import engine
from simlingo_sim.camera.pipeline import HIDES_EGO, SHOWS_EGO
from simlingo_sim.camera.scene_graph import SceneGraph
from simlingo_sim.camera.specs import CameraSpec

NEAR_M, FAR_M = 0.3, 900.0
LEVELS_FOCAL_PX = 360.0
LEVELS_SCALE_FROM_ABOVE = 0.2


class CameraOutputs:
    """Draws a scene graph with any camera; cameras that differ in their pose share an image.

    Args:
        graph: the scene graph.
        samples: samples per pixel; 0: no antialiasing.
    """

    def __init__(self, graph: SceneGraph, samples: int) -> None:
        self._graph, self._samples = graph, samples
        self._engine = engine()
        self._images: dict[CameraSpec, tuple[Any, Any, Any]] = {}

    def draw(self, camera: CameraSpec, ego_pose_map: Pose2) -> NDArray[np.uint8]:
        """Return one image, BGRA, shape (height, width, 4).

        Args:
            camera: the camera.
            ego_pose_map: pose of the ego.
        """
        output, pixels, node = self._image(camera)
        pose = camera.map_from_camera(ego_pose_map)
        node.set_mat(_panda_matrix(pose))
        self._graph.set_eye(panda.LPoint3f(*pose.translation_m))
        shadows = self._graph.aim_shadows(
            ego_pose_map, shows_ego=camera.shows_ego, fov_deg=camera.fov_deg
        )
        self._engine.draw((*shadows, output))
        image = np.frombuffer(pixels.get_ram_image(), np.uint8)
        return image.reshape(camera.height_px, camera.width_px, 4)[::-1].copy()

    def draw_depth_m(self, camera: CameraSpec, ego_pose_map: Pose2) -> NDArray[np.float32]:
        """Return distances along the axis of a pinhole camera in metres, shape (height, width)."""
        output, _, node = self._image(camera)
        node.set_mat(_panda_matrix(camera.map_from_camera(ego_pose_map)))
        depth = self._engine.read_depth(output)
        self._engine.draw((output,))
        share = np.frombuffer(depth.get_ram_image(), np.float32)
        share = share.reshape(camera.height_px, camera.width_px)[::-1]
        return (NEAR_M * FAR_M / (FAR_M - share * (FAR_M - NEAR_M))).astype(np.float32)

    def close(self) -> None:
        """Free all images."""
        for output, pixels, _ in self._images.values():
            self._engine.close(output)
            pixels.clear()
        self._images.clear()

    def _image(self, camera: CameraSpec) -> tuple[Any, Any, Any]:
        # The pose is set at every drawing.
        key = replace(camera, x_m=0.0, y_m=0.0, z_m=0.0, roll_rad=0.0, pitch_rad=0.0, yaw_rad=0.0)
        if key not in self._images:
            output, pixels = self._engine.open_image(
                camera.width_px, camera.height_px, self._samples
            )
            node = panda.Camera('camera', _lens(camera))
            node.set_lod_scale(_levels_scale(camera))
            node.set_camera_mask(SHOWS_EGO if camera.shows_ego else HIDES_EGO)
            path = self._graph.root.attach_new_node(node)
            output.make_display_region().set_camera(path)
            self._images[key] = (output, pixels, path)
        return self._images[key]


def _levels_scale(camera: CameraSpec) -> float:
    """Return the factor on the distances of model levels; a longer lens needs finer ones."""
    if camera.orthographic_width_m is not None:
        return LEVELS_SCALE_FROM_ABOVE
    return min(1.0, LEVELS_FOCAL_PX / camera.focal_px)


def _lens(camera: CameraSpec) -> Any:
    ratio = camera.height_px / camera.width_px
    lens: Any
    if camera.orthographic_width_m is not None:
        lens = panda.OrthographicLens()
        lens.set_film_size(camera.orthographic_width_m, camera.orthographic_width_m * ratio)
    else:
        lens = panda.PerspectiveLens()
        lens.set_film_size(1.0, ratio)
        lens.set_fov(camera.fov_deg)
    lens.set_near_far(NEAR_M, FAR_M)
    return lens


def _panda_matrix(pose: Pose3) -> Any:
    """Return the matrix of a pose; Panda3D's camera looks along y, its vectors are rows."""
    rotation = pose.rotation
    forward, left, up = rotation[:, 0], rotation[:, 1], rotation[:, 2]
    rows = np.zeros((4, 4))
    rows[0, :3], rows[1, :3], rows[2, :3] = -left, forward, up
    rows[3] = (*pose.translation_m, 1.0)
    return panda.LMatrix4f(*rows.ravel())
