# SPDX-License-Identifier: Apache-2.0
"""Camera image to tiles, exactly as upstream: crop, bicubic resize, split."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from simlingo_core.errors import ConfigError, ContractError
from simlingo_core.images import decode_rgb, equalise_brightness
from simlingo_model.config import ImageConfig, ModelConfig

ImageArray = NDArray[np.uint8]


def decode_camera_image(data: bytes, config: ImageConfig) -> ImageArray:
    """Return an observation's image as RGB, uint8 (height, width, 3).

    Raises:
        ContractError: there is no image, it cannot be decoded or has the wrong size.
    """
    if not data:
        raise ContractError('the observation holds no image; expected a JPEG of the camera')
    rgb = decode_rgb(data)
    wanted = (config.camera_height_px, config.camera_width_px)
    if rgb.shape[:2] != wanted:
        raise ContractError(
            f'the image is {rgb.shape[1]} x {rgb.shape[0]}; expected {wanted[1]} x {wanted[0]}: '
            'set the camera to that size'
        )
    return rgb


def make_tiles(image_rgb: ImageArray, config: ModelConfig) -> ImageArray:
    """Crop, resize and split an image.

    Args:
        image_rgb: uint8 (camera height, camera width, 3).
        config: sizes.

    Returns:
        uint8 (tiles, side, side, 3), left to right, top to bottom.
    """
    image = config.image
    if image.equalises_brightness:
        image_rgb = equalise_brightness(image_rgb)
    crop = image_rgb[: image.cropped_height_px]
    side = config.vision.tile_px
    columns, rows = tile_grid(crop.shape[1], crop.shape[0], image.max_tiles, side)
    resized = Image.fromarray(crop).resize((columns * side, rows * side), Image.Resampling.BICUBIC)
    grid = np.asarray(resized, dtype=np.uint8).reshape(rows, side, columns, side, 3)
    tiles = grid.transpose(0, 2, 1, 3, 4).reshape(rows * columns, side, side, 3)
    if len(tiles) != image.max_tiles:
        raise ConfigError(
            f'a crop of {crop.shape[1]} x {crop.shape[0]} gives {len(tiles)} tiles; ImageConfig '
            f'has {image.max_tiles}: the network takes exactly that many'
        )
    return np.ascontiguousarray(tiles)


def tile_grid(width_px: int, height_px: int, max_tiles: int, side_px: int) -> tuple[int, int]:
    """Return columns and rows of the grid whose aspect ratio is nearest (InternVL's rule).

    Of two grids equally near the larger one wins if the image fills more than half of it.
    """
    sizes = range(1, max_tiles + 1)
    grids = sorted(
        ((c, r) for c in sizes for r in sizes if c * r <= max_tiles), key=lambda g: g[0] * g[1]
    )
    aspect = width_px / height_px
    best, best_distance = (1, 1), float('inf')
    for columns, rows in grids:
        distance = abs(aspect - columns / rows)
        area_px = side_px * side_px * columns * rows
        is_filled = width_px * height_px > Fraction(1, 2) * area_px
        if distance < best_distance or (distance == best_distance and is_filled):
            best, best_distance = (columns, rows), min(distance, best_distance)
    return best
