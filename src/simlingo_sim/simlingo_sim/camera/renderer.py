# SPDX-License-Identifier: Apache-2.0
"""Draws a world state as a camera on the ego sees it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d import core as panda

from simlingo_core.errors import ConfigError, WorldError
from simlingo_core.geometry import Pose2, Pose3
from simlingo_sim.camera import shaders
from simlingo_sim.camera.actor_node import ActorNode
from simlingo_sim.camera.actors import model_name
from simlingo_sim.camera.engine import engine, geometry_node, level_node, texture_array
from simlingo_sim.camera.layout import StreetLayout, layout_from_town
from simlingo_sim.camera.pipeline import (
    CASTS,
    FAR_BIN,
    FAR_GROUND_BIN,
    HIDES_EGO,
    NEAR_BIN,
    NEAR_GROUND_BIN,
    SHOWS_EGO,
    SKY_BIN,
    attach_flushes,
    put_in_bin,
)
from simlingo_sim.camera.scene import Chunk, StaticScene, build_scene, look_rngs
from simlingo_sim.camera.shadow_caster import ShadowCaster
from simlingo_sim.camera.sky import midday, sky_dome
from simlingo_sim.camera.specs import CameraQuality, CameraSpec, quality_named
from simlingo_sim.camera.textures import make_textures
from simlingo_sim.state import LightState, WorldState
from simlingo_sim.town.town import Town

NEAR_M, FAR_M = 0.3, 900.0
FINE_WITHIN_M = 90.0
# Several samples cost more for each triangle, and hide the change between levels.
FINE_WITHIN_SAMPLED_M = 70.0
LEVELS_FOCAL_PX = 360.0
LEVELS_SCALE_FROM_ABOVE = 0.2


class Renderer:
    """All cameras of one world.

    The same seed and state give the same bytes in any process with the same OpenGL driver.
    Nothing is opened before the first image.

    Args:
        town: the streets.
        quality: plain, antialiased or full.
        seed: decides textures, colours, buildings, trees and the sun.
    """

    def __init__(
        self, town: Town, quality: CameraQuality = CameraQuality.PLAIN, seed: int = 0
    ) -> None:
        if seed < 0:
            raise ConfigError(f'camera seed is {seed}; expected 0 or more')
        self._town = town
        self._quality = quality_named(quality)
        self._seed = seed
        self._stage: _Stage | None = None
        self._is_closed = False

    @property
    def scene(self) -> StaticScene:
        """What stands still; built at the first use."""
        return self._open_stage().scene

    def render(self, state: WorldState, camera: CameraSpec) -> NDArray[np.uint8]:
        """Return the image, BGRA, shape (height, width, 4), C-contiguous.

        Raises:
            WorldError: the renderer is closed.
            BackendError: OpenGL cannot draw it.
        """
        stage = self._open_stage()
        stage.pose(state)
        return stage.draw(camera, state.ego.pose_map)

    def close(self) -> None:
        """Free everything; a closed renderer cannot draw any more."""
        if self._stage is not None:
            self._stage.close()
        self._stage = None
        self._is_closed = True

    def _open_stage(self) -> _Stage:
        if self._is_closed:
            raise WorldError('the renderer is closed; make a new one')
        if self._stage is None:
            layout = layout_from_town(self._town)
            self._stage = _Stage(layout, self._quality, self._seed)
        return self._stage


class _Stage:
    """The scene graph, the open images and the actors' nodes."""

    def __init__(self, layout: StreetLayout, quality: CameraQuality, seed: int) -> None:
        self._engine = engine()
        self._quality = quality
        rngs = look_rngs(seed)
        daylight = midday(rngs[0])
        self.scene = build_scene(layout, daylight, rngs[1])
        self._world = panda.NodePath('world')
        # Changed in place at every image: a new input would make Panda3D compose the states of
        # everything below anew.
        self._eye_map = panda.PTALVecBase3f.empty_array(1)
        self._shadow_from_map = panda.PTALMatrix4f.empty_array(1)
        self._town = self._world.attach_new_node('town')
        self._surfaces = texture_array(make_textures(rngs[3]))
        self._ground_looks = self._open_ground_looks()
        self._add_chunks(self.scene.chunks)
        put_in_bin(self._town.node(), NEAR_BIN)
        attach_flushes(self._world, CASTS)
        # Apart from what stands still, whose common bounds are then computed once only.
        self._users = self._town.attach_new_node('users')
        self._sky = self._open_sky(sky_dome(daylight, rngs[2]))
        self._set_light()
        self._lamps = self._open_lamps()
        self._lit: dict[int, LightState | None] = dict.fromkeys(self._lamps)
        self._pools: dict[str, list[ActorNode]] = {}
        self._images: dict[CameraSpec, tuple[Any, Any, Any]] = {}
        self._caster = (
            ShadowCaster(self._world, daylight.sun_direction, CASTS)
            if quality.has_shadows
            else None
        )
        if self._caster is not None:
            self._town.set_shader_input('shadow_map', self._caster.depth)
            self._town.set_shader_input('shadow_from_map', self._shadow_from_map)

    def _add_chunks(self, chunks: tuple[Chunk, ...]) -> None:
        # Land with nothing on it is a few triangles only: one piece is drawn faster than hundreds.
        bare = [chunk.ground for chunk in chunks if _is_bare(chunk)]
        if bare:
            land = self._town.attach_new_node(geometry_node('land', np.concatenate(bare)))
            self._lay_ground(land, FAR_GROUND_BIN)
        for chunk in chunks:
            if not _is_bare(chunk):
                self._add_chunk(chunk)

    def _add_chunk(self, chunk: Chunk) -> None:
        solid = geometry_node('solid', chunk.solid)
        ground = geometry_node('ground', chunk.ground)
        nodes = []
        for mesh, bin_name, ground_bin in (
            (chunk.fine, NEAR_BIN, NEAR_GROUND_BIN),
            (chunk.coarse, FAR_BIN, FAR_GROUND_BIN),
        ):
            level = panda.NodePath('level')
            put_in_bin(level.node(), bin_name)
            if len(chunk.solid):
                level.attach_new_node(solid)
            if len(mesh):
                level.attach_new_node(geometry_node('level', mesh))
            # After all that stands on it: what is hidden costs no pixels.
            below = level.attach_new_node('below')
            below.attach_new_node(ground)
            self._lay_ground(below, ground_bin)
            nodes.append(level.node())
        fine_within_m = FINE_WITHIN_SAMPLED_M if self._quality.samples else FINE_WITHIN_M
        levels = level_node(nodes[0], nodes[1], fine_within_m)
        levels.set_center(panda.LPoint3f(*chunk.middle_map_m, 0.0))
        self._town.attach_new_node(levels)

    def _open_ground_looks(self) -> Any:
        """Return the state of ground that is drawn otherwise than what stands on it."""
        looks = panda.NodePath('ground looks')
        if self._quality.samples:
            # A software rasteriser pays for every look-up in every pixel.  On walls and roofs
            # shadows are hardly seen; on the ground, which has no fine edges, single texels are
            # as good.
            looks.set_shader(_surface_looks(self._quality.has_shadows))
            single = panda.SamplerState(self._surfaces.get_default_sampler())
            single.set_minfilter(panda.SamplerState.FT_nearest_mipmap_nearest)
            single.set_magfilter(panda.SamplerState.FT_nearest)
            looks.set_shader_input('surfaces', self._surfaces, single)
        return looks.get_state()

    def _lay_ground(self, ground: Any, bin_name: str) -> None:
        ground.set_state(self._ground_looks)
        put_in_bin(ground.node(), bin_name)
        ground.hide(CASTS)

    def _open_sky(self, mesh: NDArray[np.float32]) -> Any:
        sky = self._world.attach_new_node(geometry_node('sky', mesh))
        sky.set_shader(
            panda.Shader.make(panda.Shader.SL_GLSL, shaders.SKY_VERTEX, shaders.SKY_FRAGMENT)
        )
        # Last, where nothing else was drawn; the order of hills over sky stays.
        put_in_bin(sky.node(), SKY_BIN)
        sky.set_depth_write(False)
        sky.set_depth_test(True)
        sky.hide(CASTS)
        sky.node().set_bounds(panda.OmniBoundingVolume())
        sky.node().set_final(True)
        return sky

    def _set_light(self) -> None:
        town, daylight = self._town, self.scene.daylight
        town.set_shader(_surface_looks(has_shadows=False))
        for name, color in (
            ('sun_color', daylight.sun_color),
            ('sun_direction', tuple(daylight.sun_direction)),
            ('sky_light', daylight.sky_light),
            ('ground_light', daylight.ground_light),
            ('fog_color', daylight.horizon),
        ):
            town.set_shader_input(name, panda.LVecBase3f(*color))
        town.set_shader_input('fog_density', float(daylight.fog_density))
        town.set_shader_input('surfaces', self._surfaces)
        town.set_shader_input('lamps', panda.LVecBase4f(0))
        town.set_shader_input('paint', panda.LVecBase4f(1, 1, 1, 0))
        town.set_shader_input('eye_map', self._eye_map)
        if self._quality.samples:
            self._world.set_antialias(panda.AntialiasAttrib.M_multisample)

    def _open_lamps(self) -> dict[int, dict[LightState, Any]]:
        nodes = {}
        for ident, colors in self.scene.lit_lamps.items():
            nodes[ident] = {
                state: self._town.attach_new_node(geometry_node(f'lamp{ident}', mesh))
                for state, mesh in colors.items()
            }
            for node in nodes[ident].values():
                node.hide()
                node.hide(CASTS)
        return nodes

    def pose(self, state: WorldState) -> None:
        """Move everything to where it is in ``state``."""
        for ident, colors in self._lamps.items():
            lit = state.lights.get(ident, LightState.OFF)
            if lit != self._lit[ident]:
                self._lit[ident] = lit
                for color, node in colors.items():
                    node.show() if color == lit else node.hide()
        used: dict[str, int] = {}
        for actor in (state.ego, *state.actors):
            name = 'ego' if actor is state.ego else model_name(actor)
            pool = self._pools.setdefault(name, [])
            index = used.get(name, 0)
            if index == len(pool):
                pool.append(ActorNode(self._users, model_name(actor), name == 'ego'))
            pool[index].show(actor, state.t_s)
            used[name] = index + 1
        for name, pool in self._pools.items():
            for node in pool[used.get(name, 0) :]:
                node.hide()

    def draw(self, camera: CameraSpec, ego_pose_map: Pose2) -> NDArray[np.uint8]:
        """Return one image of the posed scene."""
        output, pixels, node = self._image(camera)
        pose = camera.map_from_camera(ego_pose_map)
        node.set_mat(_panda_matrix(pose))
        eye = panda.LPoint3f(*pose.translation_m)
        self._eye_map[0] = panda.LVecBase3f(eye)
        self._sky.set_pos(eye)
        outputs: tuple[Any, ...] = (output,)
        if self._caster is not None:
            # A camera that does not draw the ego must not show its shadow either.
            for ego in self._pools.get('ego', []):
                ego.set_casts_shadow(camera.shows_ego)
            middle = ego_pose_map.transform([30.0 if camera.fov_deg > 20 else 0.0, 0.0])
            self._shadow_from_map[0] = self._caster.aim(middle)
            outputs = (self._caster.output, output)
        self._engine.draw(outputs)
        image = np.frombuffer(pixels.get_ram_image(), np.uint8)
        return image.reshape(camera.height_px, camera.width_px, 4)[::-1].copy()

    def _image(self, camera: CameraSpec) -> tuple[Any, Any, Any]:
        # Cameras that differ in their pose only share an image; the pose is set at every drawing.
        key = replace(camera, x_m=0.0, y_m=0.0, z_m=0.0, roll_rad=0.0, pitch_rad=0.0, yaw_rad=0.0)
        if key not in self._images:
            output, pixels = self._engine.open_image(
                camera.width_px, camera.height_px, self._quality.samples
            )
            node = panda.Camera('camera', _lens(camera))
            node.set_lod_scale(_levels_scale(camera))
            node.set_camera_mask(SHOWS_EGO if camera.shows_ego else HIDES_EGO)
            path = self._world.attach_new_node(node)
            output.make_display_region().set_camera(path)
            self._images[key] = (output, pixels, path)
        return self._images[key]

    def close(self) -> None:
        """Free outputs and nodes."""
        for output, pixels, _ in self._images.values():
            self._engine.close(output)
            pixels.clear()
        if self._caster is not None:
            self._engine.close(self._caster.output)
        self._surfaces.release_all()
        self._world.remove_node()
        self._images.clear()
        self._pools.clear()


def _surface_looks(has_shadows: bool) -> Any:
    return panda.Shader.make(panda.Shader.SL_GLSL, *shaders.surface_shader(has_shadows))


def _is_bare(chunk: Chunk) -> bool:
    return not len(chunk.solid) and not len(chunk.fine)


def _levels_scale(camera: CameraSpec) -> float:
    """Factor on distances to switch at: a camera that sees larger must see finer."""
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
    """Panda3D's camera looks along y with x to the right; its vectors are rows."""
    rotation = pose.rotation
    forward, left, up = rotation[:, 0], rotation[:, 1], rotation[:, 2]
    rows = np.zeros((4, 4))
    rows[0, :3], rows[1, :3], rows[2, :3] = -left, forward, up
    rows[3] = (*pose.translation_m, 1.0)
    return panda.LMatrix4f(*rows.ravel())
