# SPDX-License-Identifier: Apache-2.0
"""The image pipeline equals upstream's to the byte."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from simlingo_core.images import encode_jpeg
from simlingo_model.config import ImageConfig, internvl2_1b
from simlingo_model.image import decode_camera_image, make_tiles, tile_grid
from simlingo_model.vision import normalise_tiles

TINY = Path(__file__).resolve().parents[1] / 'data' / 'tiny'


def camera_bgr(k):
    return cv2.imread(str(TINY / f'camera_{k}.png'))


@pytest.mark.parametrize('encoding', ['bgra8', 'bgr8', 'rgba8', 'rgb8'])
def test_jpeg_round_trip_and_crop(encoding):
    bgr = camera_bgr(0)
    image = bgr if encoding.startswith('bgr') else np.ascontiguousarray(bgr[..., ::-1])
    if encoding.endswith('a8'):
        image = np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])
    config = ImageConfig()
    rgb = decode_camera_image(encode_jpeg(image, encoding), config)
    expected = cv2.imread(str(TINY / 'jpeg_0.png'))[..., ::-1]
    np.testing.assert_array_equal(rgb, expected)
    assert config.cropped_height_px == 359


@pytest.mark.parametrize('k', [0, 1])
def test_tiles_and_pixel_values(k, golden, golden_tiles):
    config = internvl2_1b()
    rgb = decode_camera_image(encode_jpeg(camera_bgr(k), 'bgr8'), config.image)
    tiles = make_tiles(rgb, config)
    np.testing.assert_array_equal(tiles, golden_tiles(k))
    pixels = normalise_tiles(torch.from_numpy(tiles), torch.float32).numpy()
    expected = golden('pixel_values')[f'pixel_values_{k}_every_16th']
    np.testing.assert_allclose(pixels[:, :, ::16, ::16], expected, rtol=0, atol=1e-6)


def test_tile_grid(golden):
    for width, height, most, has_thumbnail, count in golden('tile_counts')['rows'].tolist():
        columns, rows = tile_grid(width, height, most, 448)
        tiles = columns * rows
        assert tiles + (1 if has_thumbnail and tiles > 1 else 0) == count
