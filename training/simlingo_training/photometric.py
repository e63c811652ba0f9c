# SPDX-License-Identifier: Apache-2.0
"""Changes of images that leave the labels as they are (upstream_spec §4.6).

Upstream's list, made with imgaug, which is maintained no more: blur, noise, dropped pixels,
brightness, contrast, greyness and small waves, each in half of the images and in random order.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]
Change = Callable[[Pixels, np.random.Generator], Pixels]

SHARE = 0.5
"""Of the images that a change is made to, and of the changes that differ by channel."""
BLUR_PX = (0.0, 1.0)
NOISE = (0.0, 0.05 * 255.0)
DROPPED = (0.01, 0.1)
FACTOR = (1.0 / 1.2, 1.2)
GREYNESS = (0.0, 0.5)
WAVE_PX, WAVE_SMOOTH_PX = (0.5, 1.5), 0.25
MIDDLE = 127.5
LEAST_BLUR_PX = 0.05


def change_as_upstream(tiles: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return an image that is changed by some of upstream's augmentations.

    Args:
        tiles: of one image, RGB, shape (tiles, side, side, 3).
        rng: draws which, in which order, and how strong.
    """
    pixels = tiles.astype(np.float32)
    for index in rng.permutation(len(CHANGES)):
        if rng.random() < SHARE:
            pixels = CHANGES[index](pixels, rng)
    return np.clip(np.rint(pixels), 0.0, 255.0).astype(np.uint8)


def _by_channel(rng: np.random.Generator, low: float, high: float) -> NDArray[np.float32]:
    """Return one number for all channels, or one for each."""
    count = 3 if rng.random() < SHARE else 1
    return rng.uniform(low, high, count).astype(np.float32)


def _blur(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    sigma_px = float(rng.uniform(*BLUR_PX))
    if sigma_px < LEAST_BLUR_PX:
        return pixels
    return np.stack([cv2.GaussianBlur(tile, (0, 0), sigma_px) for tile in pixels])


def _noise(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    channels = 3 if rng.random() < SHARE else 1
    noise = rng.standard_normal((*pixels.shape[:3], channels), dtype=np.float32)
    noisy: Pixels = pixels + noise * np.float32(rng.uniform(*NOISE))
    return noisy


def _drop(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    channels = 3 if rng.random() < SHARE else 1
    kept = rng.random((*pixels.shape[:3], channels), dtype=np.float32) >= rng.uniform(*DROPPED)
    left: Pixels = pixels * kept
    return left


def _brightness(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    changed: Pixels = np.clip(pixels * _by_channel(rng, *FACTOR), 0.0, 255.0)
    return changed


def _contrast(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    stretched = (pixels - MIDDLE) * _by_channel(rng, *FACTOR) + MIDDLE
    changed: Pixels = np.clip(stretched, 0.0, 255.0)
    return changed


def _grey(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    share = np.float32(rng.uniform(*GREYNESS))
    luma = pixels @ np.array([0.299, 0.587, 0.114], np.float32)
    grey: Pixels = pixels * (1.0 - share) + luma[..., None] * share
    return grey


def _waves(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    reach_px = rng.uniform(*WAVE_PX)
    rows, columns = pixels.shape[1:3]
    offsets = rng.uniform(-reach_px, reach_px, (len(pixels), 2, rows, columns))
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    bent = []
    for tile, (dx, dy) in zip(pixels, offsets.astype(np.float32), strict=True):
        dx, dy = (cv2.GaussianBlur(each, (0, 0), WAVE_SMOOTH_PX) for each in (dx, dy))
        bent.append(cv2.remap(tile, x + dx, y + dy, cv2.INTER_LINEAR, None, cv2.BORDER_REFLECT))
    return np.stack(bent)


CHANGES: tuple[Change, ...] = (_blur, _noise, _drop, _brightness, _contrast, _grey, _waves)
