# SPDX-License-Identifier: Apache-2.0
"""Commentary and dreams for a recorded drive, written beside its data in SimLingo's layout."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np

from simlingo_core.types import SPEED_WAYPOINTS
from simlingo_core.wordings import ManoeuvreKind
from simlingo_training.commentary import describe
from simlingo_training.dreams import Dream, dream
from simlingo_training.episodes import EpisodeFolder, find_episodes
from simlingo_training.labels import CameraShift
from simlingo_training.measurements import Measurement, from_json, read_gz, write_gz
from simlingo_training.samples import frame_labels


def label_episode(drive: EpisodeFolder) -> int:
    """Write the labels of a drive; returns the number of frames labelled.

    The choices depend on nothing but the drive's name and the frame, so a second run writes the
    same bytes.
    """
    count = drive.frame_count()
    frames = [from_json(read_gz(drive.measurement(k))) for k in range(count)]
    for index in range(count - SPEED_WAYPOINTS):
        targets_mps = [m.target_speed_mps for m in frames[index : index + 4]]
        text = describe(frames[index], targets_mps)
        image = str(drive.image(index).relative_to(drive.root))
        write_gz(drive.commentary(index), {'image': image, 'commentary': text})
        write_gz(drive.dreams(index), _dreams(drive, index, frames, image))
    return max(0, count - SPEED_WAYPOINTS)


def _dreams(
    drive: EpisodeFolder, index: int, frames: list[Measurement], image: str
) -> dict[str, list[dict[str, Any]]]:
    seed = zlib.crc32(f'{drive.relative}/{index}'.encode())
    rng = np.random.default_rng(seed)
    labels = frame_labels(frames, index, CameraShift())
    made = {
        kind: dream(frames[index], labels.path_base_m, labels.speed_waypoints_base_m, kind, rng)
        for kind in ManoeuvreKind
    }
    return {kind.value: [_option(m, image)] for kind, m in made.items() if m is not None}


def _option(made: Dream, image: str) -> dict[str, Any]:
    mirror = np.array([1.0, -1.0])
    return {
        'mode': made.kind.value,
        'dreamer_instruction': [made.text],
        'route': np.round(made.path_base_m * mirror, 3).tolist(),
        'waypoints': np.round(made.speed_waypoints_base_m * mirror, 3).tolist(),
        'rgb_path': image,
        'safe_to_execute': True,
    }


def is_labelled(drive: EpisodeFolder) -> bool:
    """Tell whether the last frame of a drive has its labels already."""
    last = drive.frame_count() - SPEED_WAYPOINTS - 1
    return last < 0 or drive.dreams(last).is_file()


def label_all(root: Path) -> int:
    """Label every drive below a root that is not labelled yet; returns the number of frames."""
    return sum(label_episode(drive) for drive in find_episodes(root) if not is_labelled(drive))
