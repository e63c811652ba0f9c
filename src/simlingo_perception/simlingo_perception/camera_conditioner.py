# SPDX-License-Identifier: Apache-2.0
"""From raw pixels to the JPEG the model sees: encoded once, here, and nowhere again."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import BackendError, ContractError
from simlingo_perception.config import PerceptionConfig

_CHANNELS = {'bgra8': 4, 'rgba8': 4, 'bgr8': 3, 'rgb8': 3}
_TO_BGR = {
    'bgra8': cv2.COLOR_BGRA2BGR,
    'rgba8': cv2.COLOR_RGBA2BGR,
    'rgb8': cv2.COLOR_RGB2BGR,
}
_JPEG_START = b'\xff\xd8\xff'


class CameraConditioner:
    """Checks camera images and encodes them as JPEG."""

    def __init__(self, config: PerceptionConfig) -> None:
        self._shape = (config.image_height, config.image_width)
        self._parameters = [cv2.IMWRITE_JPEG_QUALITY, config.jpeg_quality]

    def encode(self, pixels: NDArray[np.uint8], encoding: str = 'bgra8') -> bytes:
        """Return the whole image as JPEG.

        Args:
            pixels: uint8 (height, width, channels).
            encoding: ROS name of the channel order: bgra8, rgba8, bgr8 or rgb8.

        Raises:
            ContractError: the encoding is unknown, or shape or type do not fit.
            BackendError: the encoder failed.
        """
        if encoding not in _CHANNELS:
            raise ContractError(
                f'the image encoding is {encoding!r}; expected one of {", ".join(_CHANNELS)}'
            )
        wanted = (*self._shape, _CHANNELS[encoding])
        if pixels.shape != wanted or pixels.dtype != np.uint8:
            raise ContractError(
                f'the {encoding} image has shape {pixels.shape} of {pixels.dtype}; expected '
                f'{wanted} of uint8; set image_width and image_height to those of the camera'
            )
        pixels = np.ascontiguousarray(pixels)
        bgr = cv2.cvtColor(pixels, _TO_BGR[encoding]) if encoding in _TO_BGR else pixels
        is_encoded, data = cv2.imencode('.jpg', bgr, self._parameters)
        if not is_encoded:
            raise BackendError('OpenCV could not encode the image as JPEG')
        return data.tobytes()

    def accept_jpeg(self, data: bytes) -> bytes:
        """Return a JPEG that came ready from the camera; it is not encoded again.

        Raises:
            ContractError: the data do not begin like a JPEG.
        """
        if not data.startswith(_JPEG_START):
            raise ContractError(
                f'the compressed image begins with {data[:3]!r}; expected JPEG data'
            )
        return bytes(data)
