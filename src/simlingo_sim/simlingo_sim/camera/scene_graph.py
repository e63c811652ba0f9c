# SPDX-License-Identifier: Apache-2.0
"""The scene graph of one world: the town, its lights, and a node for each actor."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d import core as panda

from simlingo_core.geometry import Pose2
from simlingo_sim.camera import shaders
from simlingo_sim.camera.actor_node import ActorNode
from simlingo_sim.camera.actors import model_name
from simlingo_sim.camera.engine import (
    engine,
    geometry_node,
    level_node,
    light_texture,
    make_shader,
    texture_array,
)
from simlingo_sim.camera.layout import StreetLayout
from simlingo_sim.camera.pipeline import (
    CASTS,
    FAR_BIN,
    FAR_GROUND_BIN,
    NEAR_BIN,
    NEAR_GROUND_BIN,
    SKY_BIN,
    attach_flushes,
    put_in_bin,
)
from simlingo_sim.camera.scene import Chunk, build_scene, look_rngs
from simlingo_sim.camera.shadow_caster import ShadowCaster
from simlingo_sim.camera.sky import Daylight, midday, sky_dome
from simlingo_sim.camera.specs import CameraQuality
from simlingo_sim.camera.street_light import lit_street_lamps, street_light_map
from simlingo_sim.camera.textures import make_textures
from simlingo_sim.camera.weather_light import NO_LAMPS, daylight_of, lamp_light
from simlingo_sim.state import ActorState, LightState, WorldState
from simlingo_sim.weather import Weather

FINE_WITHIN_M = 90.0
# Several samples cost more for each triangle, and hide the change between levels.
FINE_WITHIN_SAMPLED_M = 70.0
SHADOWS_AHEAD_M = 30.0
LEAST_FOV_OF_SHADOWS_AHEAD_DEG = 20.0


class SceneGraph:
    """Everything that is drawn, as Panda3D nodes.

    Args:
        layout: the streets.
        quality: decides shaders, and whether there are shadows.
        seed: decides textures, colours, buildings, trees and the sun.
        has_lamps: whether lamps and wet roads are drawn, which costs more; without them a
            weather is daylight and haze only.

    Attributes:
        scene: meshes of everything that does not move.
        root: root node path; cameras are attached to it.
    """

    def __init__(
        self, layout: StreetLayout, quality: CameraQuality, seed: int, *, has_lamps: bool = False
    ) -> None:
        self._quality, self._seed, self._has_lamps = quality, seed, has_lamps
        rngs = look_rngs(seed)
        self.scene = build_scene(layout, rngs[1])
        self.root = panda.NodePath('world')
        # Changed in place at every image: a new input would make Panda3D compose the states of
        # everything below anew.
        self._eye_map = panda.PTALVecBase3f.empty_array(1)
        self._shadow_from_map = panda.PTALMatrix4f.empty_array(1)
        self._town = self.root.attach_new_node('town')
        self._surfaces = texture_array(make_textures(rngs[3]))
        self._ground_looks = self._open_ground_looks()
        self._add_chunks(self.scene.chunks)
        put_in_bin(self._town.node(), NEAR_BIN)
        attach_flushes(self.root, CASTS)
        # A separate node, so that the bounds of what does not move are computed only once.
        self._users = self._town.attach_new_node('users')
        self._open_looks()
        self._weather: Weather | None = None
        self._caster = ShadowCaster(self.root, CASTS) if quality.has_shadows else None
        self._sky: Any = None
        self._light_up(midday(rngs[0]))
        self._lamps = self._open_lamps()
        self._lit: dict[int, LightState | None] = dict.fromkeys(self._lamps)
        self._pools: dict[str, list[ActorNode]] = {}
        self._shapes: dict[tuple[str, bool], Any] = {}
        if self._caster is not None:
            self._town.set_shader_input('shadow_map', self._caster.depth)
            self._town.set_shader_input('shadow_from_map', self._shadow_from_map)

    def pose(self, state: WorldState) -> None:
        """Set weather, all lights and actors to a state of the world."""
        self._set_weather(state.weather)
        ego = state.ego.pose_map
        self._ego_map[0] = panda.LVecBase4f(
            ego.x_m, ego.y_m, math.cos(ego.yaw_rad), math.sin(ego.yaw_rad)
        )
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
                pool.append(self._make_user(actor, is_ego=name == 'ego'))
            pool[index].show(actor, state.t_s)
            used[name] = index + 1
        for name, pool in self._pools.items():
            for node in pool[used.get(name, 0) :]:
                node.hide()

    def set_eye(self, eye_map: Any) -> None:
        """Set the position of the camera for shaders and sky.

        Args:
            eye_map: Panda3D point in map.
        """
        self._eye_map[0] = panda.LVecBase3f(eye_map)
        self._sky.set_pos(eye_map)

    def aim_shadows(
        self, ego_pose_map: Pose2, *, shows_ego: bool, fov_deg: float
    ) -> tuple[Any, ...]:
        """Prepare the shadows of one image; return the outputs to draw before it.

        Args:
            ego_pose_map: pose of the ego.
            shows_ego: whether the ego casts a shadow: only where the camera draws it.
            fov_deg: field of view; with a wide one the shadows reach farther ahead.
        """
        if self._caster is None:
            return ()
        for ego in self._pools.get('ego', []):
            ego.set_casts_shadow(shows_ego)
        is_wide = fov_deg > LEAST_FOV_OF_SHADOWS_AHEAD_DEG
        middle = ego_pose_map.transform([SHADOWS_AHEAD_M if is_wide else 0.0, 0.0])
        self._shadow_from_map[0] = self._caster.aim(middle)
        return (self._caster.output,)

    def close(self) -> None:
        """Free all nodes and textures."""
        if self._caster is not None:
            engine().close(self._caster.output)
        self._surfaces.release_all()
        self.root.remove_node()
        self._pools.clear()

    def _make_user(self, actor: ActorState, *, is_ego: bool) -> ActorNode:
        return ActorNode(self._users, model_name(actor), is_ego, self._shapes)

    def _add_chunks(self, chunks: tuple[Chunk, ...]) -> None:
        # Ground without objects is a few triangles only: one node is drawn faster than hundreds.
        bare = [chunk.ground for chunk in chunks if chunk.is_bare]
        if bare:
            land = self._town.attach_new_node(geometry_node('land', np.concatenate(bare)))
            self._lay_ground(land, FAR_GROUND_BIN)
        for chunk in chunks:
            if not chunk.is_bare:
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
            # After the objects on it, so that occluded ground is not filled.
            below = level.attach_new_node('below')
            below.attach_new_node(ground)
            self._lay_ground(below, ground_bin)
            nodes.append(level.node())
        fine_within_m = FINE_WITHIN_SAMPLED_M if self._quality.samples else FINE_WITHIN_M
        levels = level_node(nodes[0], nodes[1], fine_within_m)
        levels.set_center(panda.LPoint3f(*chunk.middle_map_m, 0.0))
        self._town.attach_new_node(levels)

    def _open_ground_looks(self) -> Any:
        """Return the render state of the ground, which differs from that of objects."""
        looks = panda.NodePath('ground looks')
        if self._quality.samples:
            # A software rasteriser pays for every look-up in every pixel.  On walls and roofs
            # shadows are hardly seen; on the ground, which has no fine edges, single texels are
            # as good.
            sources = shaders.surface_shader(self._quality.has_shadows, self._has_lamps)
            looks.set_shader(make_shader(sources))
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
        sky = self.root.attach_new_node(geometry_node('sky', mesh))
        sky.set_shader(make_shader((shaders.SKY_VERTEX, shaders.SKY_FRAGMENT)))
        # Last, where nothing else was drawn; hills are still drawn over the sky.
        put_in_bin(sky.node(), SKY_BIN)
        sky.set_depth_write(False)
        sky.set_depth_test(True)
        sky.hide(CASTS)
        sky.node().set_bounds(panda.OmniBoundingVolume())
        sky.node().set_final(True)
        return sky

    def _set_weather(self, weather: Weather | None) -> None:
        """Change the light to that of a weather; None: noon as the seed has it."""
        if weather == self._weather:
            return
        self._weather = weather
        if weather is None:
            daylight, lamps = midday(look_rngs(self._seed)[0]), NO_LAMPS
        else:
            daylight, lamps = daylight_of(weather), lamp_light(weather)
        self._light_up(daylight)
        self._lamp_light[0] = panda.LVecBase4f(
            lamps.darkness, float(lamps.are_on), lamps.wetness, 0.0
        )
        if self._street_lamps is not None:
            self._street_lamps.show() if lamps.are_on else self._street_lamps.hide()

    def _light_up(self, daylight: Daylight) -> None:
        for name, color in (
            ('sun_color', daylight.sun_color),
            ('sun_direction', tuple(daylight.sun_direction)),
            ('sky_light', daylight.sky_light),
            ('ground_light', daylight.ground_light),
            ('fog_color', daylight.horizon),
        ):
            self._town.set_shader_input(name, panda.LVecBase3f(*color))
        self._town.set_shader_input('fog_density', float(daylight.fog_density))
        if self._caster is not None:
            self._caster.set_sun(daylight.sun_direction)
        if self._sky is not None:
            self._sky.remove_node()
        self._sky = self._open_sky(sky_dome(daylight, look_rngs(self._seed)[2]))

    def _open_looks(self) -> None:
        town = self._town
        town.set_shader(make_shader(shaders.surface_shader(False, self._has_lamps)))
        town.set_shader_input('surfaces', self._surfaces)
        town.set_shader_input('lamps', panda.LVecBase4f(0))
        town.set_shader_input('paint', panda.LVecBase4f(1, 1, 1, 0))
        town.set_shader_input('eye_map', self._eye_map)
        if self._quality.samples:
            self.root.set_antialias(panda.AntialiasAttrib.M_multisample)
        self._ego_map, self._lamp_light = (panda.PTALVecBase4f.empty_array(1) for _ in range(2))
        self._lamp_light[0] = panda.LVecBase4f(0)
        self._street_lamps: Any = None
        if not self._has_lamps:
            return
        town.set_shader_input('ego_map', self._ego_map)
        town.set_shader_input('lamp_light', self._lamp_light)
        light, area = street_light_map(self.scene.street_lamp_poses_map)
        town.set_shader_input('street_light', light_texture(light))
        town.set_shader_input('street_area', panda.LVecBase4f(*area))
        mesh = lit_street_lamps(self.scene.street_lamp_poses_map)
        self._street_lamps = town.attach_new_node(geometry_node('street lamps', mesh))
        self._street_lamps.hide(CASTS)
        self._street_lamps.hide()

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
