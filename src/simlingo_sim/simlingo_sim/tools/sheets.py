# SPDX-License-Identifier: Apache-2.0
"""Contact sheets: many images with captions on one page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from simlingo_core.errors import ConfigError
from simlingo_core.images import encode_jpeg, to_rgb

# A caption and a BGRA image.
CaptionedImage = tuple[str, NDArray[np.uint8]]

CAPTION_PX = 22
GAP_PX = 6


def add_magnifier(image: NDArray[np.uint8], zoom: int = 3) -> NDArray[np.uint8]:
    """Return a BGRA image with its middle enlarged in the upper left corner.

    Every pixel becomes a square of ``zoom`` pixels, which shows the detail available to a model.
    """
    height, width, _ = image.shape
    half_width, above, below = width * 7 // 100, height * 11 // 100, height * 7 // 100
    middle = image[
        height // 2 - above : height // 2 + below,
        width // 2 - half_width : width // 2 + half_width,
    ]
    large = middle.repeat(zoom, axis=0).repeat(zoom, axis=1)
    result = image.copy()
    result[: large.shape[0] + 3, : large.shape[1] + 3] = 255
    result[: large.shape[0], : large.shape[1]] = large
    return result


def make_sheet(images: Sequence[CaptionedImage], columns: int, tile_width_px: int) -> Image.Image:
    """Lay BGRA images out on a page, row by row, each with its caption below.

    Raises:
        ConfigError: there is no image, or the layout has no size.
    """
    if not images or columns < 1 or tile_width_px < 16:
        raise ConfigError(
            f'sheet of {len(images)} images, {columns} columns of {tile_width_px} px; '
            'expected at least one image, one column and 16 px'
        )
    height = max(round(p.shape[0] * tile_width_px / p.shape[1]) for _, p in images)
    rows = -(-len(images) // columns)
    step_x, step_y = tile_width_px + GAP_PX, height + CAPTION_PX + GAP_PX
    sheet = Image.new('RGB', (columns * step_x + GAP_PX, rows * step_y + GAP_PX), (250, 250, 250))
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=15)
    for index, (caption, image) in enumerate(images):
        left = GAP_PX + index % columns * step_x
        top = GAP_PX + index // columns * step_y
        tile = Image.fromarray(to_rgb(image))
        size = (tile_width_px, round(image.shape[0] * tile_width_px / image.shape[1]))
        sheet.paste(tile.resize(size, Image.Resampling.LANCZOS), (left, top))
        draw.text((left + 2, top + height + 2), caption, fill=(20, 20, 20), font=font)
    return sheet


def save_sheet(sheet: Image.Image, path: Path, largest_bytes: int = 400_000) -> int:
    """Write a JPEG that is not larger than asked and return its quality.

    Raises:
        ConfigError: even the lowest quality is too large.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for quality in (90, 85, 80, 75, 70, 60, 50, 40):
        data = encode_jpeg(np.asarray(sheet), 'rgb8', quality)
        if len(data) <= largest_bytes:
            path.write_bytes(data)
            return quality
    raise ConfigError(f'{path} exceeds {largest_bytes} bytes; use fewer or smaller images')
