# SPDX-License-Identifier: Apache-2.0
"""Commentary, questions and dreams of a recorded episode, beside its data."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from simlingo_core.types import SPEED_WAYPOINTS
from simlingo_evaluation.jobs.mapping import map_numbered
from simlingo_evaluation.jobs.workers import Workers
from simlingo_training.data_problems import DataError, DataProblem
from simlingo_training.dreaming.draws import GeneratorDraws
from simlingo_training.dreaming.dreamer import Dreamer, FramePlans, plans_of
from simlingo_training.dreaming.frame import DreamFrame
from simlingo_training.dreaming.realism import RealismCount
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.episodes import EpisodeFolder, find_episodes
from simlingo_training.gz_json import write_gz
from simlingo_training.text_labels.commentary import Commentary, describe
from simlingo_training.text_labels.questions import ask

FRAMES_AT_ONCE = 64
"""Dreams of so many frames are rolled out together; more are hardly faster."""


@dataclass(kw_only=True)
class LabelReport:
    """What a run has labelled.

    Attributes:
        frames: of episodes that lacked labels.
        problems: files that cannot be read; their frames have no labels.
        realism: dreams made, and dropped because the car could not drive them.
    """

    frames: int = 0
    problems: list[DataProblem] = field(default_factory=list)
    realism: RealismCount = field(default_factory=RealismCount)


def label_episode(frames: EpisodeFrames) -> LabelReport:
    """Write the labels that an episode lacks.

    Labels that are there, ours or upstream's, stay as they are.  The choices depend on nothing but
    the episode's name and the frame, so a second run writes the same bytes.
    """
    folder, report = frames.folder, LabelReport(problems=list(frames.problems))
    unreadable = _unreadable_scenes(frames)
    report.problems += unreadable.values()
    usable = [index for index in frames.usable if index not in unreadable]
    for index in usable:
        if not folder.commentary(index).is_file():
            commentary = commentary_of(frames, index)
            write_gz(folder.commentary(index), commentary.as_dict(image_of(frames, index)))
    with_future = [
        index
        for index in usable
        if unreadable.keys().isdisjoint(range(index, index + SPEED_WAYPOINTS + 1))
    ]
    for index in with_future:
        if not folder.vqa(index).is_file():
            write_gz(folder.vqa(index), questions_of(frames, index))
    missing = [index for index in with_future if not folder.dreams(index).is_file()]
    dreamer = Dreamer(counts=report.realism)
    for first in range(0, len(missing), FRAMES_AT_ONCE):
        some = missing[first : first + FRAMES_AT_ONCE]
        for index, options in zip(some, dreams_of(frames, some, dreamer), strict=True):
            write_gz(folder.dreams(index), options)
    report.frames = len(frames.usable)
    return report


def _unreadable_scenes(frames: EpisodeFrames) -> dict[int, DataProblem]:
    """Return the frames whose boxes cannot be read, of those that labels are made from."""
    if is_labelled(frames.folder):
        return {}
    found = {}
    for index in sorted({i + k for i in frames.usable for k in range(SPEED_WAYPOINTS + 1)}):
        try:
            frames.scene(index)
        except DataError as error:
            found[index] = error.problem
    return found


def image_of(frames: EpisodeFrames, index: int) -> str:
    """Return the path of an image from the root of the data set."""
    return f'{frames.images}/{index:04d}.jpg'


def commentary_of(frames: EpisodeFrames, index: int) -> Commentary:
    """Return the commentary on a frame."""
    speeds_mps = [m.target_speed_mps for m in frames.future(index)[:4]]
    return describe(frames.scene(index), speeds_mps, frame_rng(frames, index, 'commentary'))


def questions_of(frames: EpisodeFrames, index: int) -> dict[str, Any]:
    """Return the content of the file of questions of a frame."""
    scenes = [frames.scene(index + step) for step in range(SPEED_WAYPOINTS + 1)]
    speeds_mps = [m.target_speed_mps for m in frames.future(index)[:4]]
    return ask(scenes, speeds_mps, image_of(frames, index))


def dreams_of(
    frames: EpisodeFrames, indices: Sequence[int], dreamer: Dreamer
) -> list[dict[str, list[dict[str, Any]]]]:
    """Return the content of the dream file of each frame."""
    planned = []
    for index in indices:
        frame = DreamFrame(
            scene=frames.scene(index),
            future=frames.future(index),
            scenes=[frames.scene(index + step) for step in range(SPEED_WAYPOINTS + 1)],
            labels=frames.labels(index),
        )
        draws = GeneratorDraws(frame_rng(frames, index))
        plans = plans_of(frame, draws)
        planned.append(
            FramePlans(frame=frame, plans=plans, draws=draws, image=image_of(frames, index))
        )
    return dreamer.dream(planned)


def frame_rng(frames: EpisodeFrames, index: int, purpose: str = '') -> np.random.Generator:
    """Return a generator that depends on the episode's name, the frame and the purpose alone."""
    return np.random.default_rng(zlib.crc32(f'{frames.folder.relative}/{index}{purpose}'.encode()))


def is_labelled(folder: EpisodeFolder) -> bool:
    """Tell whether every frame of an episode that can have labels has them already."""
    count = folder.frame_count() - SPEED_WAYPOINTS
    return all(
        path.is_file()
        for index in range(count)
        for path in (folder.dreams(index), folder.vqa(index), folder.commentary(index))
    )


def label_all(
    root: Path,
    workers: Workers | int = 1,
    *,
    on_state: Callable[[str], None] | None = None,
    on_done: Callable[[int, int], None] | None = None,
) -> LabelReport:
    """Label every episode below a root that is not labelled yet.

    Args:
        root: of the data set.
        workers: who does it, or how many processes.
        on_state: called with words that say who does it.
        on_done: called after each episode with how many are done, and of how many.

    Raises:
        ConfigError: there are no complete episodes.
        BackendError: workers keep dying, or there is no such cluster.
    """
    open_folders = [folder for folder in find_episodes(root) if not is_labelled(folder)]
    needs = tuple(folder.results for folder in open_folders[:1])
    reports = {}
    done = map_numbered(_label_folder, open_folders, workers, needs=needs, on_state=on_state)
    for number, part in done:
        reports[number] = part
        if on_done is not None:
            on_done(len(reports), len(open_folders))
    report = LabelReport()
    # Workers answer in any order.
    for _, part in sorted(reports.items()):
        report.frames += part.frames
        report.problems += part.problems
        report.realism.update(part.realism)
    return report


def _label_folder(folder: EpisodeFolder) -> LabelReport:
    return label_episode(EpisodeFrames(folder))
