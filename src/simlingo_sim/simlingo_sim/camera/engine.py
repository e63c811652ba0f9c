# SPDX-License-Identifier: Apache-2.0
"""The one Panda3D engine of a process: headless, without a window system.

Panda3D has one engine, one cache and one set of settings per process, and so has this module.
Drawing from two threads at a time is not safe.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d import core as panda

from simlingo_core.errors import BackendError
from simlingo_sim.camera.mesh import STRIDE, Mesh
from simlingo_sim.camera.pipeline import open_bins

# States are freed with their last user, because no task manager runs to collect them later.
_SETTINGS = """
load-display p3headlessgl
window-type offscreen
audio-library-name null
sync-video false
textures-power-2 none
notify-level-device fatal
notify-level-display error
notify-level-gobj error
gl-version 3 3
garbage-collect-states false
"""


SHADOW_SORT, IMAGE_SORT = -10, -5
# Farther than the far plane of any camera.
FOREVER_M = 9000.0


class Engine:
    """Opens offscreen images and draws them."""

    def __init__(self) -> None:
        panda.load_prc_file_data('simlingo', _SETTINGS)
        selection = panda.GraphicsPipeSelection.get_global_ptr()
        self._pipe = selection.make_module_pipe('p3headlessgl')
        if self._pipe is None:
            raise BackendError(
                'Panda3D found no headless OpenGL; install libegl1, libgl1 and libgl1-mesa-dri'
            )
        self._engine = panda.GraphicsEngine.get_global_ptr()
        self._engine.set_threading_model(panda.GraphicsThreadingModel(''))
        open_bins()
        self._lenders: dict[Any, Any] = {}
        self._depths: dict[Any, Any] = {}
        self._host = self._open('host', 16, 16, 0, 0, None)
        self._host.set_active(False)

    def open_image(self, width_px: int, height_px: int, samples: int) -> tuple[Any, Any]:
        """Return an inactive output and the texture its pixels are copied to."""
        output = self._open('image', width_px, height_px, samples, IMAGE_SORT, self._host)
        if samples and output.get_fb_properties().get_multisamples() < 2:
            raise BackendError('OpenGL offers no multisampling here; use the camera quality plain')
        if samples:
            self._borrow_depth(output, width_px, height_px, samples)
        pixels = panda.Texture('pixels')
        output.add_render_texture(pixels, panda.GraphicsOutput.RTM_copy_ram)
        output.set_clear_color_active(False)
        output.set_active(False)
        return output, pixels

    def read_depth(self, output: Any) -> Any:
        """Return the texture that an image's depth is copied to from now on, in 32-bit floats."""
        if output not in self._depths:
            depth = panda.Texture('depth')
            depth.set_format(panda.Texture.F_depth_component32)
            depth.set_component_type(panda.Texture.T_float)
            output.add_render_texture(
                depth, panda.GraphicsOutput.RTM_copy_ram, panda.GraphicsOutput.RTP_depth
            )
            self._depths[output] = depth
        return self._depths[output]

    def open_depth(self, side_px: int) -> tuple[Any, Any]:
        """Return an inactive output without colour and its depth texture, for shadows."""
        depth = panda.Texture('shadow')
        depth.set_format(panda.Texture.F_depth_component)
        depth.set_minfilter(panda.SamplerState.FT_shadow)
        depth.set_magfilter(panda.SamplerState.FT_shadow)
        depth.set_wrap_u(panda.SamplerState.WM_clamp)
        depth.set_wrap_v(panda.SamplerState.WM_clamp)
        properties = panda.FrameBufferProperties()
        properties.set_depth_bits(24)
        output = self._engine.make_output(
            self._pipe,
            'shadow',
            SHADOW_SORT,
            properties,
            panda.WindowProperties.size(side_px, side_px),
            panda.GraphicsPipe.BF_refuse_window,
            self._host.get_gsg(),
            self._host,
        )
        if output is None:
            raise BackendError('OpenGL offers no depth texture; use the camera quality plain')
        output.add_render_texture(
            depth, panda.GraphicsOutput.RTM_bind_or_copy, panda.GraphicsOutput.RTP_depth
        )
        output.set_active(False)
        return output, depth

    def _borrow_depth(self, output: Any, width_px: int, height_px: int, samples: int) -> None:
        """Give an antialiased image the depth buffer of another output.

        Panda3D resolves the samples of an image's own depth buffer, although nothing reads it.  A
        shared depth buffer is not resolved, which saves that time.
        """
        lender = self._open('lender', width_px, height_px, samples, 0, self._host)
        lender.set_clear_color_active(False)
        self.draw((lender,))
        if not output.share_depth_buffer(lender):
            self.close(lender)
            return
        self._lenders[output] = lender

    def draw(self, outputs: tuple[Any, ...]) -> None:
        """Draw these outputs only."""
        for output in outputs:
            output.set_active(True)
        self._engine.render_frame()
        for output in outputs:
            output.set_active(False)

    def close(self, output: Any) -> None:
        """Release an output."""
        self._engine.remove_window(output)
        self._depths.pop(output, None)
        if (lender := self._lenders.pop(output, None)) is not None:
            self._engine.remove_window(lender)

    def _open(
        self, name: str, width_px: int, height_px: int, samples: int, sort: int, host: Any
    ) -> Any:
        properties = panda.FrameBufferProperties()
        properties.set_rgba_bits(8, 8, 8, 8)
        properties.set_depth_bits(24)
        properties.set_multisamples(samples)
        arguments = [
            self._pipe,
            name,
            sort,
            properties,
            panda.WindowProperties.size(width_px, height_px),
            panda.GraphicsPipe.BF_refuse_window,
        ]
        if host is not None:
            arguments += [host.get_gsg(), host]
        output = self._engine.make_output(*arguments)
        if output is None:
            raise BackendError(
                f'OpenGL refused an image of {width_px} x {height_px} pixels, {samples} samples'
            )
        return output


@functools.lru_cache(maxsize=1)
def engine() -> Engine:
    """Return the engine of this process; the first call starts it."""
    return Engine()


@functools.lru_cache(maxsize=1)
def _vertex_format() -> Any:
    array = panda.GeomVertexArrayFormat()
    for name, count, contents in (
        ('vertex', 3, panda.Geom.C_point),
        ('normal', 3, panda.Geom.C_normal),
        ('tint', 3, panda.Geom.C_other),
        ('texcoord', 3, panda.Geom.C_texcoord),
        ('part', 1, panda.Geom.C_other),
    ):
        array.add_column(name, count, panda.Geom.NT_float32, contents)
    layout = panda.GeomVertexFormat()
    layout.add_array(array)
    return panda.GeomVertexFormat.register_format(layout)


def geometry_node(name: str, mesh: Mesh) -> Any:
    """Return a Panda3D node with a mesh."""
    rows = np.ascontiguousarray(mesh, np.float32)
    if rows.ndim != 2 or rows.shape[1] != STRIDE:
        raise ValueError(f'mesh {name} has shape {rows.shape}; expected (n, {STRIDE})')
    first, index = _shared_vertices(rows)
    data = panda.GeomVertexData(name, _vertex_format(), panda.Geom.UH_static)
    data.unclean_set_num_rows(len(first))
    data.modify_array_handle(0).copy_data_from(rows[first].tobytes())
    primitive = panda.GeomTriangles(panda.Geom.UH_static)
    primitive.set_index_type(panda.Geom.NT_uint32)
    vertices = primitive.modify_vertices()
    vertices.unclean_set_num_rows(len(index))
    vertices.modify_handle().copy_data_from(index.astype(np.uint32).tobytes())
    geometry = panda.Geom(data)
    geometry.add_primitive(primitive)
    node = panda.GeomNode(name)
    node.add_geom(geometry)
    return node


def make_shader(sources: tuple[str, str]) -> Any:
    """Return the Panda3D shader of a vertex and a fragment source."""
    return panda.Shader.make(panda.Shader.SL_GLSL, *sources)


def level_node(near: Any, far: Any, switch_m: float, end_m: float = FOREVER_M) -> Any:
    """Return a node that draws ``near`` up to a distance from the camera and ``far`` beyond."""
    levels = panda.LODNode('levels')
    for node, low_m, high_m in ((near, 0.0, switch_m), (far, switch_m, end_m)):
        levels.add_child(node)
        levels.add_switch(high_m, low_m)
    return levels


def _shared_vertices(rows: Mesh) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first row of each different vertex, and for each row which of them it is."""
    words = np.ascontiguousarray(rows + np.float32(0.0)).view(np.uint32).astype(np.uint64)
    # One 64-bit number per row sorts much faster than rows of 13 numbers.
    factors = np.random.default_rng(0).integers(1, 2**63, STRIDE, dtype=np.uint64) | np.uint64(1)
    keys = (words * factors).sum(axis=1, dtype=np.uint64)
    keys ^= keys >> np.uint64(29)
    _, first, index = np.unique(keys, return_index=True, return_inverse=True)
    return first, index.ravel()


def texture_array(layers: NDArray[np.uint8]) -> Any:
    """Return a repeating Panda3D texture array from layers (n, h, w, 3), red first, top first."""
    count, height, width, _ = layers.shape
    texture = panda.Texture('surfaces')
    texture.setup_2d_texture_array(
        width, height, count, panda.Texture.T_unsigned_byte, panda.Texture.F_rgb
    )
    texture.set_ram_image(np.ascontiguousarray(layers[:, ::-1, :, ::-1]).tobytes())
    # Bilinear from the nearest level: trilinear costs a software rasteriser twice as much.
    texture.set_minfilter(panda.SamplerState.FT_linear_mipmap_nearest)
    texture.set_wrap_u(panda.SamplerState.WM_repeat)
    texture.set_wrap_v(panda.SamplerState.WM_repeat)
    return texture


def light_texture(light: NDArray[np.uint8]) -> Any:
    """Return a Panda3D texture of one channel, shape (h, w), first row at the bottom."""
    height, width = light.shape
    texture = panda.Texture('street light')
    texture.setup_2d_texture(width, height, panda.Texture.T_unsigned_byte, panda.Texture.F_red)
    texture.set_ram_image(np.ascontiguousarray(light).tobytes())
    texture.set_minfilter(panda.SamplerState.FT_linear)
    texture.set_wrap_u(panda.SamplerState.WM_clamp)
    texture.set_wrap_v(panda.SamplerState.WM_clamp)
    return texture
