# SPDX-License-Identifier: Apache-2.0
"""Which episodes of a data set should go, by upstream's rules (upstream_spec §5.4), and why."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from simlingo_training.data_problems import DataError
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.episode_results import PART, UNFINISHED
from simlingo_training.episodes import RESULTS, EpisodeFolder
from simlingo_training.schema.base import read_file
from simlingo_training.schema.results import ResultsFile

COMPLETE_PERCENT, NEARLY_ALL_PERCENT = 100.0, 99.0
MIN_SPEED = 'min_speed_infractions'
_STAMP = re.compile(r'_\d\d_\d\d_\d\d_\d\d_\d\d$')
"""Month, day, hour, minute, second at the end of the name of one of upstream's episodes."""


@dataclass(frozen=True, kw_only=True)
class Removal:
    """An episode that should go.

    Attributes:
        folder: of the episode.
        reason: why.
    """

    folder: EpisodeFolder
    reason: str


def find_removals(root: Path) -> list[Removal]:
    """Return every episode that should go: unfinished, failed, imperfect, twice, or damaged."""
    base = root / 'data' / 'simlingo'
    places = sorted(path for path in base.glob('*/*/*/*') if _is_episode(path, base))
    folders = [EpisodeFolder(root, path.relative_to(base)) for path in places]
    older = _older_ones(folders)
    found = [(folder, _reason(folder, is_older=folder in older)) for folder in folders]
    return [Removal(folder=folder, reason=reason) for folder, reason in found if reason]


def remove(removals: Sequence[Removal]) -> None:
    """Remove episodes with their labels."""
    for removal in removals:
        for path in removal.folder.folders:
            if path.is_symlink():
                path.unlink()  # what it points to belongs to somebody else
            else:
                shutil.rmtree(path, ignore_errors=True)


def _is_episode(path: Path, base: Path) -> bool:
    """Tell whether a folder is an episode of this data set, and not reached by a link."""
    parts = (RESULTS, 'rgb', 'measurements')
    lies_here = path.parent.resolve() == base.resolve() / path.parent.relative_to(base)
    return lies_here and path.is_dir() and any((path / part).exists() for part in parts)


def removals_table(removals: Sequence[Removal], root: Path) -> Table:
    """Return a table of episodes and reasons."""
    table = Table(title=f'{len(removals)} episodes of {root} to be removed')
    for heading in ('episode', 'frames', 'reason'):
        table.add_column(heading, overflow='fold')
    for removal in removals:
        count = str(removal.folder.frame_count())
        table.add_row(str(removal.folder.relative), count, removal.reason)
    return table


def _older_ones(folders: Sequence[EpisodeFolder]) -> set[EpisodeFolder]:
    """Return the episodes of which a newer recording is there."""
    newest: dict[Path, EpisodeFolder] = {}
    older = set()
    for folder in folders:
        name = folder.relative.name
        if not _STAMP.search(name):
            continue
        key = folder.relative.with_name(_STAMP.sub('', name))
        # Sorted by name, which ends with the time.
        if key in newest:
            older.add(newest[key])
        newest[key] = folder
    return older


def _reason(folder: EpisodeFolder, *, is_older: bool) -> str:
    if not folder.is_complete:
        return f'unfinished: it has no {RESULTS}'
    if is_older:
        return 'there is a newer recording of the same route'
    try:
        why = _by_results(read_file(ResultsFile, folder.results))
    except DataError as error:
        why = f'broken: {error.problem.path.name}, field {error.problem.field or "-"}'
    if why:
        return why
    problems = EpisodeFrames(folder).problems
    return f'broken: {problems[0].path.name} and {len(problems) - 1} more' if problems else ''


def _by_results(results: ResultsFile) -> str:
    if isinstance(results.infractions, list) or results.status == PART:
        return ''  # ours of before schema 1, and turns of the expert: judged by the training
    status, scores = results.status or '', results.scores or {}
    if status.startswith(UNFINISHED):
        return f'status: {status}'
    composed, route = scores.get('score_composed', 0.0), scores.get('score_route', 0.0)
    if composed >= COMPLETE_PERCENT:
        return ''
    kinds = sorted(kind for kind, found in results.infractions.items() if found)
    others = [kind for kind in kinds if kind != MIN_SPEED]
    if route < NEARLY_ALL_PERCENT:
        return f'score {composed:.0f}, route completed to {route:.0f} %'
    return f'score {composed:.0f}, infractions: {", ".join(others)}' if others else ''
