# SPDX-License-Identifier: Apache-2.0
"""Images of a data set as tiles on disk, decoded and resized once.

Decoding a JPEG and resizing it costs as much as a training step of the mini; reading it prepared
costs next to nothing.
"""

from __future__ import annotations

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

from simlingo_core.errors import ConfigError
from simlingo_model.processor import Processor

CHUNK = 256
THREADS = 2
"""Decoding and resizing give the interpreter free."""


class TileStore:
    """Tiles of a list of images, in the order of the list.

    Args:
        path: of the file, as made by ``build``.
    """

    def __init__(self, path: Path) -> None:
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

    def mean(self, count: int = 512) -> NDArray[np.uint8]:
        """Return the mean of ``count`` images: what a blind model sees."""
        step = max(1, len(self._tiles) // count)
        image: NDArray[np.uint8] = self._tiles[::step].mean(axis=0).round().astype(np.uint8)
        return image

    @classmethod
    def build(cls, folder: Path, images: Sequence[Path], processor: Processor) -> TileStore:
        """Open the store of these images, making it if it is not there; resumable.

        A store of the first of these images grows into the new one: a data set that has got
        more drives behind the old ones costs the new images only.

        Raises:
            ConfigError: there are no images.
        """
        if not images:
            raise ConfigError('the data set holds no images; run simlingo collect first')
        shape = (len(images), *processor.tiles(images[0].read_bytes()).shape)
        names = [str(path) for path in images]
        key = hashlib.sha256(json.dumps([shape, names]).encode()).hexdigest()[:16]
        path = folder / f'tiles_{key}.npy'
        if not path.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            partial, done = path.with_suffix('.partial'), path.with_suffix('.done')
            if not done.is_file():
                _grow_older(folder, names, shape, partial, done)
            cls._fill(partial, done, shape, images, processor)
            path.with_suffix('.json').write_text(json.dumps(names))
            partial.rename(path)
            done.unlink()
        return cls(path)

    @staticmethod
    def _fill(
        partial: Path,
        done: Path,
        shape: tuple[int, ...],
        images: Sequence[Path],
        processor: Processor,
    ) -> None:
        first = int(done.read_text()) if done.is_file() and partial.is_file() else 0
        store = np.lib.format.open_memmap(
            partial, mode='r+' if first else 'w+', dtype=np.uint8, shape=shape
        )

        def prepare(index: int) -> None:
            store[index] = processor.tiles(images[index].read_bytes())

        with ThreadPoolExecutor(THREADS) as pool:
            for start in track(range(first, len(images), CHUNK), 'preparing images'):
                list(pool.map(prepare, range(start, min(start + CHUNK, len(images)))))
                store.flush()
                done.write_text(str(start + CHUNK))


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
    with partial.open('r+b') as file:
        # numpy pads the header so that the first axis can grow.
        header = {'descr': '|u1', 'fortran_order': False, 'shape': shape}
        np.lib.format.write_array_header_1_0(file, header)
        file.truncate(file.tell() + math.prod(shape))
    done.write_text(str(count))
