# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest

from simlingo_core.errors import ContractError
from simlingo_core.images import decode_bgr, encode_jpeg, encode_png, jpeg_size
from simlingo_perception.camera_conditioner import CameraConditioner
from simlingo_perception.config import PerceptionConfig
from simlingo_perception.training_view import View, training_view

SIZE = (1024, 512)


def photograph(width: int, height: int, fov_deg: float) -> np.ndarray:
    """Return what a pinhole camera sees of a pattern that depends on the direction only."""
    focal = width / 2 / math.tan(math.radians(fov_deg) / 2)
    x = (np.arange(width) + 0.5 - width / 2)[None] / focal
    y = (np.arange(height) + 0.5 - height / 2)[:, None] / focal
    channels = [np.sin(4 * x) + 0 * y, np.cos(5 * y) + 0 * x, np.sin(3 * x + 4 * y)]
    return np.stack([127 + 100 * channel for channel in channels], axis=2).astype(np.uint8)


EXPECTED = photograph(*SIZE, 110.0)


def conditioner(fov_deg: float = 110.0) -> CameraConditioner:
    return CameraConditioner(PerceptionConfig(camera_fov_deg=fov_deg))


@pytest.mark.parametrize(
    ('width', 'height', 'fov_deg'),
    [
        (1024, 512, 110.0),
        (1280, 720, 110.0),
        (1600, 900, 110.0),
        (800, 600, 110.0),
        (1280, 720, 120.0),
        (1921, 1081, 135.0),
    ],
)
def test_the_training_camera_is_cut_out_of_every_camera_that_sees_enough(
    width, height, fov_deg
) -> None:
    image = photograph(width, height, fov_deg)
    camera = conditioner(fov_deg)
    for data in (
        camera.encode(image, 'bgr8'),
        camera.accept(encode_jpeg(image, 'bgr8')),
        camera.accept(encode_png(image, 'bgr8')),
    ):
        found = decode_bgr(data)
        assert found.shape == EXPECTED.shape
        difference = np.abs(found.astype(int) - EXPECTED)
        assert difference.mean() < 1.5
        assert np.percentile(difference, 99) < 8


@pytest.mark.parametrize(
    ('width', 'height', 'fov_deg', 'words'),
    [
        (1280, 720, 90.0, r'1280x720 pixels and 90 degrees.*needs 110 degrees'),
        (1280, 600, 110.0, 'needs 640 rows'),
        (1600, 500, 120.0, 'needs 660 rows'),
    ],
)
def test_a_camera_that_sees_too_little_is_refused_with_the_reason(
    width, height, fov_deg, words
) -> None:
    """Case R7: one rule and one message for cameras of other sizes."""
    image = np.zeros((height, width, 3), np.uint8)
    for refuse in (
        lambda: conditioner(fov_deg).encode(image, 'bgr8'),
        lambda: conditioner(fov_deg).accept(encode_jpeg(image, 'bgr8')),
        lambda: conditioner(fov_deg).accept(encode_png(image, 'bgr8')),
    ):
        with pytest.raises(ContractError, match=words):
            refuse()


def test_the_training_view() -> None:
    assert training_view(1024, 512, 110.0) == View(0, 0, 1024, 512)
    assert training_view(1280, 720, 110.0) == View(0, 40, 1280, 640)
    assert training_view(1023, 511, 110.0) == View(0, 0, 1023, 511)


@pytest.mark.parametrize(
    ('encoding', 'channels'), [('8UC3', 3), ('8UC4', 4), ('bgra8', 4), ('bgr8', 3)]
)
def test_the_training_cameras_own_image_is_not_resampled(encoding, channels) -> None:
    pixels = np.full((512, 1024, channels), 255, np.uint8)
    pixels[..., :3] = EXPECTED
    assert conditioner().encode(pixels, encoding) == encode_jpeg(EXPECTED, 'bgr8')


def test_a_view_of_padded_rows_is_encoded_like_its_copy() -> None:
    padded = np.zeros((512, 1040, 3), np.uint8)
    padded[:, :1024] = EXPECTED
    assert conditioner().encode(padded[:, :1024], 'bgr8') == encode_jpeg(EXPECTED, 'bgr8')


def test_a_ready_jpeg_is_not_encoded_again() -> None:
    jpeg = encode_jpeg(EXPECTED, 'bgr8', 80)
    assert conditioner().accept(jpeg) == jpeg


@pytest.mark.parametrize(
    ('data', 'words'),
    [
        (b'', 'expected JPEG or PNG'),
        (b'RIFF....WEBP', 'expected JPEG or PNG'),
        (b'\xff\xd8\xff\xe0', 'without a size'),
        (b'\x89PNG\r\n\x1a\n....', 'cannot be decoded'),
    ],
)
def test_other_data_are_refused(data, words) -> None:
    with pytest.raises(ContractError, match=words):
        conditioner().accept(data)


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(ContractError, match=r"'yuv422'.*expected one of"):
        conditioner().encode(EXPECTED, 'yuv422')


def test_a_camera_that_describes_itself_otherwise_is_refused() -> None:
    camera = conditioner()
    focal_of_90_deg = 512.0
    camera.note_camera_info(1024, focal_of_90_deg)
    with pytest.raises(ContractError, match=r'camera_fov_deg is 110 and camera_info says 90\.0'):
        camera.encode(EXPECTED, 'bgr8')
    camera.note_camera_info(1024, 358.506)
    assert camera.encode(EXPECTED, 'bgr8')
    camera.note_camera_info(0, 0.0)
    assert camera.encode(EXPECTED, 'bgr8'), 'an empty message says nothing'


def test_an_image_of_one_pixel_is_enlarged():
    jpeg = CameraConditioner(PerceptionConfig()).encode(np.zeros((1, 1, 3), np.uint8), 'bgr8')
    assert jpeg_size(jpeg) == (1024, 512)
