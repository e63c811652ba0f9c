# SPDX-License-Identifier: Apache-2.0
"""Tells a camera that hangs from a car that stands."""

from __future__ import annotations


class FrozenCamera:
    """Calls the camera frozen once images are equal though the car moves.

    It stays so until an image differs: the car has stopped because of it, and a standing car's
    images are equal anyway.

    Args:
        images_limit: so many equal images in a row are too many.
        above_mps: the car moves when it is faster than this.
    """

    def __init__(self, images_limit: int, above_mps: float) -> None:
        self._images_limit, self._above_mps = images_limit, above_mps
        self._equal_images = 0
        self.is_frozen = False

    def add_image(self, *, is_equal: bool) -> None:
        """Take note of an image; ``is_equal``: its bytes are those of the image before."""
        self._equal_images = self._equal_images + 1 if is_equal else 0
        self.is_frozen = self.is_frozen and is_equal

    def judge(self, speed_mps: float) -> bool:
        """Return whether the camera is frozen, now that the car has this speed."""
        has_repeated = self._equal_images >= self._images_limit
        self.is_frozen = self.is_frozen or (has_repeated and abs(speed_mps) > self._above_mps)
        return self.is_frozen
