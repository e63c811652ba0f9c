# SPDX-License-Identifier: Apache-2.0
"""All that is learned from one frame, read from the files of its episode."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from simlingo_training.buckets import Bucket, classify, has_obeyed_stop_sign, start_labels
from simlingo_training.data_problems import DataError, DataProblem
from simlingo_training.dream_files import DreamSample, read_dreams
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.episodes import EpisodeFolder
from simlingo_training.jpeg_files import check_jpeg_ends
from simlingo_training.labels import Labels
from simlingo_training.schema.base import read_file
from simlingo_training.schema.language import CommentaryFile


@dataclass(frozen=True, kw_only=True)
class FrameSample:
    """One frame: conditioning, labels for both cameras, texts.

    Attributes:
        episode: where it comes from.
        frame: number in the episode.
        speed_mps: of the car.
        plain: labels in the base_link of the training camera.
        shifted: labels in the base_link of the shifted camera.
        commentary: on what the expert does and why.
        dreams: instructions that could be given here, and how the car would follow them.
        bucket: kind of driving.
        start: labels as if the car stood here, where nothing holds it up; else None.
        stays: whether the expert's car stands and goes on standing.
    """

    episode: EpisodeFolder
    frame: int
    speed_mps: float
    plain: Labels
    shifted: Labels
    commentary: str
    dreams: tuple[DreamSample, ...]
    bucket: Bucket
    start: Labels | None = None
    stays: bool = False

    @property
    def image_path(self) -> Path:
        """The image of the training camera."""
        return self.episode.image(self.frame)


def read_samples(frames: EpisodeFrames) -> tuple[list[FrameSample], list[DataProblem]]:
    """Return the samples of an episode; its last 2.5 s only serve as the future of others.

    Returns:
        The samples, and what was left out because a file of it cannot be used.
    """
    samples, problems = [], list(frames.problems)
    for index in frames.usable:
        try:
            for is_shifted in (False, True):
                check_jpeg_ends(frames.folder.image(index, is_shifted=is_shifted))
            samples.append(_sample(frames, index))
        except DataError as error:
            problems.append(error.problem)
    return samples, problems


def _sample(frames: EpisodeFrames, index: int) -> FrameSample:
    now = frames.future(index)[0]
    plain, shifted = frames.labels(index), frames.shifted_labels(index)
    start = start_labels(now, plain)
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
        commentary=read_commentary(frames.folder.commentary(index)),
        dreams=tuple(read_dreams(frames.folder.dreams(index), frames.labels(index))),
        bucket=classify(now, plain, is_free=start is not None),
        start=start,
        stays=stays,
    )


def read_commentary(path: Path) -> str:
    """Return the commentary of a frame.

    Raises:
        DataError: the file cannot be read or holds none.
    """
    stored: CommentaryFile = read_file(CommentaryFile, path)
    return stored.commentary
