# SPDX-License-Identifier: Apache-2.0
"""Images between messages and numpy, without any per-byte work in Python.

``cv_bridge`` is not needed for this.  Assigning anything but ``array('B')`` to a message's data
makes rclpy look at each byte (67 ms for one frame); ``array.frombytes`` costs 0.05 ms.
"""

from __future__ import annotations

from array import array

import cv2
import numpy as np
from builtin_interfaces.msg import Time
from numpy.typing import NDArray
from sensor_msgs.msg import CompressedImage, Image

from simlingo_core.errors import ContractError

CHANNELS = {'bgra8': 4, 'rgba8': 4, 'bgr8': 3, 'rgb8': 3, 'mono8': 1}
JPEG_QUALITY = 95
COMPRESSED_FORMATS = {'jpeg': '.jpg', 'png': '.png'}

_TO_BGR = {
    'bgra8': cv2.COLOR_BGRA2BGR,
    'rgba8': cv2.COLOR_RGBA2BGR,
    'rgb8': cv2.COLOR_RGB2BGR,
    'mono8': cv2.COLOR_GRAY2BGR,
}


def image_to_array(message: Image) -> NDArray[np.uint8]:
    """Return a view of the pixels, shape (height, width, channels) or (height, width) for mono8.

    The view shares the message's memory (padded rows included) and keeps it alive.

    Raises:
        ContractError: unknown encoding, or size and data do not match.
    """
    channels = _channels(message.encoding)
    height, width, step = message.height, message.width, message.step
    if height == 0 or width == 0:
        raise ContractError(f'image is {width}x{height}; expected at least one pixel')
    if step < width * channels:
        raise ContractError(
            f'image step is {step} bytes; a row of {width} {message.encoding} pixels needs '
            f'{width * channels}'
        )
    if len(message.data) != step * height:
        raise ContractError(
            f'image data has {len(message.data)} bytes; {height} rows of {step} bytes need '
            f'{step * height}'
        )
    flat: NDArray[np.uint8] = np.frombuffer(message.data, dtype=np.uint8)
    rows = flat.reshape(height, step)[:, : width * channels]
    return rows if channels == 1 else rows.reshape(height, width, channels)


def array_to_image(
    pixels: NDArray[np.uint8], encoding: str, *, stamp: Time | None = None, frame_id: str = ''
) -> Image:
    """Return an image message; the pixels are copied once.

    Args:
        pixels: uint8, shape (height, width, channels), or (height, width) for mono8.
        encoding: one of ``CHANNELS``.
        stamp: exposure time.
        frame_id: of the camera.

    Raises:
        ContractError: shape or type do not fit the encoding.
    """
    channels = _channels(encoding)
    wanted = 2 if channels == 1 else 3
    if (
        pixels.dtype != np.uint8
        or pixels.ndim != wanted
        or pixels.shape[2:] not in ((), (channels,))
    ):
        raise ContractError(
            f'pixels are {pixels.dtype} of shape {pixels.shape}; {encoding} wants uint8 of shape '
            f'(height, width{", " + str(channels) if channels > 1 else ""})'
        )
    message = Image()
    message.height, message.width = pixels.shape[:2]
    message.encoding = encoding
    message.step = message.width * channels
    message.is_bigendian = 0
    message.data = bytes_to_array(np.ascontiguousarray(pixels).reshape(-1).data)
    _fill_header(message, stamp, frame_id)
    return message


def image_to_bgr(message: Image) -> NDArray[np.uint8]:
    """Return a contiguous BGR copy, shape (height, width, 3), of any known encoding.

    Raises:
        ContractError: unknown encoding, or size and data do not match.
    """
    pixels = image_to_array(message)
    if message.encoding == 'bgr8':
        return np.ascontiguousarray(pixels)
    return np.asarray(cv2.cvtColor(pixels, _TO_BGR[message.encoding]), dtype=np.uint8)


def encode_compressed(
    pixels_bgr: NDArray[np.uint8],
    *,
    format_name: str = 'jpeg',
    stamp: Time | None = None,
    frame_id: str = '',
) -> CompressedImage:
    """Return a jpeg (quality 95) or png message from BGR or grey pixels.

    Raises:
        ContractError: unknown format or pixels that cannot be encoded.
    """
    data = encode_bytes(pixels_bgr, format_name)
    return compressed_message(data, format_name=format_name, stamp=stamp, frame_id=frame_id)


def encode_bytes(pixels_bgr: NDArray[np.uint8], format_name: str = 'jpeg') -> bytes:
    """Return BGR or grey pixels as jpeg (quality 95) or png.

    Raises:
        ContractError: unknown format or pixels that cannot be encoded.
    """
    suffix = COMPRESSED_FORMATS.get(format_name)
    if suffix is None:
        raise ContractError(
            f'image format {format_name!r} is unknown; expected one of {list(COMPRESSED_FORMATS)}'
        )
    options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY] if suffix == '.jpg' else []
    try:
        is_encoded, buffer = cv2.imencode(suffix, pixels_bgr, options)
    except cv2.error as error:
        raise ContractError(
            f'pixels of shape {pixels_bgr.shape} cannot be encoded: {error}'
        ) from error
    if not is_encoded:
        raise ContractError(
            f'pixels of shape {pixels_bgr.shape} cannot be encoded as {format_name}'
        )
    return buffer.tobytes()


def compressed_message(
    data: bytes, *, format_name: str = 'jpeg', stamp: Time | None = None, frame_id: str = ''
) -> CompressedImage:
    """Wrap encoded bytes in a message."""
    message = CompressedImage(format=format_name)
    message.data = bytes_to_array(data)
    _fill_header(message, stamp, frame_id)
    return message


def decode_compressed(message: CompressedImage) -> NDArray[np.uint8]:
    """Return BGR pixels, shape (height, width, 3).

    Raises:
        ContractError: the data is empty or no image.
    """
    if len(message.data) == 0:
        raise ContractError('the compressed image is empty; expected jpeg or png data')
    data: NDArray[np.uint8] = np.frombuffer(message.data, dtype=np.uint8)
    pixels = cv2.imdecode(data, cv2.IMREAD_COLOR)
    if pixels is None:
        raise ContractError(
            f'the compressed image ({len(message.data)} bytes, format {message.format!r}) cannot '
            'be decoded; expected jpeg or png data'
        )
    return np.asarray(pixels, dtype=np.uint8)


def bytes_to_array(data: bytes | memoryview) -> array[int]:
    """Copy bytes into the array type that messages take without looking at each byte."""
    copied: array[int] = array('B')
    copied.frombytes(data)
    return copied


def _channels(encoding: str) -> int:
    """Return the bytes per pixel of an encoding."""
    if encoding not in CHANNELS:
        raise ContractError(
            f'image encoding {encoding!r} is unknown; expected one of {list(CHANNELS)}'
        )
    return CHANNELS[encoding]


def _fill_header(message: Image | CompressedImage, stamp: Time | None, frame_id: str) -> None:
    """Set stamp and frame."""
    if stamp is not None:
        message.header.stamp = stamp
    message.header.frame_id = frame_id
