# SPDX-License-Identifier: Apache-2.0
"""Procedural textures: one array of square layers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from simlingo_sim.camera.mesh import FACADES, LAYERS, POSTERS_LAYER, Layer
from simlingo_sim.camera.posters import poster_texture

SIZE_PX = 256
SIGN_CELLS = 4
# Cells of the sign layer, row by row from the top left.
SIGN_TEXTS = ('STOP', '20', '30', '40', '50', '60', '70', '80', '90', '100')
STOP_RED = (196, 18, 24)
SIGN_LIMITS_KMH = (20, 30, 40, 50, 60, 70, 80, 90, 100)


def make_textures(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the texture array, RGB, shape (layers, 256, 256, 3)."""
    size = SIZE_PX
    fine = rng.normal(0, 1, (size, size))
    coarse = _smooth(rng, 14.0)
    medium = _smooth(rng, 4.0)
    layers = np.full((LAYERS, size, size, 3), 255.0)
    contrast = rng.uniform(0.7, 1.4)
    layers[Layer.ASPHALT] = (214 + (fine * 9 + coarse * 8 + medium * 4) * contrast)[..., None]
    layers[Layer.GRASS] = (
        np.stack([190 + medium * 20, 205 + medium * 18 + coarse * 8, 150 + medium * 18], -1)
        + fine[..., None] * 12
    )
    layers[Layer.PAVEMENT] = _pavement(fine, coarse)[..., None]
    leaf_light = medium * 30 + fine * 18
    layers[Layer.LEAVES] = np.stack([195 + leaf_light, 205 + leaf_light, 170 + leaf_light], -1)
    layers[Layer.ROOF] = _roof(fine)[..., None]
    layers[Layer.SIGNS] = _sign_letters()
    for k in range(FACADES):
        layers[Layer.FACADE + k] = _facade(rng, k, coarse, fine)
    layers[POSTERS_LAYER] = poster_texture(size)
    return np.asarray(np.clip(layers, 0, 255), np.uint8)


def sign_cell_uv(text: str) -> tuple[float, float, float, float]:
    """Return left, bottom, right and top of the cell of a text in the sign layer."""
    index = SIGN_TEXTS.index(text)
    column, row = index % SIGN_CELLS, index // SIGN_CELLS
    step = 1.0 / SIGN_CELLS
    return column * step, 1 - (row + 1) * step, (column + 1) * step, 1 - row * step


def _smooth(rng: np.random.Generator, sigma_px: float) -> NDArray[np.float64]:
    """Return periodic noise of unit variance, smoothed with ``sigma_px``."""
    frequency = np.fft.fftfreq(SIZE_PX)
    square = frequency[:, None] ** 2 + frequency[None] ** 2
    spectrum = np.fft.fft2(rng.normal(0, 1, (SIZE_PX, SIZE_PX)))
    blurred = np.real(np.fft.ifft2(spectrum * np.exp(-2 * (np.pi * sigma_px) ** 2 * square)))
    return np.asarray(blurred / blurred.std())


def _pavement(fine: NDArray[np.float64], coarse: NDArray[np.float64]) -> NDArray[np.float64]:
    slab = 218 + fine * 5 + coarse * 6
    for offset, depth in ((0, 55), (1, 25)):
        slab[offset::64] -= depth
        slab[:, offset::64] -= depth
    return slab


def _roof(fine: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = np.arange(SIZE_PX)[:, None] % 16
    columns = (np.arange(SIZE_PX)[None] + 8 * (np.arange(SIZE_PX)[:, None] // 16 % 2)) % 16
    return 225 - 50.0 * (rows < 2) - 25.0 * (columns < 1) + fine * 8


def _sign_letters() -> NDArray[np.float64]:
    """Return the sign layer: white on red for STOP, black on white for limits."""
    image = Image.new('RGB', (SIZE_PX, SIZE_PX), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    cell = SIZE_PX // SIGN_CELLS
    for index, text in enumerate(SIGN_TEXTS):
        left, top = index % SIGN_CELLS * cell, index // SIGN_CELLS * cell
        ink = (15, 15, 15)
        if text == 'STOP':
            ink = (255, 255, 255)
            draw.rectangle((left, top, left + cell - 1, top + cell - 1), fill=STOP_RED)
        font = ImageFont.load_default(size={2: 46, 3: 33, 4: 22}[len(text)])
        middle = (left + cell / 2, top + cell / 2)
        draw.text(middle, text, fill=ink, font=font, anchor='mm', stroke_width=1, stroke_fill=ink)
    return np.asarray(image, np.float64)


def _facade(
    rng: np.random.Generator, style: int, coarse: NDArray[np.float64], fine: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return a wall with windows, 12 m wide and four floors high; buildings tint it."""
    size = SIZE_PX
    columns, width, low, high = (
        (4, 0.5, 0.25, 0.78),
        (3, 0.42, 0.22, 0.8),
        (5, 0.5, 0.2, 0.82),
        (4, 0.94, 0.35, 0.85),
        (6, 0.62, 0.1, 0.92),
        (3, 0.6, 0.28, 0.76),
        (4, 0.36, 0.22, 0.84),
        (2, 0.72, 0.3, 0.8),
    )[style]
    rows, lines = np.mgrid[0:size, 0:size]
    floors = 4
    u, v = lines * columns / size % 1, rows * floors / size % 1
    cell = (rows * floors // size) * columns + lines * columns // size
    wall = np.full((size, size, 3), 222.0) + coarse[..., None] * 5 + fine[..., None] * 4
    if style in (1, 6):
        wall -= (25.0 * ((rows % 8 < 1) | ((lines + 8 * (rows // 8 % 2)) % 16 < 1)))[..., None]
    if style in (0, 2, 5):
        wall -= (30.0 * (v > 0.96))[..., None]
    across = np.abs(u - 0.5) * 2
    frame = (across < width + 0.1) & (v > 1 - high - 0.04) & (v < 1 - low + 0.05)
    glass = (across < width) & (v > 1 - high) & (v < 1 - low)
    bright = rng.uniform(45, 120, columns * floors)[cell]
    shade = np.stack([bright * 0.82, bright * 0.98, bright * 1.15], -1)
    shade += (30 * (u + v) % 12)[..., None]
    wall[frame] = 245.0
    wall[glass] = shade[glass]
    mullion = glass & ((across < 0.06) | (np.abs(v - (1 - (low + high) / 2)) < 0.02))
    if style not in (3, 4):
        wall[mullion] = 230.0
    return wall
