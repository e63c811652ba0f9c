# SPDX-License-Identifier: Apache-2.0
import hashlib

import numpy as np
import pytest

from simlingo_core.errors import BackendError, ContractError
from simlingo_core.images import (
    ENCODINGS,
    check_pixels,
    decode_bgr,
    decode_rgb,
    encode_jpeg,
    encode_png,
    is_jpeg,
    is_png,
    jpeg_size,
    to_bgr,
    to_rgb,
)

PIXELS = {
    'bgra8': [1, 2, 3, 4],
    'bgr8': [1, 2, 3],
    'rgba8': [3, 2, 1, 4],
    'rgb8': [3, 2, 1],
    'mono8': 7,
    '8UC4': [1, 2, 3, 4],
    '8UC3': [1, 2, 3],
    '8UC1': 7,
}


def gradient(channels: int) -> np.ndarray:
    image = np.full((64, 128, channels), 255, np.uint8)
    image[..., 0] = np.arange(128)
    image[..., 1] = 2 * np.arange(64)[:, None]
    image[..., 2] = 40
    return image


@pytest.mark.parametrize('encoding', ENCODINGS)
def test_every_encoding_gives_bgr_and_rgb(encoding) -> None:
    image = np.array([[PIXELS[encoding]]], dtype=np.uint8)
    expected = [7, 7, 7] if image.ndim == 2 else [1, 2, 3]
    assert to_bgr(image, encoding)[0, 0].tolist() == expected
    assert to_rgb(image, encoding)[0, 0].tolist() == expected[::-1]


def test_every_channel_order_gives_the_same_jpeg() -> None:
    bgr, alpha = gradient(3), np.full((64, 128, 1), 9, np.uint8)
    rgb = np.ascontiguousarray(bgr[..., ::-1])
    expected = encode_jpeg(bgr, 'bgr8')
    assert encode_jpeg(rgb, 'rgb8') == expected
    assert encode_jpeg(np.concatenate([bgr, alpha], axis=2), 'bgra8') == expected
    assert encode_jpeg(np.concatenate([rgb, alpha], axis=2), 'rgba8') == expected
    assert encode_jpeg(gradient(4)[..., :3], '8UC3') == expected, 'a view of padded pixels'


def test_the_jpeg_is_the_recorded_one_to_the_bit() -> None:
    """Drives are repeatable to the bit, so the JPEG must never change by one."""
    jpeg = encode_jpeg(gradient(4), 'bgra8')
    assert (
        hashlib.sha256(jpeg).hexdigest()
        == '24ece9aef66756276b2b3c8664c20a8497b2c25626afe4d5cbb08eb943a3f2b0'
    )


def test_png_is_lossless_and_jpeg_is_close() -> None:
    bgr = gradient(3)
    assert np.array_equal(decode_bgr(encode_png(bgr, 'bgr8')), bgr)
    decoded = decode_rgb(memoryview(encode_jpeg(bgr, 'bgr8')))
    assert np.abs(decoded[..., ::-1].astype(int) - bgr).max() <= 12


def test_formats_are_known_by_their_first_bytes() -> None:
    jpeg, png = encode_jpeg(gradient(4)), encode_png(gradient(4))
    assert [is_jpeg(jpeg), is_jpeg(png)] == [True, False]
    assert [is_png(jpeg), is_png(png)] == [False, True]


@pytest.mark.parametrize(
    ('pixels', 'encoding', 'words'),
    [
        (gradient(4), 'yuv422', "'yuv422'; expected one of bgra8, bgr8"),
        (gradient(3), 'bgra8', r'means uint8 of shape \(height, width, 4\)'),
        (gradient(3)[..., 0], 'bgr8', r'\(height, width, 3\)'),
        (gradient(3), 'mono8', r'means uint8 of shape \(height, width\)'),
        (gradient(4).astype(np.float32), 'bgra8', 'float32'),
        (np.zeros((0, 5, 3), np.uint8), 'bgr8', '5x0; expected at least one pixel'),
    ],
)
def test_what_does_not_fit_the_encoding_is_refused(pixels, encoding, words) -> None:
    with pytest.raises(ContractError, match=words):
        check_pixels(pixels, encoding)
    with pytest.raises(ContractError, match=words):
        encode_jpeg(pixels, encoding)


def test_data_that_are_no_image_are_refused() -> None:
    with pytest.raises(ContractError, match='empty'):
        decode_bgr(b'')
    with pytest.raises(ContractError, match='cannot be decoded'):
        decode_bgr(encode_jpeg(gradient(3), 'bgr8')[:40])


def test_a_failing_encoder_is_an_error_of_the_backend() -> None:
    with pytest.raises(BackendError, match='could not encode'):
        encode_jpeg(np.zeros((1, 70_000, 3), np.uint8), 'bgr8')


def test_the_size_of_a_jpeg_stands_in_its_header() -> None:
    data = encode_jpeg(gradient(3), 'bgr8')
    assert jpeg_size(data) == (128, 64)
    assert jpeg_size(memoryview(data)[:400]) == (128, 64)
    for broken in (data[:20], b'\xff\xd8\xff', data[:4] + b'\x00' * 40):
        with pytest.raises(ContractError, match='without a size'):
            jpeg_size(broken)
