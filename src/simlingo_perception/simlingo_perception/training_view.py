# SPDX-License-Identifier: Apache-2.0
"""Which part of a camera's image the training camera would have taken.

SimLingo was trained on one camera: 1024 x 512 pixels, 110 degrees across, no distortion.  Any
pinhole camera that sees as much, in width and in height, can stand in for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simlingo_core.errors import ContractError

WIDTH_PX, HEIGHT_PX = 1024, 512
FOV_DEG = 110.0
# A camera of 110 degrees and a fraction of a pixel less is one of 110 degrees.
_SLACK_PX = 1.0


@dataclass(frozen=True)
class View:
    """A rectangle of an image, in pixels from its top left corner."""

    left: int
    top: int
    width: int
    height: int


def training_view(width_px: int, height_px: int, fov_deg: float) -> View:
    """Return the part of an image that shows what the training camera shows.

    Args:
        width_px: of the image.
        height_px: of the image.
        fov_deg: horizontal field of view of the camera.

    Raises:
        ContractError: the camera sees less than the training camera; the remedy is named.
    """
    share = math.tan(math.radians(FOV_DEG) / 2) / math.tan(math.radians(fov_deg) / 2)
    wanted_width_px = width_px * share
    wanted_height_px = wanted_width_px * HEIGHT_PX / WIDTH_PX
    problem = ''
    if wanted_width_px > width_px + _SLACK_PX:
        problem = f'the model needs {FOV_DEG:g} degrees across'
    elif wanted_height_px > height_px + _SLACK_PX:
        problem = f'the model needs {math.ceil(wanted_height_px)} rows of it'
    if problem:
        raise ContractError(
            f'the camera gives {width_px}x{height_px} pixels and {fov_deg:g} degrees across '
            f'(camera_fov_deg); {problem}; set the camera to a field of view of {FOV_DEG:g} '
            f'degrees or more and to {WIDTH_PX}x{HEIGHT_PX} or a higher image'
        )
    width = min(max(round(wanted_width_px), 1), width_px)
    height = min(max(round(wanted_height_px), 1), height_px)
    return View((width_px - width) // 2, (height_px - height) // 2, width, height)


def fov_deg_of(width_px: int, focal_px: float) -> float:
    """Return the horizontal field of view of a pinhole camera."""
    return math.degrees(2.0 * math.atan(width_px / 2.0 / focal_px))
