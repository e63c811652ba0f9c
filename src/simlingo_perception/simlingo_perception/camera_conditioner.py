# SPDX-License-Identifier: Apache-2.0
"""From raw pixels to the JPEG the model sees: encoded once, here, and nowhere again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import ContractError
from simlingo_core.images import check_pixels, encode_jpeg, is_jpeg
from simlingo_perception.config import PerceptionConfig


class CameraConditioner:
    """Checks camera images and encodes them as JPEG."""

    def __init__(self, config: PerceptionConfig) -> None:
        self._shape = (config.image_height, config.image_width)
        self._quality = config.jpeg_quality

    def encode(self, pixels: NDArray[np.uint8], encoding: str = 'bgra8') -> bytes:
        """Return the whole image as JPEG.

        Args:
            pixels: uint8 (height, width, channels).
            encoding: one of ``simlingo_core.images.ENCODINGS``.

        Raises:
            ContractError: the encoding is unknown, or shape or type do not fit.
            BackendError: the encoder failed.
        """
        check_pixels(pixels, encoding)
        height, width = self._shape
        if pixels.shape[:2] != self._shape:
            raise ContractError(
                f'the {encoding} image is {pixels.shape[1]}x{pixels.shape[0]}; expected '
                f'{width}x{height}; set image_width and image_height to those of the camera'
            )
        return encode_jpeg(pixels, encoding, self._quality)

    def accept_jpeg(self, data: bytes) -> bytes:
        """Return a JPEG that came ready from the camera; it is not encoded again.

        Raises:
            ContractError: the data do not begin like a JPEG.
        """
        if not is_jpeg(data):
            raise ContractError(
                f'the compressed image begins with {data[:3]!r}; expected JPEG data'
            )
        return bytes(data)
