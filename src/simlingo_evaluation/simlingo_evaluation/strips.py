# SPDX-License-Identifier: Apache-2.0
"""Image strips of the last seconds of a drive: camera above, view from the top below."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import BackendError
from simlingo_evaluation.overlay import text_panel
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
        BackendError: the file cannot be written, or nothing can be drawn on this machine.
    """
    columns = [_column(state, renderer) for state in states]
    image = np.concatenate(columns, axis=1)
    panel = text_panel(image.shape[1], CAPTION_PX, [caption])
    strip = cv2.cvtColor(np.concatenate([panel, image]), cv2.COLOR_RGB2BGR)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), strip, [cv2.IMWRITE_JPEG_QUALITY, 85]):
        raise BackendError(f'OpenCV could not write {path}')


def _column(state: WorldState, renderer: Renderer) -> NDArray[np.uint8]:
    width_px, height_px = CAMERA_PX
    front = renderer.render(state, training_camera(width_px, height_px))
    top = renderer.render(state, top_camera(TOP_PX, TOP_PX))
    margin = (width_px - TOP_PX) // 2
    lines = [f't {state.t_s:.1f} s', f'{state.ego.speed_mps:.1f} m/s']
    facts = text_panel(margin, TOP_PX, lines)
    empty = np.full((TOP_PX, width_px - margin - TOP_PX, 3), facts[0, 0], dtype=np.uint8)
    below = np.concatenate([facts, _rgb(top), empty], axis=1)
    return np.concatenate([_rgb(front), below])


def _rgb(image_bgra: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(image_bgra[..., 2::-1])
