# SPDX-License-Identifier: Apache-2.0
"""One frame of a data set, for people: an image with the labels, and all its texts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from simlingo_core.errors import ConfigError
from simlingo_core.images import PREVIEW_JPEG_QUALITY, encode_jpeg
from simlingo_core.overlay import PATH_RGB, SPEED_RGB, TARGET_RGB, draw_points, text_panel
from simlingo_model.config import ImageConfig
from simlingo_model.image import decode_camera_image
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.episodes import EpisodeFolder, find_episodes
from simlingo_training.gz_json import read_gz
from simlingo_training.samples import FrameSample, read_frame

PANEL_PX = 120
MOST_QUESTIONS = 8


def find_episode(root: Path, name: str) -> EpisodeFolder:
    """Return the first episode whose path holds ``name``.

    Raises:
        ConfigError: there is none.
    """
    for folder in find_episodes(root):
        if name in str(folder.relative):
            return folder
    raise ConfigError(f'{root} has no episode with {name!r} in its path')


def show_frame(folder: EpisodeFolder, index: int) -> tuple[FrameSample, list[str]]:
    """Return a frame and what is known about it, in lines.

    Raises:
        ConfigError: the episode has no usable frame of that number.
        DataError: a file of it cannot be used.
    """
    frames = EpisodeFrames(folder)
    if index not in frames.usable:
        usable = f'{frames.usable[0]} to {frames.usable[-1]}' if frames.usable else 'none'
        raise ConfigError(f'{folder.data} has no usable frame {index}; usable are {usable}')
    sample, now = read_frame(frames, index), frames.future(index)[0]
    boxes = Counter(str(box.get('class')) for box in read_gz(folder.boxes(index)))
    lines = [
        str(folder.measurement(index)),
        f'speed {now.speed_mps:.1f} m/s, wanted {now.target_speed_mps:.1f}, limit '
        f'{now.speed_limit_mps:.1f}; command {now.command.name}, then {now.next_command.name}',
        f'slowed by {now.reduced_by_kind or "nothing"}; hazards: '
        f'{", ".join(sorted(now.hazards)) or "none"}; kind of driving: {sample.bucket.value}',
        f'boxes: {", ".join(f"{count} {name}" for name, count in sorted(boxes.items()))}',
        f'commentary: {sample.commentary}',
    ]
    lines += [f'Q: {question} A: {answer}' for question, answer in sample.vqa[:MOST_QUESTIONS]]
    lines += [
        f'dream {dream.mode}{"" if dream.is_safe else " (unsafe)"}: {dream.texts[0]}'
        for dream in sample.dreams
    ]
    return sample, lines


def draw_frame(sample: FrameSample, path: Path) -> None:
    """Write the image of a frame with path, speed waypoints and target points."""
    rgb = decode_camera_image(sample.image_path.read_bytes(), ImageConfig())
    draw_points(rgb, sample.plain.path_base_m, PATH_RGB, 3)
    draw_points(rgb, sample.plain.speed_waypoints_base_m, SPEED_RGB, 3)
    draw_points(rgb, sample.plain.target_points_base_m, TARGET_RGB, 6)
    lines = [f'{sample.speed_mps:.1f} m/s  {sample.commentary}']
    panel = text_panel(rgb.shape[1], PANEL_PX, lines)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_jpeg(np.vstack([rgb, panel]), 'rgb8', PREVIEW_JPEG_QUALITY))
