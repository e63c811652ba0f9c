# SPDX-License-Identifier: Apache-2.0
"""The store of prepared images: what is in it, and how it grows."""

import numpy as np
import pytest

from simlingo_training.tile_store import TileStore


class CountingProcessor:
    """Prepares an image by repeating its first byte; counts how often it is asked."""

    def __init__(self):
        self.calls = 0

    def tiles(self, data):
        self.calls += 1
        return np.full((2, 4, 4, 3), data[0], np.uint8)


@pytest.fixture
def images(tmp_path):
    paths = [tmp_path / f'{k}.jpg' for k in range(700)]
    for k, path in enumerate(paths):
        path.write_bytes(bytes([k % 251]))
    return paths


def check(store, images):
    assert len(store) == len(images)
    assert all((store[k] == path.read_bytes()[0]).all() for k, path in enumerate(images))


def test_a_store_is_made_once(images, tmp_path):
    processor = CountingProcessor()
    check(TileStore.build(tmp_path / 'cache', images, processor), images)
    assert processor.calls == 701  # one to learn the shape
    check(TileStore.build(tmp_path / 'cache', images, processor), images)
    assert processor.calls == 702


def test_more_images_behind_the_old_ones_cost_only_themselves(images, tmp_path):
    TileStore.build(tmp_path / 'cache', images[:600], CountingProcessor())
    processor = CountingProcessor()
    check(TileStore.build(tmp_path / 'cache', images, processor), images)
    assert processor.calls == 101
    assert len(list((tmp_path / 'cache').glob('*.npy'))) == 1


@pytest.mark.parametrize('first', [1, 300])
def test_other_images_make_another_store(images, tmp_path, first):
    TileStore.build(tmp_path / 'cache', images[:600], CountingProcessor())
    check(
        TileStore.build(tmp_path / 'cache', images[first:], CountingProcessor()),
        images[first:],
    )
    assert len(list((tmp_path / 'cache').glob('*.npy'))) == 2


def test_an_interrupted_store_goes_on(images, tmp_path):
    class Breaking(CountingProcessor):
        def tiles(self, data):
            if self.calls == 400:
                raise KeyboardInterrupt
            return super().tiles(data)

    with pytest.raises(KeyboardInterrupt):
        TileStore.build(tmp_path / 'cache', images, Breaking())
    processor = CountingProcessor()
    check(TileStore.build(tmp_path / 'cache', images, processor), images)
    assert processor.calls == 1 + 700 - 256
