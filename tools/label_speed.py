# SPDX-License-Identifier: Apache-2.0
"""Measure how fast frames are labelled: python tools/label_speed.py DATA [EPISODES].

One process, CPU time of this process; commentary and questions, and dreams, are made from scenes
that are in memory, then everything with reading and writing files in a copy (where TMPDIR says).
What the system spends on small files depends on the disk, so that rate is printed without it, too.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from simlingo_training.dreaming.dreamer import Dreamer
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.episodes import EpisodeFolder, find_episodes
from simlingo_training.label import (
    FRAMES_AT_ONCE,
    commentary_of,
    dreams_of,
    image_of,
    label_episode,
    questions_of,
)

REPEATS = 3


def measure(root: Path, episodes: int) -> dict[str, float]:
    """Return frames per second by kind of label, the best of some repeats."""
    folders = find_episodes(root)[:episodes]
    best: dict[str, float] = {}
    for _ in range(REPEATS):
        for name, rate in {**_in_memory(folders), **_with_files(folders)}.items():
            best[name] = max(best.get(name, 0.0), rate)
    return best


def _in_memory(folders: list[EpisodeFolder]) -> dict[str, float]:
    seconds = {'commentary': 0.0, 'questions': 0.0, 'dreams': 0.0}
    count = 0
    for folder in folders:
        frames = EpisodeFrames(folder)
        indices = list(frames.usable)
        count += len(indices)
        for index in range(folder.frame_count()):
            frames.scene(index)
        for index in indices:
            frames.labels(index)
        start = time.process_time()
        for index in indices:
            commentary_of(frames, index).as_dict(image_of(frames, index))
        middle = time.process_time()
        for index in indices:
            questions_of(frames, index)
        late = time.process_time()
        for first in range(0, len(indices), FRAMES_AT_ONCE):
            dreams_of(frames, indices[first : first + FRAMES_AT_ONCE], Dreamer())
        end = time.process_time()
        for name, spent in zip(seconds, (middle - start, late - middle, end - late), strict=True):
            seconds[name] += spent
    language = seconds['commentary'] + seconds['questions']
    rates = {name: count / spent for name, spent in seconds.items()}
    return {
        **rates,
        'commentary and questions': count / language,
        'all': count / (language + seconds['dreams']),
    }


def _with_files(folders: list[EpisodeFolder]) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        count, spent, of_user = 0, 0.0, 0.0
        for folder in folders:
            copy = EpisodeFolder(Path(name), folder.relative)
            for part in ('measurements', 'boxes'):
                shutil.copytree(folder.data / part, copy.data / part)
            start = os.times()
            count += label_episode(EpisodeFrames(copy)).frames
            end = os.times()
            of_user += end.user - start.user
            spent += end.user - start.user + end.system - start.system
    return {
        'all, with files': count / spent,
        "all, with files, without the system's time": count / of_user,
    }


if __name__ == '__main__':
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    chosen = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    for kind, frames_per_s in measure(Path(sys.argv[1]), chosen).items():
        print(f'{frames_per_s:8.0f} frames/s  {kind}')
