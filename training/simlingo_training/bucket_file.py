# SPDX-License-Identifier: Apache-2.0
"""The buckets file: which measurements belong to which family, ours and upstream's.

Ours is ``<root>/buckets/buckets.json.gz``; upstream's is a pickle beside the data set,
``bucketsv2_simlingo/buckets_paths.pkl``.  Paths count from ``data/`` on, so that a data set may
be moved; a path that leads to no frame of this data set is counted, never dropped in silence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter
from rich.table import Table

from simlingo_core.errors import ConfigError
from simlingo_evaluation.jobs.mapping import map_jobs
from simlingo_evaluation.jobs.workers import Workers
from simlingo_training.bucket_families import ALIASES, families_of
from simlingo_training.data_problems import DataError, DataProblem
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.episode_results import reason_to_leave_out
from simlingo_training.episodes import EpisodeFolder, find_episodes
from simlingo_training.gz_json import read_gz, write_gz
from simlingo_training.plain_pickle import read_plain_pickle
from simlingo_training.schema.base import FileModel, Text, key, parse

OURS = Path('buckets') / 'buckets.json.gz'
UPSTREAM = ('buckets_paths.pkl', 'bucketsv2_simlingo/buckets_paths.pkl')


class BucketsFile(FileModel):
    """Measurements by family; upstream's pickle holds ``families`` only."""

    families: dict[Text, list[Text]] = key('paths of measurements by family', users='loader')


_FAMILIES: TypeAdapter[dict[str, list[str]]] = TypeAdapter(dict[str, list[str]])


@dataclass(frozen=True, kw_only=True)
class Buckets:
    """Families of the frames of a data set.

    Attributes:
        path: of the file.
        families: keys of frames (``frame_key``) by family.
    """

    path: Path
    families: Mapping[str, frozenset[str]]

    def members(self, name: str) -> frozenset[str]:
        """Return the frames of a family or of a name that upstream's loader knows it by."""
        names = ALIASES.get(name, (name,))
        return frozenset().union(*(self.families.get(n, frozenset()) for n in names))


def frame_key(folder: EpisodeFolder, frame: int) -> str:
    """Return the name of a frame in a buckets file."""
    path = folder.measurement(frame)
    return str(path.relative_to(folder.root))


def make_buckets(root: Path, workers: Workers | int) -> tuple[Path, list[DataProblem]]:
    """Write the buckets file of a data set.

    Returns:
        The file, and what could not be used.

    Raises:
        ConfigError: there are no complete episodes.
    """
    families: dict[str, list[str]] = defaultdict(list)
    problems: list[DataProblem] = []
    folders = find_episodes(root)
    needs = (folders[0].results,)
    for found, broken in map_jobs(_of_episode, folders, workers, needs=needs):
        problems += broken
        for name, keys in found.items():
            families[name] += keys
    ordered = {name: sorted(families[name]) for name in sorted(families)}
    write_gz(root / OURS, BucketsFile(families=ordered).to_json())
    return root / OURS, problems


def _of_episode(folder: EpisodeFolder) -> tuple[dict[str, list[str]], list[DataProblem]]:
    frames = EpisodeFrames(folder)
    try:
        if reason_to_leave_out(folder):
            return {}, []
    except DataError as error:
        return {}, [error.problem]
    found: dict[str, list[str]] = defaultdict(list)
    problems = list(frames.problems)
    for index in frames.usable:
        try:
            boxes = read_gz(folder.boxes(index))
        except DataError as error:
            problems.append(error.problem)
            boxes = []
        names = families_of(
            frames.future(index), frames.labels(index), boxes, str(folder.relative)
        )
        for name in names:
            found[name].append(frame_key(folder, index))
    return dict(found), problems


def find_buckets(root: Path) -> Buckets:
    """Read the buckets file of a data set: ours, else upstream's beside or in it.

    Raises:
        ConfigError: there is none.
        DataError: it cannot be read.
    """
    candidates = [root / OURS, *(base / name for name in UPSTREAM for base in (root, root.parent))]
    for path in candidates:
        if path.is_file():
            return read_buckets(path)
    raise ConfigError(
        f'{root} has no buckets file (looked for {", ".join(str(path) for path in candidates)}); '
        f'run simlingo data buckets {root}, or draw by kinds of driving with mix.families=none'
    )


def read_buckets(path: Path) -> Buckets:
    """Read a buckets file of either kind.

    Raises:
        DataError: it cannot be read.
    """
    if path.suffix == '.pkl':
        families = parse(_FAMILIES, _as_lists(read_plain_pickle(path)), path)
    else:
        families = parse(BucketsFile, read_gz(path), path).families
    return Buckets(
        path=path,
        families={name: frozenset(_key(p) for p in paths) for name, paths in families.items()},
    )


def _as_lists(data: Any) -> Any:
    if not isinstance(data, dict):
        return data
    return {name: [str(path) for path in paths] for name, paths in data.items()}


def _key(path: str) -> str:
    """Return a path from the last ``data/simlingo`` on, whatever folder the data set lay in."""
    parts = Path(path).parts
    starts = [i for i in range(len(parts) - 1) if parts[i] == 'data']
    if not starts:
        return path
    # Upstream's folder below data/ may bear the name of a version.
    return str(Path('data', 'simlingo', *parts[starts[-1] + 2 :]))


@dataclass(frozen=True, kw_only=True)
class FamilyShare:
    """One row of the report of the mixture.

    Attributes:
        name: of the family.
        frames: of it in the data set.
        wanted: its share of the draws as the weights say.
        realised: share of all draws that belong to it, by whichever family they were drawn.
    """

    name: str
    frames: int
    wanted: float
    realised: float


def draw_shares(
    keys: Sequence[str], weights: Mapping[str, float], buckets: Buckets
) -> tuple[NDArray[np.float64], list[FamilyShare]]:
    """Return the probability of each frame, and the mixture that comes of it.

    A family's weight is its share of the draws: each of its frames gets weight / size.

    Raises:
        ConfigError: no frame belongs to any family.
    """
    places = {name: i for i, name in enumerate(keys)}
    members: dict[str, list[int]] = {}
    for name in weights:
        found = set(keys) if name == 'all' else buckets.members(name)
        members[name] = sorted(places[k] for k in found if k in places)
    total = sum(weight for name, weight in weights.items() if members[name])
    if not total:
        raise ConfigError(
            f'none of the {len(keys)} frames is in a family of {buckets.path}; does the file '
            'belong to this data set?'
        )
    shares = np.zeros(len(keys))
    for name, weight in weights.items():
        if members[name]:
            shares[members[name]] += weight / total / len(members[name])
    rows = [
        FamilyShare(
            name=name,
            frames=len(members[name]),
            wanted=weight / total if members[name] else 0.0,
            realised=float(shares[members[name]].sum()),
        )
        for name, weight in weights.items()
    ]
    return shares, rows


def mixture_table(rows: Iterable[FamilyShare]) -> Table:
    """Return the mixture as a table; an empty family is named so."""
    table = Table(title='mixture of the training')
    for heading in ('family', 'frames', 'wanted', 'realised'):
        table.add_column(heading, justify='left' if heading == 'family' else 'right')
    for row in rows:
        wanted = f'{row.wanted:.1%}' if row.frames else 'empty'
        table.add_row(row.name, str(row.frames), wanted, f'{row.realised:.1%}')
    return table
