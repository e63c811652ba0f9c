# SPDX-License-Identifier: Apache-2.0
"""Samples in a file: the same as in memory, and an index of a few bytes a frame."""

import dataclasses

import numpy as np
import pytest

from simlingo_training.batches import BatchMaker
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.overrides import with_overrides
from simlingo_training.questions import QuestionMaker
from simlingo_training.recipes import find_recipe
from simlingo_training.sample_store import (
    SampleImages,
    SampleStore,
    buckets_of,
    have_questions,
    image_paths,
    pack,
)
from simlingo_training.samples import read_samples


@pytest.fixture
def samples(episodes):
    return [s for folder in episodes for s in read_samples(EpisodeFrames(folder))[0]]


@pytest.fixture
def store(episodes, tmp_path):
    packed = (pack(f, *read_samples(EpisodeFrames(f))) for f in episodes)
    return SampleStore.write(tmp_path / 'samples.bin', packed)


def assert_same(one, other):
    for field in dataclasses.fields(one):
        if field.name not in {'plain', 'shifted', 'start', 'dreams'}:
            assert getattr(one, field.name) == getattr(other, field.name), field.name
    for name in ('plain', 'shifted'):
        for field in dataclasses.fields(one.plain):
            np.testing.assert_array_equal(
                getattr(getattr(one, name), field.name), getattr(getattr(other, name), field.name)
            )
    assert [d.texts for d in one.dreams] == [d.texts for d in other.dreams]


def test_samples_come_back_as_they_were(samples, store, tmp_path):
    assert len(store) == len(samples) > 10
    for one, other in zip(samples, store, strict=True):
        assert_same(one, other)
    assert [s.frame for s in store[::3]] == [s.frame for s in samples[::3]]
    assert_same(SampleStore(tmp_path / 'samples.bin')[3], samples[3])


def test_the_index_knows_what_weights_need(samples, store):
    assert list(buckets_of(store)) == list(buckets_of(samples))
    assert have_questions(store).tolist() == have_questions(samples).tolist()
    assert [(s.episode, s.frame) for s in samples] == list(store.places())
    images = image_paths(store)
    assert isinstance(images, SampleImages)
    assert list(images) == image_paths(samples)
    assert images[2:5] == image_paths(samples)[2:5]
    modes = [dream.mode for sample in samples for dream in sample.dreams]
    assert store.dream_modes() == {mode: modes.count(mode) for mode in set(modes)}


def test_the_memory_holds_few_bytes_a_frame(store):
    assert store.index_bytes / len(store) <= 24


def test_a_file_that_is_removed_is_still_read(store, tmp_path):
    SampleStore.remove(tmp_path / 'samples.bin')
    assert not list(tmp_path.iterdir())
    assert store[0].frame == 0


class NoTiles:
    broken: tuple[int, ...] = ()


def test_batches_of_a_store_are_those_of_its_samples(samples, store):
    recipe = with_overrides(find_recipe('mini'), ['batch_frames=4'])
    one, other = (BatchMaker(s, NoTiles(), None, recipe) for s in (samples, store))
    assert [one.frames(k) for k in range(5)] == [other.frames(k) for k in range(5)]
    assert one.kinds(5) == other.kinds(5)


@pytest.mark.parametrize('askable', [1.0, 0.5])
def test_questions_have_their_share_though_few_frames_have_some(samples, askable):
    recipe = with_overrides(find_recipe('internvl2_1b'), ['ask.dream_share=0'])
    maker, rng = QuestionMaker(recipe, askable_share=askable), np.random.default_rng(0)
    silent = dataclasses.replace(samples[0], questions=())
    kinds = [
        maker.draw(samples[0] if rng.random() < askable else silent, rng).questions[0].kind
        for _ in range(3000)
    ]
    for kind in ('driving', 'commentary', 'vqa'):
        assert kinds.count(kind) / len(kinds) == pytest.approx(1 / 3, abs=0.03)
