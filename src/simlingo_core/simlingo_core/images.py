# SPDX-License-Identifier: Apache-2.0
"""Pixels, colour order, JPEG and PNG; there is no other place for them.

Encodings have the names of ``sensor_msgs/image_encodings``.  The OpenCV names ``8UC3`` and
``8UC4`` do not say what the channels are; as in ``cv_bridge`` they are BGR and BGRA.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import BackendError, ContractError

Pixels = NDArray[np.uint8]

# Of every image that a model reads: upstream stored its training data so.
JPEG_QUALITY = 95
# Of images for people: strips, previews in the browser.
PREVIEW_JPEG_QUALITY = 85
_JPEG_START = b'\xff\xd8\xff'
_PNG_START = b'\x89PNG\r\n\x1a\n'


@dataclass(frozen=True)
class Encoding:
    """How the bytes of a pixel are to be read.

    Attributes:
        channels: bytes per pixel.
        to_bgr: OpenCV's conversion code; None: it is BGR already.
        to_rgb: OpenCV's conversion code; None: it is RGB already.
    """

    channels: int
    to_bgr: int | None
    to_rgb: int | None


_BGR = Encoding(3, None, cv2.COLOR_BGR2RGB)
_BGRA = Encoding(4, cv2.COLOR_BGRA2BGR, cv2.COLOR_BGRA2RGB)
_GREY = Encoding(1, cv2.COLOR_GRAY2BGR, cv2.COLOR_GRAY2RGB)
ENCODINGS: dict[str, Encoding] = {
    'bgra8': _BGRA,
    'bgr8': _BGR,
    'rgba8': Encoding(4, cv2.COLOR_RGBA2BGR, cv2.COLOR_RGBA2RGB),
    'rgb8': Encoding(3, cv2.COLOR_RGB2BGR, None),
    'mono8': _GREY,
    '8UC4': _BGRA,
    '8UC3': _BGR,
    '8UC1': _GREY,
}


def find_encoding(name: str) -> Encoding:
    """Return the encoding of this name.

    Raises:
        ContractError: it is unknown; the known ones are named.
    """
    if name not in ENCODINGS:
        raise ContractError(
            f'the image encoding is {name!r}; expected one of {", ".join(ENCODINGS)}'
        )
    return ENCODINGS[name]


def check_pixels(pixels: Pixels, encoding: str) -> None:
    """Check that an array holds pixels of this encoding.

    Args:
        pixels: uint8, shape (height, width, channels), or (height, width) for grey.
        encoding: one of ``ENCODINGS``.

    Raises:
        ContractError: the encoding is unknown, there is no pixel, or shape or type do not fit.
    """
    channels = find_encoding(encoding).channels
    tail = () if channels == 1 else (channels,)
    if pixels.dtype != np.uint8 or pixels.ndim != 2 + len(tail) or pixels.shape[2:] != tail:
        wanted = ', '.join(['height', 'width', *map(str, tail)])
        raise ContractError(
            f'the image is {pixels.dtype} of shape {pixels.shape}; {encoding} means uint8 of '
            f'shape ({wanted})'
        )
    if pixels.size == 0:
        raise ContractError(
            f'the image is {pixels.shape[1]}x{pixels.shape[0]}; expected at least one pixel'
        )


def to_bgr(pixels: Pixels, encoding: str = 'bgra8') -> Pixels:
    """Return an image as BGR, uint8 (height, width, 3), C-contiguous.

    Args:
        pixels: uint8, shape (height, width, channels), or (height, width) for grey.
        encoding: one of ``ENCODINGS``.

    Raises:
        ContractError: the array does not fit the encoding.
    """
    check_pixels(pixels, encoding)
    return _convert(pixels, ENCODINGS[encoding].to_bgr)


def to_rgb(pixels: Pixels, encoding: str = 'bgra8') -> Pixels:
    """Return an image as RGB, uint8 (height, width, 3), C-contiguous; see ``to_bgr``."""
    check_pixels(pixels, encoding)
    return _convert(pixels, ENCODINGS[encoding].to_rgb)


def encode_jpeg(pixels: Pixels, encoding: str = 'bgra8', quality: int = JPEG_QUALITY) -> bytes:
    """Return an image as JPEG.

    Args:
        pixels: uint8, shape (height, width, channels), or (height, width) for grey.
        encoding: one of ``ENCODINGS``.
        quality: 1 to 100.

    Raises:
        ContractError: the array does not fit the encoding.
        BackendError: the encoder failed.
    """
    return _encode('.jpg', to_bgr(pixels, encoding), [cv2.IMWRITE_JPEG_QUALITY, quality])


def encode_preview(pixels: Pixels, encoding: str, width_px: int, quality: int) -> bytes:
    """Return an image as a JPEG of at most this width, for people to look at.

    Raises:
        ContractError: the array does not fit the encoding.
        BackendError: the encoder failed.
    """
    check_pixels(pixels, encoding)
    height_now_px, width_now_px = pixels.shape[:2]
    if width_now_px > width_px:
        height_px = max(round(height_now_px * width_px / width_now_px), 1)
        # Before the conversion of colours, which then has less to do.
        small = cv2.resize(pixels, (width_px, height_px), interpolation=cv2.INTER_AREA)
        pixels = np.asarray(small, dtype=np.uint8)
    return encode_jpeg(pixels, encoding, quality)


def encode_png(pixels: Pixels, encoding: str = 'bgra8') -> bytes:
    """Return an image as PNG, without an alpha channel; see ``encode_jpeg``."""
    return _encode('.png', to_bgr(pixels, encoding), [])


def decode_bgr(data: bytes | memoryview) -> Pixels:
    """Return a JPEG or PNG as BGR, uint8 (height, width, 3).

    Raises:
        ContractError: there are no data, or they are no image.
    """
    if len(data) == 0:
        raise ContractError('the compressed image is empty; expected JPEG or PNG data')
    bgr = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR)
    if bgr is None:
        raise ContractError(
            f'the compressed image ({len(data)} bytes, beginning with {bytes(data[:4])!r}) cannot '
            'be decoded; expected JPEG or PNG data'
        )
    return np.asarray(bgr, dtype=np.uint8)


def decode_rgb(data: bytes | memoryview) -> Pixels:
    """Return a JPEG or PNG as RGB, uint8 (height, width, 3); see ``decode_bgr``."""
    return to_rgb(decode_bgr(data), 'bgr8')


def is_jpeg(data: bytes | memoryview) -> bool:
    """Return whether the data begin like a JPEG."""
    return bytes(data[: len(_JPEG_START)]) == _JPEG_START


def is_png(data: bytes | memoryview) -> bool:
    """Return whether the data begin like a PNG."""
    return bytes(data[: len(_PNG_START)]) == _PNG_START


def jpeg_size(data: bytes | memoryview) -> tuple[int, int]:
    """Return width and height in pixels as the header of a JPEG says, without decoding it.

    Raises:
        ContractError: there is no header with a size.
    """
    at = len(_JPEG_START) - 1
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], 'big')
        # Start of frame, baseline to progressive and arithmetic; C4, C8 and CC are tables.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = data[at + 5 : at + 7], data[at + 7 : at + 9]
            return int.from_bytes(width, 'big'), int.from_bytes(height, 'big')
        at += 2 + length
    raise ContractError(f'the {len(data)} bytes are a JPEG without a size; is it truncated?')


def _convert(pixels: Pixels, code: int | None) -> Pixels:
    if code is None:
        return np.ascontiguousarray(pixels)
    # OpenCV does this in a tenth of the time that slicing takes.
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels), code), dtype=np.uint8)


def _encode(suffix: str, bgr: Pixels, options: list[int]) -> bytes:
    is_encoded, data = cv2.imencode(suffix, bgr, options)
    if not is_encoded:
        raise BackendError(f'OpenCV could not encode an image of shape {bgr.shape} as {suffix}')
    return data.tobytes()


def equalise_brightness(image_rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Spread the brightness (Y of YCrCb) over the whole range; colours stay."""
    ycrcb = cv2.cvtColor(image_rgb, cv2.COLOR_RGB2YCrCb)
    ycrcb[..., 0] = cv2.equalizeHist(np.ascontiguousarray(ycrcb[..., 0]))
    return np.asarray(cv2.cvtColor(ycrcb, cv2.COLOR_YCrCb2RGB), dtype=np.uint8)
