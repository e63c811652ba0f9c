# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest

from simlingo_core.errors import ConfigError, ContractError
from simlingo_perception.camera_conditioner import CameraConditioner
from simlingo_perception.config import PerceptionConfig

CONFIG = PerceptionConfig(image_width=128, image_height=64)


def gradient(channels: int) -> np.ndarray:
    image = np.full((64, 128, channels), 255, np.uint8)
    image[..., 0] = np.arange(128)
    image[..., 1] = 2 * np.arange(64)[:, None]
    image[..., 2] = 40
    return image


@pytest.mark.parametrize(('encoding', 'is_rgb'), [
    ('bgra8', False), ('bgr8', False), ('rgba8', True), ('rgb8', True),
])  # fmt: skip
def test_every_channel_order_gives_the_same_colours(encoding, is_rgb) -> None:
    bgr = gradient(3)
    pixels = gradient(4 if 'a' in encoding else 3)
    if is_rgb:
        pixels[..., :3] = bgr[..., ::-1]
    jpeg = CameraConditioner(CONFIG).encode(pixels, encoding)
    decoded = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(decoded.astype(int) - bgr).max() <= 12


def test_a_view_of_padded_rows_is_encoded_like_its_copy() -> None:
    padded = np.zeros((64, 140, 4), np.uint8)
    padded[:, :128] = gradient(4)
    conditioner = CameraConditioner(CONFIG)
    assert conditioner.encode(padded[:, :128]) == conditioner.encode(gradient(4))


@pytest.mark.parametrize(
    ('pixels', 'encoding', 'words'),
    [
        (gradient(4), 'yuv422', 'encoding'),
        (gradient(3), 'bgra8', 'means uint8'),
        (gradient(4)[:, :64], 'bgra8', 'image_width'),
        (gradient(4).astype(np.float32), 'bgra8', 'uint8'),
    ],
)
def test_other_images_are_refused(pixels, encoding, words) -> None:
    with pytest.raises(ContractError, match=words):
        CameraConditioner(CONFIG).encode(pixels, encoding)


def test_a_ready_jpeg_is_not_encoded_again() -> None:
    conditioner = CameraConditioner(CONFIG)
    jpeg = conditioner.encode(gradient(4))
    assert conditioner.accept_jpeg(jpeg) == jpeg
    with pytest.raises(ContractError, match='JPEG'):
        conditioner.accept_jpeg(b'\x89PNG....')


def test_contradicting_settings_are_refused() -> None:
    with pytest.raises(ConfigError, match='target_reached_m'):
        PerceptionConfig(target_reached_m=20.0, target_search_m=10.0)
