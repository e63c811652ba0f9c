# SPDX-License-Identifier: Apache-2.0
"""Samples of a data set in one file, read when they are drawn; the memory holds an index only.

A sample is some tens of kilobytes in memory and a few in the file; the index is 22 bytes a frame,
so that the two million frames of a large data set fit into any machine.
"""

from __future__ import annotations

import os
import pickle
import weakref
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from simlingo_core.files import write_atomically
from simlingo_training.buckets import Bucket
from simlingo_training.data_problems import DataProblem
from simlingo_training.episodes import EpisodeFolder
from simlingo_training.samples import FrameSample

COMPRESSION = 1
BUCKETS = tuple(Bucket)
CAMERAS = 2
"""Images of a frame: training camera, then shifted camera."""
ROW = np.dtype(
    [
        ('offset', np.int64),
        ('episode', np.uint32),
        ('frame', np.uint32),
        ('modes', np.uint32),
        ('bucket', np.uint8),
        ('has_questions', np.bool_),
    ]
)


@dataclass(frozen=True, kw_only=True)
class _Row:
    """What the index has of a sample."""

    frame: int
    bucket: Bucket
    modes: tuple[str, ...]
    has_questions: bool


@dataclass(frozen=True, kw_only=True)
class PackedEpisode:
    """Samples of one episode as bytes, made by a process that reads it.

    Attributes:
        folder: of the episode.
        rows: of each sample the row of the index but for its offset, the modes of its dreams, and
            its bytes.
        problems: files that cannot be used.
    """

    folder: EpisodeFolder
    rows: Sequence[tuple[_Row, bytes]]
    problems: Sequence[DataProblem]


def pack(
    folder: EpisodeFolder, samples: Iterable[FrameSample], problems: Sequence[DataProblem]
) -> PackedEpisode:
    """Turn the samples of an episode into bytes."""
    rows = [
        (
            _Row(
                frame=sample.frame,
                bucket=sample.bucket,
                modes=tuple(dream.mode for dream in sample.dreams),
                has_questions=bool(sample.questions),
            ),
            zlib.compress(pickle.dumps(sample, pickle.HIGHEST_PROTOCOL), COMPRESSION),
        )
        for sample in samples
    ]
    return PackedEpisode(folder=folder, rows=rows, problems=problems)


@dataclass(frozen=True, kw_only=True)
class _Index:
    """What is known of the samples of a file without reading them."""

    episodes: tuple[EpisodeFolder, ...]
    modes: tuple[tuple[str, ...], ...]
    rows: NDArray[np.void]


class SampleStore(Sequence[FrameSample]):
    """Samples in a file that only this run reads; a part of them is a store as well.

    Args:
        path: of the file, as made by ``write``.
        index: of it; None: as written beside it.
    """

    def __init__(self, path: Path, index: _Index | None = None) -> None:
        self._path = path
        if index is None:
            with _index_file(path).open('rb') as stream:
                index = pickle.load(stream)
        self._index: _Index = index
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    @classmethod
    def write(cls, path: Path, episodes: Iterable[PackedEpisode]) -> SampleStore:
        """Write the samples of episodes, one after the other; an older file is replaced."""
        path.parent.mkdir(parents=True, exist_ok=True)
        rows: list[NDArray[np.void]] = []
        folders: list[EpisodeFolder] = []
        codes: dict[tuple[str, ...], int] = {}
        partial, offset = path.with_suffix('.partial'), 0
        with partial.open('wb') as file:
            for packed in episodes:
                found = []
                for row, data in packed.rows:
                    code = codes.setdefault(row.modes, len(codes))
                    bucket = BUCKETS.index(row.bucket)
                    found.append(
                        (offset, len(folders), row.frame, code, bucket, row.has_questions)
                    )
                    file.write(len(data).to_bytes(4, 'little'))
                    file.write(data)
                    offset += 4 + len(data)
                rows.append(np.array(found, ROW))
                folders.append(packed.folder)
        partial.rename(path)
        index = _Index(
            episodes=tuple(folders),
            modes=tuple(codes),
            rows=np.concatenate(rows) if rows else np.zeros(0, ROW),
        )
        write_atomically(_index_file(path), pickle.dumps(index), is_durable=False)
        return cls(path, index)

    @staticmethod
    def remove(path: Path) -> None:
        """Remove a file of samples; a process that has it open goes on reading it."""
        path.unlink(missing_ok=True)
        _index_file(path).unlink(missing_ok=True)

    @property
    def index_bytes(self) -> int:
        """Memory that the rows of the index take."""
        return self._index.rows.nbytes

    def __len__(self) -> int:
        return len(self._index.rows)

    @overload
    def __getitem__(self, index: int) -> FrameSample: ...
    @overload
    def __getitem__(self, index: slice) -> SampleStore: ...
    def __getitem__(self, index: int | slice) -> FrameSample | SampleStore:
        """Read one sample, or choose some without reading them."""
        if isinstance(index, slice):
            rows = self._index.rows[index].copy()
            part = _Index(episodes=self._index.episodes, modes=self._index.modes, rows=rows)
            return SampleStore(self._path, part)
        offset = int(self._index.rows[index]['offset'])
        size = int.from_bytes(os.pread(self._file, 4, offset), 'little')
        data = zlib.decompress(os.pread(self._file, size, offset + 4))
        sample: FrameSample = pickle.loads(data)
        return sample

    def buckets(self) -> Iterator[Bucket]:
        """Yield the kind of driving of each sample without reading it."""
        return (BUCKETS[code] for code in self._index.rows['bucket'])

    def places(self) -> Iterator[tuple[EpisodeFolder, int]]:
        """Yield episode and frame of each sample without reading it."""
        return (self.place(number) for number in range(len(self)))

    def place(self, number: int) -> tuple[EpisodeFolder, int]:
        """Return episode and frame of a sample without reading it."""
        row = self._index.rows[number]
        return self._index.episodes[row['episode']], int(row['frame'])

    @property
    def has_questions(self) -> NDArray[np.bool_]:
        """Whether each sample has questions besides that for a commentary, shape (N,)."""
        found: NDArray[np.bool_] = self._index.rows['has_questions']
        return found

    def dream_modes(self) -> Counter[str]:
        """Return how many dreams there are of each mode."""
        count = Counter[str]()
        codes, numbers = np.unique(self._index.rows['modes'], return_counts=True)
        for code, number in zip(codes, numbers, strict=True):
            for mode in self._index.modes[code]:
                count[mode] += int(number)
        return count


class SampleImages(Sequence[Path]):
    """Images of samples in the order that a store of tiles has them: two for each sample.

    Args:
        samples: none of them is read.
    """

    def __init__(self, samples: SampleStore) -> None:
        self._samples = samples

    def __len__(self) -> int:
        return CAMERAS * len(self._samples)

    @overload
    def __getitem__(self, index: int) -> Path: ...
    @overload
    def __getitem__(self, index: slice) -> list[Path]: ...
    def __getitem__(self, index: int | slice) -> Path | list[Path]:
        """Return the path of an image."""
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        folder, frame = self._samples.place(index // CAMERAS)
        return folder.image(frame, is_shifted=bool(index % CAMERAS))


def buckets_of(samples: Sequence[FrameSample]) -> Iterator[Bucket]:
    """Return the kind of driving of each sample; those of a store are not read for it."""
    if isinstance(samples, SampleStore):
        return samples.buckets()
    return (sample.bucket for sample in samples)


def have_questions(samples: Sequence[FrameSample]) -> NDArray[np.bool_]:
    """Return whether each sample has questions; those of a store are not read for it."""
    if isinstance(samples, SampleStore):
        return samples.has_questions
    return np.array([bool(sample.questions) for sample in samples])


def image_paths(samples: Sequence[FrameSample]) -> Sequence[Path]:
    """Return the images of samples in the order that a store of tiles must have."""
    if isinstance(samples, SampleStore):
        return SampleImages(samples)
    return [
        sample.episode.image(sample.frame, is_shifted=is_shifted)
        for sample in samples
        for is_shifted in (False, True)
    ]


def _index_file(path: Path) -> Path:
    return path.with_suffix('.index')
