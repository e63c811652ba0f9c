# SPDX-License-Identifier: Apache-2.0
"""Images of a data set decoded when they are drawn, and a cache of files with a size limit.

For data sets whose prepared tiles would not fit on the disk.  The cache holds copies of the files
of a slow disk (a network file system) on a fast one.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from simlingo_core.errors import ConfigError, ContractError
from simlingo_core.files import write_atomically
from simlingo_model.processor import Processor
from simlingo_training.data_problems import DataError, DataProblem

MEAN_OF = 200
"""Images that the mean image is made of."""
GB = 1_000_000_000

logger = logging.getLogger(__name__)


class FileCache:
    """Copies of files, the ones used longest ago make room; safe for several threads.

    Several processes may share a folder: a file that another one has removed is read from its
    source.

    Args:
        folder: of the copies.
        limit_bytes: they are never larger together.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder, self._limit = folder, limit_bytes
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        found = sorted(folder.glob('*/*.cached'), key=lambda path: path.stat().st_mtime)
        self._sizes = OrderedDict((path, path.stat().st_size) for path in found)
        self._total = sum(self._sizes.values())
        self._shrink()

    @property
    def size_bytes(self) -> int:
        """Size of all copies."""
        return self._total

    def read(self, path: Path) -> bytes:
        """Return the content of a file, from its copy if there is one; else it gets one.

        Raises:
            OSError: the file itself cannot be read.
        """
        copy = self._copy(path)
        with self._lock:
            is_kept = copy in self._sizes
            if is_kept:
                self._sizes.move_to_end(copy)
        if is_kept:
            try:
                return copy.read_bytes()
            except OSError:
                self._forget(copy)
        data = path.read_bytes()
        self._keep(copy, data)
        return data

    def stage(self, paths: Sequence[Path]) -> int:
        """Copy files until the cache is full; returns how many are there."""
        count = 0
        for path in track(paths, 'filling the cache'):
            if self._total + path.stat().st_size > self._limit:
                break
            self.read(path)
            count += 1
        return count

    def _copy(self, path: Path) -> Path:
        name = hashlib.sha256(str(path).encode()).hexdigest()[:32]
        return self._folder / name[:2] / f'{name}.cached'

    def _keep(self, copy: Path, data: bytes) -> None:
        if len(data) > self._limit:
            return
        try:
            write_atomically(copy, data, is_durable=False)
        except OSError as error:  # a full disk ends no run
            logger.warning('%s cannot be cached: %s', copy, error)
            return
        with self._lock:
            self._total += len(data) - self._sizes.pop(copy, 0)
            self._sizes[copy] = len(data)
            self._shrink()

    def _forget(self, copy: Path) -> None:
        with self._lock:
            self._total -= self._sizes.pop(copy, 0)

    def _shrink(self) -> None:
        while self._total > self._limit:
            oldest, size = self._sizes.popitem(last=False)
            self._total -= size
            oldest.unlink(missing_ok=True)


class ImageReader:
    """Tiles of a list of images, decoded on demand; the interface of ``TileStore``.

    Args:
        images: in order.
        processor: of the model.
        cache: of files; None: they are read where they lie.
    """

    def __init__(
        self, images: Sequence[Path], processor: Processor, cache: FileCache | None = None
    ) -> None:
        if not images:
            raise ConfigError('the data set holds no images; run simlingo collect first')
        self._images, self._processor, self._cache = images, processor, cache
        self.broken: set[int] = set()

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        """Return the tiles of one image, uint8 (tiles, side, side, 3).

        Raises:
            DataError: it cannot be read or decoded; it counts as broken from now on.
        """
        path = self._images[index]
        try:
            data = self._cache.read(path) if self._cache is not None else path.read_bytes()
            return self._processor.tiles(data)
        except (OSError, ContractError) as error:
            self.broken.add(index)
            raise DataError(path, '', f'cannot be decoded ({error})') from error

    @property
    def problems(self) -> list[DataProblem]:
        """The images that could not be decoded so far."""
        reason = 'cannot be decoded as an image of the training camera'
        return [DataProblem(self._images[index], '', reason) for index in sorted(self.broken)]

    def mean(self) -> NDArray[np.uint8]:
        """Return the mean of some images, uint8 (tiles, side, side, 3).

        Raises:
            ConfigError: none of them can be decoded.
        """
        total: NDArray[np.float64] | None = None
        count = 0
        for index in np.linspace(0, len(self) - 1, min(MEAN_OF, len(self))).astype(int):
            try:
                tiles = self[int(index)].astype(np.float64)
            except DataError:
                continue
            total = tiles if total is None else total + tiles
            count += 1
        if total is None:
            raise ConfigError(f'none of the images can be decoded, the first is {self._images[0]}')
        return (total / count).round().astype(np.uint8)
