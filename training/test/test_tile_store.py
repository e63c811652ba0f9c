# SPDX-License-Identifier: Apache-2.0
"""The store of prepared pictures: what is in it, and how it grows."""

import numpy as np
import pytest

from simlingo_training.tile_store import TileStore


class CountingProcessor:
    """Prepares a picture by repeating its first byte; counts how often it is asked."""

    def __init__(self):
        self.calls = 0

    def tiles(self, data):
        self.calls += 1
        return np.full((2, 4, 4, 3), data[0], np.uint8)


@pytest.fixture
def pictures(tmp_path):
    paths = [tmp_path / f'{k}.jpg' for k in range(700)]
    for k, path in enumerate(paths):
        path.write_bytes(bytes([k % 251]))
    return paths


def check(store, pictures):
    assert len(store) == len(pictures)
    assert all((store[k] == path.read_bytes()[0]).all() for k, path in enumerate(pictures))


def test_a_store_is_made_once(pictures, tmp_path):
    processor = CountingProcessor()
    check(TileStore.build(tmp_path / 'cache', pictures, processor), pictures)
    assert processor.calls == 701  # one to learn the shape
    check(TileStore.build(tmp_path / 'cache', pictures, processor), pictures)
    assert processor.calls == 702


def test_more_pictures_behind_the_old_ones_cost_only_themselves(pictures, tmp_path):
    TileStore.build(tmp_path / 'cache', pictures[:600], CountingProcessor())
    processor = CountingProcessor()
    check(TileStore.build(tmp_path / 'cache', pictures, processor), pictures)
    assert processor.calls == 101
    assert len(list((tmp_path / 'cache').glob('*.npy'))) == 1


@pytest.mark.parametrize('first', [1, 300])
def test_other_pictures_make_another_store(pictures, tmp_path, first):
    TileStore.build(tmp_path / 'cache', pictures[:600], CountingProcessor())
    check(
        TileStore.build(tmp_path / 'cache', pictures[first:], CountingProcessor()),
        pictures[first:],
    )
    assert len(list((tmp_path / 'cache').glob('*.npy'))) == 2


def test_an_interrupted_store_goes_on(pictures, tmp_path):
    class Breaking(CountingProcessor):
        def tiles(self, data):
            if self.calls == 400:
                raise KeyboardInterrupt
            return super().tiles(data)

    with pytest.raises(KeyboardInterrupt):
        TileStore.build(tmp_path / 'cache', pictures, Breaking())
    processor = CountingProcessor()
    check(TileStore.build(tmp_path / 'cache', pictures, processor), pictures)
    assert processor.calls == 1 + 700 - 256
