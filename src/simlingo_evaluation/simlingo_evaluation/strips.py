# SPDX-License-Identifier: Apache-2.0
"""Image strips of the last seconds of an episode: camera above, view from the top below."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simlingo_core.images import PREVIEW_JPEG_QUALITY, encode_jpeg, to_rgb
from simlingo_core.overlay import text_panel
from simlingo_sim.camera.renderer import Renderer
from simlingo_sim.camera.specs import top_camera, training_camera
from simlingo_sim.state import WorldState

CAMERA_PX = (512, 256)
TOP_PX = 256
CAPTION_PX = 34


def write_strip(
    path: Path, states: Sequence[WorldState], renderer: Renderer, caption: str
) -> None:
    """Draw the states side by side into a JPEG file.

    Raises:
        BackendError: nothing can be drawn or encoded on this machine.
        OSError: the file cannot be written.
    """
    columns = [_column(state, renderer) for state in states]
    image = np.concatenate(columns, axis=1)
    panel = text_panel(image.shape[1], CAPTION_PX, [caption])
    strip = np.concatenate([panel, image])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_jpeg(strip, 'rgb8', PREVIEW_JPEG_QUALITY))


def _column(state: WorldState, renderer: Renderer) -> NDArray[np.uint8]:
    width_px, height_px = CAMERA_PX
    front = renderer.render(state, training_camera(width_px, height_px))
    top = renderer.render(state, top_camera(TOP_PX, TOP_PX))
    margin = (width_px - TOP_PX) // 2
    lines = [f't {state.t_s:.1f} s', f'{state.ego.speed_mps:.1f} m/s']
    facts = text_panel(margin, TOP_PX, lines)
    empty = np.full((TOP_PX, width_px - margin - TOP_PX, 3), facts[0, 0], dtype=np.uint8)
    below = np.concatenate([facts, to_rgb(top), empty], axis=1)
    return np.concatenate([to_rgb(front), below])
