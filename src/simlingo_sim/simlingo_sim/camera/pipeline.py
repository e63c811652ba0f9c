# SPDX-License-Identifier: Apache-2.0
"""The order in which the parts of an image are drawn, and flushes in between.

A software rasteriser fills pixels in its own threads, but only after a flush.  With flushes in
between it fills the near part of an image while the far part is still prepared.  Parts that cover
many pixels come first, so that the threads are busy early, and near parts before far ones, so that
occluded pixels are not filled.  The order does not change the image.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
from typing import Any

from panda3d import core as panda

from simlingo_core.errors import BackendError

# Bins in the order of drawing; the far ones hold the coarse models.
NEAR_BIN, NEAR_GROUND_BIN, FAR_BIN, FAR_GROUND_BIN, SKY_BIN = (
    'near',
    'near-ground',
    'far',
    'far-ground',
    'sky',
)
# Cameras that draw a node: those that show the ego, those that do not, the shadow camera.
SHOWS_EGO, HIDES_EGO, CASTS = (panda.BitMask32.bit(k) for k in (1, 2, 3))
_FIRST_SORT = 20
_BEFORE, _CONTENT, _AFTER = 0, 1, 2


def open_bins() -> None:
    """Create the bins; once per process."""
    manager = panda.CullBinManager.get_global_ptr()
    nearest_first, fixed = panda.CullBinManager.BT_front_to_back, panda.CullBinManager.BT_fixed
    for k, (name, kind) in enumerate(
        (
            (NEAR_BIN, nearest_first),
            (NEAR_GROUND_BIN, fixed),
            (FAR_BIN, nearest_first),
            (FAR_GROUND_BIN, fixed),
            (SKY_BIN, fixed),
        )
    ):
        manager.add_bin(name, kind, _FIRST_SORT + k)


def put_in_bin(node: Any, name: str) -> None:
    """Draw everything below a node in a bin."""
    node.set_attrib(panda.CullBinAttrib.make(name, _CONTENT))


def attach_flushes(world: Any, hidden_from: Any) -> None:
    """Flush every image of ``world`` before and after its near and far ground.

    Args:
        world: root node path.
        hidden_from: mask of the cameras that do not flush.
    """
    for node in _flush_nodes():
        world.attach_new_node(node).hide(hidden_from)


@functools.cache
def _flush_nodes() -> tuple[Any, ...]:
    flush = _gl_flush()

    def draw(data: Any) -> None:
        flush()
        data.set_lost_state(False)

    nodes = []
    for name, order in (
        (NEAR_GROUND_BIN, _BEFORE),
        (NEAR_GROUND_BIN, _AFTER),
        (FAR_GROUND_BIN, _BEFORE),
        (FAR_GROUND_BIN, _AFTER),
    ):
        node = panda.CallbackNode('flush')
        node.set_draw_callback(panda.PythonCallbackObject(draw))
        node.set_attrib(panda.CullBinAttrib.make(name, order))
        node.set_bounds(panda.OmniBoundingVolume())
        node.set_final(True)
        nodes.append(node)
    atexit.register(_forget, nodes)
    return tuple(nodes)


def _forget(nodes: list[Any]) -> None:
    """Remove the callbacks: Panda3D's images would call them after the interpreter has ended."""
    for node in nodes:
        node.clear_draw_callback()
    panda.GraphicsEngine.get_global_ptr().remove_all_windows()


def _gl_flush() -> Any:
    try:
        flush = ctypes.CDLL('libGL.so.1').glFlush
    except (OSError, AttributeError) as error:
        raise BackendError(f'OpenGL cannot be loaded: {error}; install libgl1') from error
    flush.restype, flush.argtypes = None, ()
    return flush
