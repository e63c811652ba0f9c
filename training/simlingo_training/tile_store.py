# SPDX-License-Identifier: Apache-2.0
"""Images of a data set as tiles on disk, decoded and resized once.

Decoding a JPEG and resizing it costs as much as a training step of the mini; reading it prepared
costs next to nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from simlingo_core.errors import ConfigError, ContractError
from simlingo_core.files import write_atomically
from simlingo_model.processor import Processor
from simlingo_training.data_problems import DataProblem

CHUNK = 256
THREADS = 2
"""Decoding and resizing release the interpreter's lock."""


class TileStore:
    """Tiles of a list of images, in the order of the list.

    Images that cannot be decoded are listed beside the tiles; their tiles are black.

    Args:
        path: of the file, as made by ``build``.
        images: of the list.

    Attributes:
        broken: indices of images that cannot be decoded.
    """

    def __init__(self, path: Path, images: Sequence[Path]) -> None:
        self._images = images
        self.broken = frozenset(_read_broken(path))
        self._tiles: np.memmap[tuple[int, ...], np.dtype[np.uint8]] = np.load(path, mmap_mode='r')
        # Through the map, random images of a store larger than the memory come page by page,
        # and the system reads six times as much as is asked for.
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)
        os.posix_fadvise(self._file, 0, 0, os.POSIX_FADV_RANDOM)

    def __len__(self) -> int:
        return len(self._tiles)

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        """Return the tiles of one image, uint8 (tiles, side, side, 3)."""
        shape = self._tiles.shape[1:]
        size = math.prod(shape)
        data = os.pread(self._file, size, self._tiles.offset + index * size)
        return np.frombuffer(data, np.uint8).reshape(shape)

    @property
    def problems(self) -> list[DataProblem]:
        """The images that cannot be decoded."""
        reason = 'cannot be decoded as an image of the training camera'
        return [DataProblem(self._images[index], '', reason) for index in sorted(self.broken)]

    def mean(self, count: int = 512) -> NDArray[np.uint8]:
        """Return the mean of ``count`` images: what a blind model is shown."""
        step = max(1, len(self._tiles) // count)
        image: NDArray[np.uint8] = self._tiles[::step].mean(axis=0).round().astype(np.uint8)
        return image

    @classmethod
    def build(cls, folder: Path, images: Sequence[Path], processor: Processor) -> TileStore:
        """Open the store of these images, making it if it is not there; resumable.

        A store of the first of these images grows into the new one: a data set that has got
        more episodes behind the old ones costs the new images only.

        Raises:
            ConfigError: there are no images, or none of them can be decoded.
        """
        if not images:
            raise ConfigError('the data set holds no images; run simlingo collect first')
        shape = (len(images), *_tile_shape(images, processor))
        names = [str(path) for path in images]
        key = hashlib.sha256(json.dumps([shape, names]).encode()).hexdigest()[:16]
        path = folder / f'tiles_{key}.npy'
        if not path.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            partial, done = path.with_suffix('.partial'), path.with_suffix('.done')
            if not done.is_file():
                _grow_older(folder, names, shape, partial, done)
            cls._fill(partial, done, shape, images, processor)
            write_atomically(path.with_suffix('.json'), json.dumps(names))
            partial.rename(path)
            done.unlink()
        return cls(path, images)

    @staticmethod
    def _fill(
        partial: Path,
        done: Path,
        shape: tuple[int, ...],
        images: Sequence[Path],
        processor: Processor,
    ) -> None:
        is_begun = done.is_file() and partial.is_file()
        first = int(done.read_text()) if is_begun else 0
        store = np.lib.format.open_memmap(
            partial, mode='r+' if first else 'w+', dtype=np.uint8, shape=shape
        )
        broken = _read_broken(partial) if first else []

        def prepare(index: int) -> None:
            try:
                store[index] = processor.tiles(images[index].read_bytes())
            except (ContractError, OSError):
                store[index] = 0
                broken.append(index)

        with ThreadPoolExecutor(THREADS) as pool:
            for start in track(range(first, len(images), CHUNK), 'preparing images'):
                list(pool.map(prepare, range(start, min(start + CHUNK, len(images)))))
                store.flush()
                write_atomically(_broken_file(partial), json.dumps(sorted(broken)))
                write_atomically(done, str(start + CHUNK))


def _tile_shape(images: Sequence[Path], processor: Processor) -> tuple[int, ...]:
    """Return the shape of the tiles of the first image that can be decoded."""
    for path in images:
        with contextlib.suppress(ContractError, OSError):
            return processor.tiles(path.read_bytes()).shape
    raise ConfigError(f'none of {len(images)} images can be decoded, the first is {images[0]}')


def _broken_file(store: Path) -> Path:
    """Return the file that lists the broken images of a store, finished or not."""
    return store.with_suffix('.broken')


def _read_broken(store: Path) -> list[int]:
    file = _broken_file(store)
    return [int(index) for index in json.loads(file.read_text())] if file.is_file() else []


def _grow_older(
    folder: Path, names: list[str], shape: tuple[int, ...], partial: Path, done: Path
) -> None:
    """Turn the longest older store whose images come first in ``names`` into the partial one."""
    older = {file: json.loads(file.read_text()) for file in folder.glob('tiles_*.json')}
    fitting = {
        len(old): file.with_suffix('.npy')
        for file, old in older.items()
        if old == names[: len(old)] and file.with_suffix('.npy').is_file()
    }
    if not fitting:
        return
    count = max(fitting)
    path = fitting[count]
    if np.load(path, mmap_mode='r').shape[1:] != shape[1:]:
        return
    path.rename(partial)
    path.with_suffix('.json').unlink()
    if _broken_file(path).is_file():
        _broken_file(path).rename(_broken_file(partial))
    with partial.open('r+b') as file:
        # numpy pads the header so that the first axis can grow.
        header = {'descr': '|u1', 'fortran_order': False, 'shape': shape}
        np.lib.format.write_array_header_1_0(file, header)
        file.truncate(file.tell() + math.prod(shape))
    done.write_text(str(count))
