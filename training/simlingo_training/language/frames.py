# SPDX-License-Identifier: Apache-2.0
"""Which frames of a data set are asked about."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from simlingo_core.errors import ConfigError
from simlingo_training.data_problems import DataProblem
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.episodes import EpisodeFolder, find_episodes
from simlingo_training.language.items import FrameChoice, Mode, usable_frames
from simlingo_training.language.label_files import ListedFrame, read_eval_set
from simlingo_training.training_data import choose_episodes


def choose_frames(
    root: Path, mode: Mode, most: int, eval_set: Path | None = None
) -> tuple[list[FrameChoice], list[DataProblem], int]:
    """Return the frames to ask about.

    Args:
        root: of the data set.
        mode: what is evaluated.
        most: at most so many, evenly spread over all that have the labels.
        eval_set: file in upstream's layout; only the frames that it lists are taken, of whatever
            episode, and ``most`` does not count.

    Returns:
        The frames, what cannot be used, and the number of frames in the episodes looked at.

    Raises:
        ConfigError: the data set has no complete episode, or none of the frames listed.
        ContractError: the evaluation set cannot be read.
    """
    folders = find_episodes(root)
    if eval_set is not None:
        return _listed(root, folders, mode, eval_set)
    chosen = choose_episodes(folders)
    problems = list(chosen.problems)
    found: list[FrameChoice] = []
    count = 0
    for folder in chosen.good:
        frames = EpisodeFrames(folder)
        problems += frames.problems
        count += len(frames.usable)
        found += [FrameChoice(frames=frames, index=i) for i in usable_frames(frames, mode)]
    step = max(1, -(-len(found) // most))
    return found[::step], problems, count


def _listed(
    root: Path, folders: list[EpisodeFolder], mode: Mode, eval_set: Path
) -> tuple[list[FrameChoice], list[DataProblem], int]:
    here = {folder.relative: folder for folder in folders}
    questions: dict[tuple[Path, int], list[str]] = defaultdict(list)
    missing: list[ListedFrame] = []
    for listed in read_eval_set(eval_set):
        if listed.relative not in here:
            missing.append(listed)
            continue
        questions[listed.relative, listed.index].append(listed.question)
    if not questions:
        raise ConfigError(
            f'none of the {len(missing)} frames of {eval_set} is in {root}; the first is of '
            f'{missing[0].relative}: is this the data set that the list was made for?'
        )
    problems = [
        DataProblem(here[relative].data, '', f'has no frame {index} with what {mode.value} needs')
        for (relative, index) in questions
        if not (here[relative].measurement(index)).is_file()
    ]
    found = []
    readers = {relative: EpisodeFrames(here[relative]) for relative, _ in questions}
    for (relative, index), templates in sorted(questions.items()):
        frames = readers[relative]
        if index in frames.usable:
            wanted = tuple(sorted({template for template in templates if template}))
            found.append(FrameChoice(frames=frames, index=index, questions=wanted))
    for frames in readers.values():
        problems += frames.problems
    problems += [
        DataProblem(root / 'data' / 'simlingo' / listed.relative, '', 'is listed and not here')
        for listed in missing
    ]
    return found, problems, len(questions)
