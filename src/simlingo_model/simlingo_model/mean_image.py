# SPDX-License-Identifier: Apache-2.0
"""The mean of the images that a model was trained on, which a blind model gets as its input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from simlingo_core.errors import CheckpointError
from simlingo_model.config import ModelConfig
from simlingo_model.file_faults import why_unreadable
from simlingo_model.image import ImageArray

MEAN_IMAGE_FILE = 'mean_image.png'


def write_mean_image(folder: Path, tiles: ImageArray) -> None:
    """Write the mean image beside a model.

    Args:
        folder: of the model.
        tiles: uint8 (tiles, side, side, 3); the file holds them below each other.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count, side = tiles.shape[:2]
    Image.fromarray(tiles.reshape(count * side, side, 3)).save(folder / MEAN_IMAGE_FILE)


def read_mean_image(folder: Path, config: ModelConfig) -> ImageArray:
    """Return the tiles of the mean image, uint8 (tiles, side, side, 3).

    Raises:
        CheckpointError: the model has no mean image, or one of another size.
    """
    path = folder / MEAN_IMAGE_FILE
    try:
        rows = np.asarray(Image.open(path).convert('RGB'), dtype=np.uint8)
    except (OSError, UnidentifiedImageError) as error:
        raise CheckpointError(
            f'{why_unreadable(path, error)}; a blind model needs the mean image that simlingo '
            'train writes beside its weights'
        ) from error
    side, count = config.vision.tile_px, config.image.max_tiles
    if rows.shape != (count * side, side, 3):
        raise CheckpointError(
            f'{path} is {rows.shape[1]} x {rows.shape[0]}; expected {side} x {count * side}: it '
            'belongs to another model'
        )
    # A copy, because torch warns of read-only arrays.
    return rows.reshape(count, side, side, 3).copy()
