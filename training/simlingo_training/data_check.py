# SPDX-License-Identifier: Apache-2.0
"""Reads every file of a data set and says which cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.progress import track

from simlingo_evaluation.jobs.mapping import map_jobs
from simlingo_evaluation.jobs.workers import Workers
from simlingo_training.data_problems import DataError, DataProblem
from simlingo_training.dream_files import read_dreams
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.episode_results import reason_to_leave_out
from simlingo_training.episodes import EpisodeFolder, find_episodes
from simlingo_training.jpeg_files import check_jpeg
from simlingo_training.schema.base import read_file
from simlingo_training.schema.ego_info import BOXES
from simlingo_training.schema.language import CommentaryFile, VqaFile


@dataclass(frozen=True)
class DataReport:
    """What a data set holds, and which files of it cannot be used."""

    episodes: int
    frames: int
    problems: list[DataProblem]


def check_data(root: Path, workers: Workers | int) -> DataReport:
    """Check every complete episode below a root.

    Raises:
        ConfigError: there are none.
    """
    folders = find_episodes(root)
    checked = map_jobs(_check, folders, workers, needs=(folders[0].results,))
    found = list(track(checked, 'checking episodes', total=len(folders)))
    # Processes answer in any order.
    problems = sorted((p for _, some in found for p in some), key=lambda p: (p.path, p.field))
    return DataReport(len(folders), sum(count for count, _ in found), problems)


def _check(folder: EpisodeFolder) -> tuple[int, list[DataProblem]]:
    return folder.frame_count(), check_episode(folder)


def check_episode(folder: EpisodeFolder) -> list[DataProblem]:
    """Return everything that cannot be used in an episode."""
    frames = EpisodeFrames(folder)
    checks: list[Callable[[], object]] = [partial(reason_to_leave_out, folder)]
    for index in range(folder.frame_count()):
        checks.append(partial(check_jpeg, folder.image(index)))
        checks.append(partial(check_jpeg, folder.image(index, is_shifted=True)))
        checks.append(partial(read_file, BOXES, folder.boxes(index)))
    for index in frames.usable:
        commentary, dreams = folder.commentary(index), folder.dreams(index)
        vqa = folder.vqa(index)
        # An episode may be without labels; the training makes them.
        if commentary.is_file():
            checks.append(partial(read_file, CommentaryFile, commentary))
        if vqa.is_file():
            checks.append(partial(read_file, VqaFile, vqa))
        if dreams.is_file():
            checks.append(partial(read_dreams, dreams, frames.labels(index)))
    return [*frames.problems, *_failures(checks)]


def _failures(checks: Iterable[Callable[[], object]]) -> list[DataProblem]:
    problems = []
    for check in checks:
        try:
            check()
        except DataError as error:
            problems.append(error.problem)
    return problems
