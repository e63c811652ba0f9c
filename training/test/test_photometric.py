# SPDX-License-Identifier: Apache-2.0
"""Images are changed as upstream's loader changes them, by the generator alone."""

import cv2
import numpy as np
import pytest

from simlingo_core.errors import ConfigError
from simlingo_training import photometric
from simlingo_training.overrides import with_overrides
from simlingo_training.photometric import CHANGES, change_as_upstream
from simlingo_training.recipes import find_recipe


@pytest.fixture(scope='module')
def tiles():
    rng = np.random.default_rng(0)
    noise = rng.integers(60, 200, (2, 56, 56, 3), np.uint8)
    return np.stack([cv2.GaussianBlur(tile, (0, 0), 4.0) for tile in noise])


def test_the_same_generator_gives_the_same_image(tiles):
    one, same, other = (
        change_as_upstream(tiles, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    assert one.shape == tiles.shape
    assert one.dtype == np.uint8


def test_each_change_is_made_in_half_of_the_images(tiles, monkeypatch):
    made = []
    counting = tuple(
        lambda pixels, rng, name=change.__name__: (made.append(name), pixels)[1]
        for change in CHANGES
    )
    monkeypatch.setattr(photometric, 'CHANGES', counting)
    orders = set()
    for seed in range(400):
        before = len(made)
        change_as_upstream(tiles, np.random.default_rng(seed))
        orders.add(tuple(made[before:]))
    for change in CHANGES:
        assert made.count(change.__name__) / 400 == pytest.approx(0.5, abs=0.1)
    assert len(orders) > 200


BOUNDS = {
    '_blur': lambda old, new: np.abs(new - old).mean() < 2.0,
    '_noise': lambda old, new: (new - old).std() < 0.06 * 255.0,
    '_drop': lambda old, new: 0.0 < (new == 0.0).mean() < 0.12,
    '_brightness': lambda old, new: ((new / old > 0.83) & (new / old < 1.21)).all(),
    '_contrast': lambda old, new: np.abs(new - old).max() <= 0.2 * 127.5 + 1.0,
    '_grey': lambda old, new: new.std(axis=-1).mean() <= old.std(axis=-1).mean(),
    '_waves': lambda old, new: np.abs(new - old).max() < 40.0,
}


@pytest.mark.parametrize('change', CHANGES, ids=lambda change: change.__name__)
def test_no_change_goes_further_than_upstreams(tiles, change):
    old, most = tiles.astype(np.float32), 0.0
    for seed in range(30):
        new = change(old.copy(), np.random.default_rng(seed))
        assert new.shape == old.shape
        assert BOUNDS[change.__name__](old, new), seed
        most = max(most, float(np.abs(new - old).max()))
    assert most > 0.5


def test_the_large_recipe_uses_it_and_the_mini_does_not():
    assert find_recipe('internvl2_1b').mix.augmentation == 'upstream'
    assert find_recipe('mini').mix.augmentation == 'brightness'
    with pytest.raises(ConfigError, match='brightness, upstream'):
        with_overrides(find_recipe('mini'), ['mix.augmentation=much'])
