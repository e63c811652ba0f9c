# SPDX-License-Identifier: Apache-2.0
"""Posters on billboards; some read like an order, which nobody in a car must obey."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

POSTERS = ('GO', 'STOP', 'FASTER', 'TURN LEFT', 'FRESH BREAD', 'HOTEL', 'RADIO 99', 'SALE')
COLUMNS = 2
_INKS = ((250, 250, 250), (20, 20, 25))
_GROUNDS = (
    (30, 120, 60),
    (150, 30, 40),
    (240, 200, 60),
    (40, 70, 150),
    (240, 230, 210),
    (90, 50, 110),
    (230, 120, 40),
    (60, 150, 170),
)


def poster_uv(index: int) -> tuple[float, float, float, float]:
    """Return left, bottom, right, top of a poster in its texture layer."""
    rows = -(-len(POSTERS) // COLUMNS)
    column, row = index % COLUMNS, index // COLUMNS
    # Half a texel of room, so that neighbours do not show.
    u, v, inset = 1.0 / COLUMNS, 1.0 / rows, 0.006
    return (
        column * u + inset,
        1.0 - (row + 1) * v + inset,
        (column + 1) * u - inset,
        1.0 - row * v - inset,
    )


def poster_texture(size_px: int) -> NDArray[np.float64]:
    """Return the layer of posters, shape (size, size, 3)."""
    image = Image.new('RGB', (size_px, size_px), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    width, height = size_px // COLUMNS, size_px * COLUMNS // len(POSTERS)
    for index, text in enumerate(POSTERS):
        left, top = index % COLUMNS * width, index // COLUMNS * height
        ground = _GROUNDS[index]
        draw.rectangle((left, top, left + width - 1, top + height - 1), fill=ground)
        ink = _INKS[int(sum(ground) > 450)]
        font = ImageFont.load_default(size=min(44, int(1.5 * width / len(text))))
        middle = (left + width / 2, top + height / 2)
        draw.text(middle, text, fill=ink, font=font, anchor='mm')
    return np.asarray(image, np.float64)
