# SPDX-License-Identifier: Apache-2.0
"""From a camera frame to tiles, exactly as upstream: JPEG, crop, bicubic resize, split."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from simlingo_core.errors import ConfigError, ContractError
from simlingo_model.config import ImageConfig, ModelConfig

ImageArray = NDArray[np.uint8]

# What has to be done to get OpenCV's BGR from each encoding a CARLA camera may have.
_TO_BGR = {
    'bgra8': cv2.COLOR_BGRA2BGR,
    'rgba8': cv2.COLOR_RGBA2BGR,
    'rgb8': cv2.COLOR_RGB2BGR,
    'bgr8': None,
}


def encode_jpeg(image: ImageArray, encoding: str, quality: int = 95) -> bytes:
    """Return a camera frame as JPEG, as the training frames are stored.

    Args:
        image: uint8 (height, width, 3 or 4).
        encoding: ``bgra8``, ``bgr8``, ``rgba8`` or ``rgb8`` (sensor_msgs names).
        quality: of the JPEG.

    Raises:
        ContractError: the array does not fit the encoding.
    """
    if encoding not in _TO_BGR:
        raise ContractError(f'image encoding is {encoding!r}; expected one of {sorted(_TO_BGR)}')
    channels = len(encoding.removesuffix('8'))
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != channels:
        raise ContractError(
            f'image is {image.dtype} {image.shape}; {encoding} means uint8 (height, width, '
            f'{channels})'
        )
    conversion = _TO_BGR[encoding]
    bgr = image if conversion is None else cv2.cvtColor(image, conversion)
    _, data = cv2.imencode('.jpg', bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return data.tobytes()


def decode_jpeg(data: bytes, config: ImageConfig) -> ImageArray:
    """Return the RGB image of a JPEG, uint8 (height, width, 3).

    Raises:
        ContractError: there is no image, it cannot be decoded or has the wrong size.
    """
    if not data:
        raise ContractError('the observation holds no image; ask the camera for one')
    bgr = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR)
    if bgr is None:
        raise ContractError(f'{len(data)} bytes are no JPEG; send the camera frame as JPEG')
    wanted = (config.camera_height_px, config.camera_width_px)
    if bgr.shape[:2] != wanted:
        raise ContractError(
            f'the image is {bgr.shape[1]} x {bgr.shape[0]}; expected {wanted[1]} x {wanted[0]}: '
            'set the camera to that size'
        )
    return np.ascontiguousarray(bgr[..., ::-1], dtype=np.uint8)


def make_tiles(image_rgb: ImageArray, config: ModelConfig) -> ImageArray:
    """Crop, resize and split an image.

    Args:
        image_rgb: uint8 (camera height, camera width, 3).
        config: sizes.

    Returns:
        uint8 (tiles, side, side, 3), left to right, top to bottom.
    """
    image = config.image
    crop = image_rgb[: image.cropped_height_px]
    side = config.vision.tile_px
    columns, rows = tile_grid(crop.shape[1], crop.shape[0], image.max_tiles, side)
    resized = Image.fromarray(crop).resize((columns * side, rows * side), Image.Resampling.BICUBIC)
    grid = np.asarray(resized, dtype=np.uint8).reshape(rows, side, columns, side, 3)
    tiles = grid.transpose(0, 2, 1, 3, 4).reshape(rows * columns, side, side, 3)
    if len(tiles) != image.max_tiles:
        raise ConfigError(
            f'a crop of {crop.shape[1]} x {crop.shape[0]} gives {len(tiles)} tiles; ImageConfig '
            f'says {image.max_tiles}: the network has places for exactly that many'
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
