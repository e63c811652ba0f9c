# SPDX-License-Identifier: Apache-2.0
"""Faults of a camera: dirt, drops, glare, noise, exposure, and images frozen, late or dropped."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import ConfigError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_sim.camera.air import add_drops

Image = NDArray[np.uint8]

SPOTS = 14
NOISE_LEVELS = 18.0
GAINS = (0.35, 0.6, 1.0, 1.6, 2.4)
GAIN_PERIOD_S = 1.5
FREEZE_EVERY_S, FREEZE_FOR_S = 8.0, 2.0
DROPPED_SHARE = 0.2
LATE_S = 0.3


class CameraFaults:
    """Spoils the images of one camera; the same seed and ticks give the same faults.

    Args:
        names: faults separated by commas, of ``FAULTS``; empty: none.
        seed: seed of the faults.

    Raises:
        ConfigError: there is no such fault.
    """

    def __init__(self, names: str, seed: int) -> None:
        self.names = tuple(name.strip() for name in names.split(',') if name.strip())
        for name in self.names:
            if name not in FAULTS:
                raise ConfigError(
                    f'camera fault is {name!r}; expected one or more of: {", ".join(FAULTS)}'
                )
        self._seed = seed
        self._kept: deque[tuple[int, Image]] = deque(maxlen=64)
        self._frozen: tuple[int, Image] | None = None

    def apply(self, image: Image, tick: int) -> Image | None:
        """Return the image as the camera delivers it; None: it is lost.

        Args:
            image: BGRA, shape (height, width, 4); may be changed in place.
            tick: of the image, not before the last one.
        """
        current: Image | None = image
        for name in self.names:
            if current is None:
                return None
            current = FAULTS[name](self, current, tick)
        return current

    def _rng(self, *key: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, 21, *key])

    def _dirt(self, image: Image, tick: int) -> Image:
        height, width = image.shape[:2]
        rng = self._rng(0)
        mask = np.zeros((height, width), np.float32)
        for _ in range(SPOTS):
            centre = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
            axes = (int(width * rng.uniform(0.01, 0.05)), int(width * rng.uniform(0.01, 0.05)))
            turn = float(rng.uniform(0, 180))
            cv2.ellipse(mask, centre, axes, turn, 0, 360, float(rng.uniform(0.5, 0.95)), -1)
        soft = cv2.GaussianBlur(mask, (0, 0), width / 200)[..., None]
        brown = np.array([38.0, 52.0, 66.0, 255.0])
        return (image * (1.0 - soft) + brown * soft).astype(np.uint8)

    def _drops(self, image: Image, tick: int) -> Image:
        add_drops(image, 1.0, self._seed, tick * TICK_PERIOD_S)
        return image

    def _glare(self, image: Image, tick: int) -> Image:
        height, width = image.shape[:2]
        column = width * self._rng(1).uniform(0.35, 0.65)
        y, x = np.ogrid[0:height, 0:width]
        distance = np.hypot(x - column, y - 0.42 * height) / width
        light = 255.0 * np.clip(1.3 * np.exp(-distance / 0.13), 0.0, 1.0)
        layer = cv2.merge([light.astype(np.uint8)] * 3 + [np.zeros((height, width), np.uint8)])
        return np.asarray(cv2.add(image, layer), np.uint8)

    def _noise(self, image: Image, tick: int) -> Image:
        noise = self._rng(2, tick).normal(0.0, NOISE_LEVELS, (*image.shape[:2], 3))
        image[..., :3] = np.clip(image[..., :3] + noise, 0, 255).astype(np.uint8)
        return image

    def _exposure(self, image: Image, tick: int) -> Image:
        gain = self._rng(3, int(tick * TICK_PERIOD_S / GAIN_PERIOD_S)).choice(GAINS)
        image[..., :3] = np.clip(image[..., :3] * float(gain), 0, 255).astype(np.uint8)
        return image

    def _freeze(self, image: Image, tick: int) -> Image:
        turn, since_s = divmod(tick * TICK_PERIOD_S, FREEZE_EVERY_S)
        if since_s < FREEZE_EVERY_S - FREEZE_FOR_S:
            self._frozen = None
            return image
        if self._frozen is None or self._frozen[0] != int(turn):
            self._frozen = (int(turn), image)
        return self._frozen[1].copy()

    def _delay(self, image: Image, tick: int) -> Image:
        self._kept.append((tick, image))
        old = [kept for made, kept in self._kept if made <= tick - round(LATE_S / TICK_PERIOD_S)]
        return (old[-1] if old else self._kept[0][1]).copy()

    def _drop(self, image: Image, tick: int) -> Image | None:
        return None if self._rng(4, tick).random() < DROPPED_SHARE else image


FAULTS: dict[str, Callable[[CameraFaults, Image, int], Image | None]] = {
    'dirt': CameraFaults._dirt,
    'drops': CameraFaults._drops,
    'glare': CameraFaults._glare,
    'noise': CameraFaults._noise,
    'exposure': CameraFaults._exposure,
    'frozen': CameraFaults._freeze,
    'late': CameraFaults._delay,
    'dropped': CameraFaults._drop,
}
"""Every fault by its name."""
