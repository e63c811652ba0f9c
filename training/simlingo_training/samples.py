# SPDX-License-Identifier: Apache-2.0
"""All that is learned from one frame, read from the files of its episode."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simlingo_core.types import RoadOption
from simlingo_training.buckets import Bucket, classify, has_obeyed_stop_sign, start_labels
from simlingo_training.data_problems import DataError, DataProblem
from simlingo_training.dream_files import DreamSample, read_dreams
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.episodes import EpisodeFolder
from simlingo_training.jpeg_files import check_jpeg_ends
from simlingo_training.labels import CameraShift, Labels
from simlingo_training.scene_targets import SceneLabeller
from simlingo_training.schema.base import read_file
from simlingo_training.schema.language import CommentaryFile, QuestionAnswer, VqaFile


@dataclass(frozen=True, kw_only=True)
class FrameSample:
    """One frame: conditioning, labels for both cameras, texts.

    Attributes:
        episode: where it comes from.
        frame: number in the episode.
        speed_mps: of the car.
        plain: labels in the base_link of the training camera.
        shifted: labels in the base_link of the shifted camera.
        commentary_file: on what the expert does and why, with its template.
        questions: with their answers and groups of wordings.
        objects: descriptions of the objects that they speak of.
        dreams: instructions that could be given here, and how the car would follow them.
        bucket: kind of driving.
        start: labels as if the car stood here, where nothing holds it up; else None.
        stays: whether the expert's car stands and goes on standing.
        scenes: what the cells of both images show (``scene_targets``); empty: not asked for.
    """

    episode: EpisodeFolder
    frame: int
    speed_mps: float
    plain: Labels
    shifted: Labels
    commentary_file: CommentaryFile
    dreams: tuple[DreamSample, ...]
    bucket: Bucket
    command: RoadOption = RoadOption.LANE_FOLLOW
    next_command: RoadOption = RoadOption.LANE_FOLLOW
    questions: tuple[QuestionAnswer, ...] = ()
    objects: tuple[str, ...] = ()
    start: Labels | None = None
    stays: bool = False
    scenes: tuple[NDArray[np.uint8], ...] = ()

    @property
    def commentary(self) -> str:
        """What the expert does and why."""
        return self.commentary_file.commentary

    @property
    def vqa(self) -> tuple[tuple[str, str], ...]:
        """Questions and answers as stored."""
        return tuple((pair.Q, pair.A) for pair in self.questions)

    @property
    def image_path(self) -> Path:
        """The image of the training camera."""
        return self.episode.image(self.frame)


def read_samples(
    frames: EpisodeFrames, labeller: SceneLabeller | None = None
) -> tuple[list[FrameSample], list[DataProblem]]:
    """Return the samples of an episode; its last 2.5 s only serve as the future of others.

    Args:
        frames: of the episode.
        labeller: of what images show; None: this is not asked for.

    Returns:
        The samples, and what was left out because a file of it cannot be used.
    """
    samples, problems = [], list(frames.problems)
    for index in frames.usable:
        try:
            for is_shifted in (False, True):
                check_jpeg_ends(frames.folder.image(index, is_shifted=is_shifted))
            samples.append(read_frame(frames, index, labeller))
        except DataError as error:
            problems.append(error.problem)
    return samples, problems


def read_frame(
    frames: EpisodeFrames, index: int, labeller: SceneLabeller | None = None
) -> FrameSample:
    """Return the sample of a usable frame.

    Raises:
        DataError: a file of it cannot be used.
    """
    now = frames.future(index)[0]
    plain, shifted = frames.labels(index), frames.shifted_labels(index)
    start = start_labels(now, plain)
    vqa = read_vqa(frames.folder.vqa(index))
    stays = classify(now, plain, is_free=False) in (Bucket.STAY, Bucket.YIELD)
    if start is not None and has_obeyed_stop_sign(now):
        plain = start
        waypoints = now.shift.apply(start.speed_waypoints_base_m)
        shifted = replace(shifted, speed_waypoints_base_m=waypoints)
    return FrameSample(
        episode=frames.folder,
        frame=index,
        speed_mps=now.speed_mps,
        plain=plain,
        shifted=shifted,
        commentary_file=read_file(CommentaryFile, frames.folder.commentary(index)),
        command=now.command,
        next_command=now.next_command,
        questions=tuple(pair for pairs in vqa.QA.values() for pair in pairs),
        objects=tuple(thing.Visual_description or '' for thing in vqa.key_object_infos.values()),
        dreams=tuple(read_dreams(frames.folder.dreams(index), frames.labels(index))),
        bucket=classify(now, plain, is_free=start is not None),
        start=start,
        stays=stays,
        scenes=_scenes(frames, index, now.shift, labeller),
    )


def _scenes(
    frames: EpisodeFrames, index: int, shift: CameraShift, labeller: SceneLabeller | None
) -> tuple[NDArray[np.uint8], ...]:
    if labeller is None:
        return ()
    scene = frames.scene(index)
    return labeller.label(scene, CameraShift()), labeller.label(scene, shift)


def read_vqa(path: Path) -> VqaFile:
    """Return the questions and answers of a frame; none, where there is no file.

    Raises:
        DataError: the file cannot be read.
    """
    if not path.is_file():
        return VqaFile(QA={})
    stored: VqaFile = read_file(VqaFile, path)
    return stored


def read_commentary(path: Path) -> str:
    """Return the commentary of a frame.

    Raises:
        DataError: the file cannot be read or holds none.
    """
    stored: CommentaryFile = read_file(CommentaryFile, path)
    return stored.commentary
