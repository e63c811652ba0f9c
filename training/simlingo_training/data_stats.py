# SPDX-License-Identifier: Apache-2.0
"""Counts what a data set holds: episodes by outcome, frames, commentaries and dreams by mode."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from rich.table import Table

from simlingo_evaluation.processes import map_over_processes
from simlingo_training.data_problems import DataError
from simlingo_training.episode_results import reason_to_leave_out
from simlingo_training.episodes import EpisodeFolder, find_episodes
from simlingo_training.gz_json import read_gz

Counts = Counter[tuple[str, str]]
"""By what is counted and of which sort."""


def count_data(root: Path, workers: int) -> Counts:
    """Count every complete episode below a root.

    Raises:
        ConfigError: there are none.
    """
    total = Counts()
    for counts in map_over_processes(count_episode, find_episodes(root), workers):
        total.update(counts)
    return total


def count_episode(folder: EpisodeFolder) -> Counts:
    """Count one episode; files that cannot be read are counted as such."""
    counts = Counts({('episodes', _outcome(folder)): 1, ('frames', 'all'): folder.frame_count()})
    for index in range(folder.frame_count()):
        counts['frames', 'with commentary'] += folder.commentary(index).is_file()
        path = folder.dreams(index)
        if path.is_file():
            counts['frames', 'with dreams'] += 1
            counts.update(_dreams(path))
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


def _dreams(path: Path) -> Counts:
    try:
        options = read_gz(path)
        return Counts({('dreams', str(mode)): len(found) for mode, found in options.items()})
    except (DataError, AttributeError, TypeError):
        return Counts({('dreams', 'files that cannot be read'): 1})
