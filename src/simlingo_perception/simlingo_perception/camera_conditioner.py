# SPDX-License-Identifier: Apache-2.0
"""From a camera's image to the JPEG that the model reads: encoded once, and nowhere again."""

from __future__ import annotations

import cv2
import numpy as np

from simlingo_core.errors import ContractError
from simlingo_core.images import (
    Pixels,
    check_pixels,
    decode_bgr,
    encode_jpeg,
    is_jpeg,
    is_png,
    jpeg_size,
)
from simlingo_perception.config import PerceptionConfig
from simlingo_perception.training_view import (
    HEIGHT_PX,
    WIDTH_PX,
    View,
    fov_deg_of,
    training_view,
)

_FOV_TOLERANCE_DEG = 1.0
_WHOLE = View(0, 0, WIDTH_PX, HEIGHT_PX)


class CameraConditioner:
    """Checks camera images, cuts the training camera's view out of them and encodes it as JPEG.

    This is the only place that decides which images are accepted; what leaves it always has the
    training camera's size.  An image of that size and field of view is not resampled.
    """

    def __init__(self, config: PerceptionConfig) -> None:
        self._quality, self._fov_deg = config.jpeg_quality, config.camera_fov_deg
        self._contradiction = ''

    def note_camera_info(self, width_px: int, focal_px: float) -> None:
        """Compare the camera's own description with the settings; a zero says nothing.

        Args:
            width_px: of the image.
            focal_px: focal length along the rows.
        """
        self._contradiction = ''
        if width_px <= 0 or not focal_px > 0.0:
            return
        fov_deg = fov_deg_of(width_px, focal_px)
        if abs(fov_deg - self._fov_deg) > _FOV_TOLERANCE_DEG:
            self._contradiction = (
                f'camera_fov_deg is {self._fov_deg:g} and camera_info says {fov_deg:.1f} degrees; '
                "set the parameter to the camera's field of view"
            )

    def encode(self, pixels: Pixels, encoding: str = 'bgra8') -> bytes:
        """Return the training camera's view as JPEG.

        Args:
            pixels: uint8 (height, width, channels), or (height, width) for grey.
            encoding: one of ``simlingo_core.images.ENCODINGS``.

        Raises:
            ContractError: the encoding is unknown, shape or type do not fit, or the camera sees
                less than the training camera.
            BackendError: the encoder failed.
        """
        check_pixels(pixels, encoding)
        view = self._checked_view(pixels.shape[1], pixels.shape[0])
        cut = pixels[view.top : view.top + view.height, view.left : view.left + view.width]
        if (view.width, view.height) != (WIDTH_PX, HEIGHT_PX):
            is_smaller = view.width > WIDTH_PX
            interpolation = cv2.INTER_AREA if is_smaller else cv2.INTER_CUBIC
            resized = cv2.resize(cut, (WIDTH_PX, HEIGHT_PX), interpolation=interpolation)
            cut = np.asarray(resized, dtype=np.uint8)
        return encode_jpeg(cut, encoding, self._quality)

    def accept(self, data: bytes) -> bytes:
        """Return the training camera's view of a compressed image (JPEG or PNG) as JPEG.

        A JPEG that is the training camera's view already is not encoded again.

        Raises:
            ContractError: the data are neither, cannot be decoded, or the camera sees less than
                the training camera.
        """
        if is_jpeg(data) and self._checked_view(*jpeg_size(data)) == _WHOLE:
            return bytes(data)
        if not is_jpeg(data) and not is_png(data):
            raise ContractError(
                f'the compressed image begins with {data[:4]!r}; expected JPEG or PNG data'
            )
        return self.encode(decode_bgr(data), 'bgr8')

    def _checked_view(self, width_px: int, height_px: int) -> View:
        if self._contradiction:
            raise ContractError(self._contradiction)
        return training_view(width_px, height_px, self._fov_deg)
