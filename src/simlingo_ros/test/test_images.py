# SPDX-License-Identifier: Apache-2.0
from array import array
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from builtin_interfaces.msg import Time
from hypothesis import given
from hypothesis import strategies as st
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import CompressedImage, Image

from simlingo_core.errors import ContractError
from simlingo_core.images import ENCODINGS
from simlingo_ros import images
from simlingo_ros.images import (
    array_to_image,
    decode_compressed,
    encode_compressed,
    image_to_array,
    image_to_bgr,
)

pytestmark = pytest.mark.ros


def random_pixels(height, width, encoding, seed=0):
    channels = ENCODINGS[encoding].channels
    shape = (height, width) if channels == 1 else (height, width, channels)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@given(st.sampled_from(sorted(ENCODINGS)), st.integers(1, 9), st.integers(1, 9), st.integers())
def test_pixels_survive(encoding, height, width, seed):
    pixels = random_pixels(height, width, encoding, abs(seed))
    message = array_to_image(pixels, encoding, stamp=Time(sec=4), frame_id='cam')
    back = deserialize_message(serialize_message(message), Image)
    assert (back.header.stamp.sec, back.header.frame_id) == (4, 'cam')
    assert back.step == width * ENCODINGS[encoding].channels
    np.testing.assert_array_equal(image_to_array(back), pixels)


@pytest.mark.parametrize('encoding', sorted(ENCODINGS))
def test_padded_rows_are_cut(encoding):
    pixels = random_pixels(3, 5, encoding)
    row = 5 * ENCODINGS[encoding].channels
    padded = np.full((3, row + 7), 99, dtype=np.uint8)
    padded[:, :row] = pixels.reshape(3, row)
    message = Image(height=3, width=5, encoding=encoding, step=row + 7)
    message.data = array('B', padded.tobytes())
    np.testing.assert_array_equal(image_to_array(message), pixels)
    assert image_to_bgr(message).shape == (3, 5, 3)


def test_a_view_shares_the_memory_of_the_message():
    message = array_to_image(random_pixels(4, 4, 'bgra8'), 'bgra8')
    view = image_to_array(message)
    message.data[0] = 255 - message.data[0]
    assert view[0, 0, 0] == message.data[0]


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'height': 5}, 'data has 48 bytes; 5 rows of 12 bytes need 60'),
        ({'width': 5}, 'step is 12 bytes; a row of 5 bgr8 pixels needs 15'),
        ({'encoding': 'bayer_rggb8'}, "is 'bayer_rggb8'; expected one of"),
        ({'height': 0}, 'at least one pixel'),
    ],
)
def test_an_image_that_contradicts_itself_is_refused(changes, words):
    message = array_to_image(random_pixels(4, 4, 'bgr8'), 'bgr8')
    for name, value in changes.items():
        setattr(message, name, value)
    with pytest.raises(ContractError, match=words):
        image_to_array(message)


@pytest.mark.parametrize(
    'pixels', [np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3))]
)
def test_pixels_that_do_not_fit_the_encoding_are_refused(pixels):
    with pytest.raises(ContractError, match='bgr8 means uint8'):
        array_to_image(pixels, 'bgr8')


def test_png_is_lossless_and_jpeg_is_close():
    smooth = cv2.GaussianBlur(random_pixels(64, 96, 'bgr8'), (15, 15), 0)
    for format_name, error in (('png', 0), ('jpeg', 12)):
        message = encode_compressed(smooth, format_name=format_name)
        back = decode_compressed(deserialize_message(serialize_message(message), CompressedImage))
        assert np.abs(back.astype(int) - smooth).max() <= error


def test_broken_compressed_images_are_refused():
    with pytest.raises(ContractError, match='empty'):
        decode_compressed(CompressedImage(format='jpeg'))
    with pytest.raises(ContractError, match='cannot be decoded'):
        decode_compressed(CompressedImage(format='jpeg', data=array('B', b'no image')))
    with pytest.raises(ContractError, match="is 'webp'; expected one of jpeg, png"):
        encode_compressed(random_pixels(2, 2, 'bgr8'), format_name='webp')


def test_conversion_does_no_work_per_byte(monkeypatch):
    """A message takes an array at once and checks anything else byte by byte."""
    monkeypatch.setattr(images, 'Image', lambda: SimpleNamespace(header=SimpleNamespace()))
    message = array_to_image(random_pixels(4, 4, 'bgra8'), 'bgra8')
    assert isinstance(message.data, array)
    assert message.data.typecode == 'B'
