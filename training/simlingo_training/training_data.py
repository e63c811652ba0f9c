# SPDX-License-Identifier: Apache-2.0
"""Which recorded frames are trained on, and which validated on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import joblib
from rich.progress import track

from simlingo_core.errors import ConfigError
from simlingo_sim.town.splits import Split
from simlingo_training.data_problems import DataError, DataProblem
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.episode_results import reason_to_leave_out
from simlingo_training.episodes import EpisodeFolder
from simlingo_training.label import is_labelled, label_episode
from simlingo_training.sample_store import PackedEpisode, SampleStore, pack
from simlingo_training.samples import FrameSample, read_samples
from simlingo_training.scene_targets import SceneLabeller

MOST_READERS = 32
STAY_STRIDE = 3


@dataclass(frozen=True, kw_only=True)
class EpisodeChoice:
    """Episodes, sorted by their results.

    Attributes:
        good: worth imitating.
        left_out: number of the other episodes, by reason.
        problems: results that cannot be used; their episodes are left out.
    """

    good: list[EpisodeFolder]
    left_out: dict[str, int]
    problems: list[DataProblem]


def choose_episodes(folders: Sequence[EpisodeFolder]) -> EpisodeChoice:
    """Return the episodes worth imitating, and why the others are not."""
    good, left_out, problems = [], Counter[str](), []
    for folder in folders:
        try:
            reason = reason_to_leave_out(folder)
        except DataError as error:
            problems.append(error.problem)
            continue
        if reason:
            left_out[reason] += 1
        else:
            good.append(folder)
    return EpisodeChoice(good=good, left_out=dict(left_out.most_common()), problems=problems)


def hold_out(
    folders: Sequence[EpisodeFolder], validation_seed: int
) -> tuple[list[EpisodeFolder], list[EpisodeFolder]]:
    """Return the episodes to train on and those to validate on.

    Validated on are, whichever there are first: episodes in the validation town; those of the
    seed; those whose split is one of upstream's for validation.

    Raises:
        ConfigError: an episode is in a town kept for tests.
    """
    kept = [folder for folder in folders if folder.split is Split.TEST]
    if kept:
        raise ConfigError(
            f'{kept[0].data} is in a town kept for tests, as are {len(kept) - 1} more; '
            'remove them from the data set'
        )
    in_town = [folder for folder in folders if folder.split is Split.VALIDATION]
    others = [folder for folder in folders if folder.split is Split.TRAINING]
    of_seed = {folder for folder in others if is_of_seed(folder, validation_seed)}
    of_split = {folder for folder in others if is_for_validation(folder)}
    kept_back = of_seed | of_split
    held_out = in_town or [f for f in others if f in (of_seed or of_split)]
    return [folder for folder in others if folder not in kept_back], held_out


def is_of_seed(folder: EpisodeFolder, seed: int) -> bool:
    """Tell whether an episode was made with a seed, by the name of its variant."""
    return folder.relative.parent.name.endswith(f'_seed_{seed}')


def is_for_validation(folder: EpisodeFolder) -> bool:
    """Tell whether upstream's folders say that an episode is for validation."""
    return folder.relative.parts[0].startswith('validation_')


def load(
    folders: Sequence[EpisodeFolder],
    words: str,
    path: Path,
    labeller: SceneLabeller | None = None,
) -> tuple[SampleStore, list[DataProblem]]:
    """Read the samples of episodes over processes; episodes without labels get them first.

    Args:
        folders: of the episodes.
        words: beside the progress bar.
        path: file to write the samples to.
        labeller: of what images show; None: this is not asked for.

    Returns:
        The samples, and what was left out because a file of it cannot be used.
    """
    readers = min(joblib.cpu_count(), MOST_READERS)
    parallel = joblib.Parallel(n_jobs=readers, return_as='generator')
    read = parallel(joblib.delayed(_load_episode)(folder, labeller) for folder in folders)
    problems: list[DataProblem] = []

    def counted() -> Iterator[PackedEpisode]:
        for packed in track(read, words, total=len(folders)):
            problems.extend(packed.problems)
            yield packed

    return SampleStore.write(path, counted()), problems


def _load_episode(folder: EpisodeFolder, labeller: SceneLabeller | None) -> PackedEpisode:
    frames = EpisodeFrames(folder)
    if not is_labelled(folder):
        label_episode(frames)
    samples, problems = read_samples(frames, labeller)
    return pack(folder, thin(samples), problems)


def thin(samples: Iterable[FrameSample]) -> list[FrameSample]:
    """Keep every third frame of a standing car: they are nearly the same."""
    return [s for s in samples if not s.stays or s.frame % STAY_STRIDE == 0]


def spread(samples: SampleStore, count: int) -> SampleStore:
    """Return at most ``count`` samples, evenly spread."""
    step = max(1, -(-len(samples) // count))
    return samples[::step]
