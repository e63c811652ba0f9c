# SPDX-License-Identifier: Apache-2.0
"""Commentary and dreams for a recorded episode, written beside its data in SimLingo's layout."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np

from simlingo_core.types import SPEED_WAYPOINTS
from simlingo_core.wordings import ManoeuvreKind
from simlingo_training.data_problems import DataProblem
from simlingo_training.dreams import Dream, dream
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.episodes import EpisodeFolder, find_episodes
from simlingo_training.gz_json import write_gz
from simlingo_training.measurements import points_to_disk
from simlingo_training.text_labels.commentary import describe


def label_episode(frames: EpisodeFrames) -> int:
    """Write the labels that an episode lacks; returns the number of its frames.

    Labels that are there, ours or upstream's, stay as they are.

    The choices depend on nothing but the episode's name and the frame, so a second run writes the
    same bytes.
    """
    folder = frames.folder
    for index in frames.usable:
        image = str(folder.image(index).relative_to(folder.root))
        if not folder.commentary(index).is_file():
            speeds_mps = [m.target_speed_mps for m in frames.future(index)[:4]]
            commentary = describe(frames.scene(index), speeds_mps, _rng(frames, index, 'comment'))
            write_gz(folder.commentary(index), commentary.as_dict(image))
        if not folder.dreams(index).is_file():
            write_gz(folder.dreams(index), _dreams(frames, index, image))
    return len(frames.usable)


def _dreams(frames: EpisodeFrames, index: int, image: str) -> dict[str, list[dict[str, Any]]]:
    rng = _rng(frames, index)
    now, labels = frames.future(index)[0], frames.labels(index)
    made = {
        kind: dream(now, labels.path_base_m, labels.speed_waypoints_base_m, kind, rng)
        for kind in ManoeuvreKind
    }
    return {kind.value: [_option(m, image)] for kind, m in made.items() if m is not None}


def _rng(frames: EpisodeFrames, index: int, purpose: str = '') -> np.random.Generator:
    """Return a generator that depends on the episode's name, the frame and the purpose alone."""
    return np.random.default_rng(zlib.crc32(f'{frames.folder.relative}/{index}{purpose}'.encode()))


def _option(made: Dream, image: str) -> dict[str, Any]:
    return {
        'mode': made.kind.value,
        'dreamer_instruction': [made.text],
        'route': points_to_disk(made.path_base_m),
        'waypoints': points_to_disk(made.speed_waypoints_base_m),
        'rgb_path': image,
        'safe_to_execute': True,
    }


def is_labelled(folder: EpisodeFolder) -> bool:
    """Tell whether every frame of an episode that can have labels has them already."""
    count = folder.frame_count() - SPEED_WAYPOINTS
    return all(
        folder.dreams(index).is_file() and folder.commentary(index).is_file()
        for index in range(count)
    )


def label_all(root: Path) -> tuple[int, list[DataProblem]]:
    """Label every episode below a root that is not labelled yet.

    Returns:
        The number of frames labelled, and the measurements that cannot be read.
    """
    count, problems = 0, []
    for folder in find_episodes(root):
        if not is_labelled(folder):
            frames = EpisodeFrames(folder)
            count += label_episode(frames)
            problems += frames.problems
    return count, problems
