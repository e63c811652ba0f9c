# SPDX-License-Identifier: Apache-2.0
"""Counts what a data set holds: episodes by outcome, frames, labels, keys beyond the schema."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from rich.table import Table

from simlingo_evaluation.jobs.mapping import map_jobs
from simlingo_evaluation.jobs.workers import Workers
from simlingo_training.data_problems import DataError
from simlingo_training.episode_results import reason_to_leave_out
from simlingo_training.episodes import EpisodeFolder, find_episodes
from simlingo_training.gz_json import read_gz
from simlingo_training.schema.base import read_file, unknown_keys_of
from simlingo_training.schema.dreamer import DREAMER
from simlingo_training.schema.ego_info import BOXES
from simlingo_training.schema.language import CommentaryFile, VqaFile
from simlingo_training.schema.measurement import MeasurementFile
from simlingo_training.schema.results import ResultsFile

UNKNOWN_STRIDE = 10
"""Frames between those whose keys are looked at: neighbours have the same."""
BROKEN = f'files that cannot be read (every {UNKNOWN_STRIDE}th frame)'

Counts = Counter[tuple[str, str]]
"""By what is counted and of which sort."""


def count_data(root: Path, workers: Workers | int) -> Counts:
    """Count every complete episode below a root.

    Raises:
        ConfigError: there are none.
    """
    total = Counts()
    folders = find_episodes(root)
    for counts in map_jobs(count_episode, folders, workers, needs=(folders[0].results,)):
        total.update(counts)
    return total


def count_episode(folder: EpisodeFolder) -> Counts:
    """Count one episode; files that cannot be read are counted as such."""
    counts = Counts({('episodes', _outcome(folder)): 1, ('frames', 'all'): folder.frame_count()})
    counts.update(_version(folder))
    for index in range(folder.frame_count()):
        counts['frames', 'with commentary'] += folder.commentary(index).is_file()
        path = folder.dreams(index)
        if path.is_file():
            counts['frames', 'with dreams'] += 1
            counts.update(_dreams(path))
        if index % UNKNOWN_STRIDE == 0:
            counts.update(_unknown_keys(folder, index))
    return counts


def counts_table(counts: Counts, root: Path) -> Table:
    """Return the counts as a table, sorted."""
    table = Table(title=str(root))
    table.add_column('what')
    table.add_column('sort', overflow='fold')
    table.add_column('count', justify='right')
    for (what, sort), count in sorted(counts.items()):
        table.add_row(what, sort, str(count))
    return table


def _outcome(folder: EpisodeFolder) -> str:
    try:
        reason = reason_to_leave_out(folder)
    except DataError as error:
        return f'left out, results broken: {error.problem.field or "file"}'
    return f'left out, {reason}' if reason else 'good'


def _version(folder: EpisodeFolder) -> Counts:
    try:
        version = read_file(ResultsFile, folder.results).schema_version
    except DataError:
        return Counts()
    return Counts({('episodes by schema', "none: upstream's" if not version else str(version)): 1})


def _unknown_keys(folder: EpisodeFolder, index: int) -> Counts:
    """Count the keys of a frame that the schema does not know; they are kept and never used."""
    counts = Counts()
    for kind, model, path in (
        ('measurements', MeasurementFile, folder.measurement(index)),
        ('boxes', BOXES, folder.boxes(index)),
        ('commentary', CommentaryFile, folder.commentary(index)),
        ('vqa', VqaFile, folder.vqa(index)),
        ('dreamer', DREAMER, folder.dreams(index)),
    ):
        if not path.is_file():
            continue
        try:
            content = read_file(model, path)
        except DataError:
            counts[BROKEN, kind] += 1
            continue
        names = {f'{kind}: {name}' for name in unknown_keys_of(content)}
        counts.update({(f'unknown keys (every {UNKNOWN_STRIDE}th frame)', n): 1 for n in names})
    return counts


def _dreams(path: Path) -> Counts:
    try:
        options = read_gz(path)
        return Counts({('dreams', str(mode)): len(found) for mode, found in options.items()})
    except (DataError, AttributeError, TypeError):
        return Counts({('dreams', 'files that cannot be read'): 1})
