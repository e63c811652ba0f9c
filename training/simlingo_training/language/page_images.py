# SPDX-License-Identifier: Apache-2.0
"""Images for the page of a language evaluation: image, plans, texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simlingo_core.images import PREVIEW_JPEG_QUALITY, encode_jpeg
from simlingo_core.overlay import PATH_RGB, SPEED_RGB, TARGET_RGB, draw_points
from simlingo_evaluation.language.page import PageImage
from simlingo_model.config import ImageConfig
from simlingo_model.image import decode_camera_image
from simlingo_training.language.items import LanguageItem
from simlingo_training.language.speaker import Spoken
from simlingo_training.validation import TRUE_RGB, picked

IMAGES_SHOWN = 24
FOLDER = 'images'


def draw_items(
    out: Path, items: Sequence[LanguageItem], spoken: Sequence[Spoken]
) -> list[PageImage]:
    """Draw some of the frames, evenly spread; true points white, planned ones in colour.

    Args:
        out: folder of the page; the images go to ``images`` below it.
        items: what was asked.
        spoken: what the model stated and planned.
    """
    (out / FOLDER).mkdir(parents=True, exist_ok=True)
    found = []
    for number in picked(len(items), IMAGES_SHOWN):
        item, stated = items[number], spoken[number]
        labels = item.expert if item.dream is None else item.dream.labels
        rgb = decode_camera_image(item.folder.image(item.frame).read_bytes(), ImageConfig())
        draw_points(rgb, labels.path_base_m, TRUE_RGB, 5)
        draw_points(rgb, labels.speed_waypoints_base_m, TRUE_RGB, 5)
        draw_points(rgb, stated.planned.path_base_m, PATH_RGB, 3)
        draw_points(rgb, stated.planned.speed_waypoints_base_m, SPEED_RGB, 3)
        draw_points(rgb, item.expert.target_points_base_m, TARGET_RGB, 6)
        name = f'{FOLDER}/{number:05d}.jpg'
        (out / name).write_bytes(encode_jpeg(rgb, 'rgb8', PREVIEW_JPEG_QUALITY))
        found.append(
            PageImage(
                file=name,
                lines=(
                    f'{item.speed_mps:.1f} m/s, {item.folder.relative.name} frame {item.frame}',
                    *(
                        (f'asked: {item.question or item.text}',)
                        if item.question or item.text
                        else ()
                    ),
                    f'label: {item.truth}',
                    f'model: {stated.text}',
                ),
            )
        )
    return found
