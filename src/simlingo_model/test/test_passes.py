# SPDX-License-Identifier: Apache-2.0
"""Passes of fixed shape give what the network gives as it comes, frame after frame."""

import numpy as np
import pytest
import torch

from simlingo_core.types import Instruction, SafetyMode
from simlingo_model.model_names import find_model
from simlingo_model.passes import PlainPasses, RecordedPasses
from simlingo_model.policy import Order, PolicyConfig, SimLingoPolicy, passes_for

QUERIES = 30


def assert_same(got, expected):
    torch.testing.assert_close(got, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize('words', [10, 11, 40, 60, 70, 130])
@pytest.mark.parametrize('has_targets', [True, False])
def test_points_and_what_follows_them_are_the_same(
    network, recorded, sequences, words, has_targets
):
    """The longest is longer than any record."""
    prompt, said = sequences.prompt(words, has_targets), (7, network.image_id, 9)
    tiles, targets = sequences.tiles(), sequences.targets()
    features = [way.encode(tiles) for way in (PlainPasses(network), recorded)]
    assert_same(*features)

    ways = [
        way.act(features[0], targets, prompt, said) for way in (PlainPasses(network), recorded)
    ]

    (points, reading), (expected, plain) = ways[1], ways[0]
    assert_same(points, expected)
    assert reading.ids == plain.ids
    assert reading.next_id() == plain.next_id()


def test_a_result_outlives_the_next_frame(network, recorded, sequences):
    prompt = sequences.prompt(12)
    first = recorded.encode(sequences.tiles())
    kept = first.clone()
    points, reading = recorded.act(first, sequences.targets(), prompt, ())
    kept_points, next_id = points.clone(), reading.next_id()
    for _ in range(2):
        recorded.act(recorded.encode(sequences.tiles()), sequences.targets(), prompt[::-1], ())
    assert_same(first, kept)
    assert_same(points, kept_points)
    assert reading.next_id() == next_id


def begin(passes, sequences, seed):
    sequences.generator = np.random.default_rng(seed)
    prompt = sequences.prompt(15)
    reading = passes.begin(
        passes.encode(sequences.tiles()), sequences.targets(), len(prompt) + QUERIES + 12
    )
    reading.read(prompt)
    return reading


@pytest.mark.parametrize('most', [1, 2, 12])
def test_text_and_the_action_behind_it_are_the_same(network, recorded, sequences, most):
    readings = [begin(way, sequences, most) for way in (PlainPasses(network), recorded)]
    said = [list(reading.generate(-1, most)) for reading in readings]
    assert said[0] == said[1]
    assert len(said[0]) == most
    assert readings[0].ids == readings[1].ids
    points = [reading.read_and_act((), said[0][-1:]) for reading in readings]
    assert_same(*points)
    assert readings[0].next_id() == readings[1].next_id()


def test_text_ends_with_its_end_token_and_may_be_left_early(network, recorded, sequences):
    whole = list(begin(PlainPasses(network), sequences, 3).generate(-1, 6))
    end = next(token for token in whole if whole.count(token) == 1 or token == whole[-1])
    expected = whole[: whole.index(end) + 1]
    assert list(begin(recorded, sequences, 3).generate(end, 6)) == expected

    left = begin(recorded, sequences, 3)
    tokens = left.generate(-1, 6)
    assert [next(tokens), next(tokens)] == whole[:2]
    tokens.close()
    assert left.ids[-1] == whole[0]
    assert left.next_id() == whole[1]
    assert list(left.generate(-1, 5)) == whole[1:]


def test_two_texts_at_once_and_one_that_is_too_long(network, recorded, sequences):
    """There is one place for steps; who does not get it goes on as it comes."""
    plain = PlainPasses(network)
    expected = [list(begin(plain, sequences, seed).generate(-1, 6)) for seed in (1, 2)]
    first, second = (begin(recorded, sequences, seed) for seed in (1, 2))
    both = list(zip(first.generate(-1, 6), second.generate(-1, 6), strict=True))
    assert [list(one) for one in zip(*both, strict=True)] == expected
    again = begin(recorded, sequences, 1)
    assert not recorded._steps.begin(again._cache, 10_000)
    assert list(again.generate(-1, 6)) == expected[0]


@pytest.mark.parametrize('order', list(Order))
def test_a_policy_drives_and_speaks_the_same(mini_parts, observation, later, order):
    network, processor = mini_parts
    plain_passes = passes_for(network, processor)
    assert isinstance(plain_passes, PlainPasses)
    recorded = RecordedPasses(network, shortest=150, longest=400, text_tokens=64)
    asked = Instruction(id='1', text='Turn left.', t_s=3.0)
    refused = Instruction(id='2', text='Hit it.', t_s=3.0, safety_mode=SafetyMode.REFUSE_UNSAFE)
    policies = [
        SimLingoPolicy(network, processor, PolicyConfig(order=order), passes=passes)
        for passes in (plain_passes, recorded)
    ]
    for number, instruction in enumerate((None, asked, refused)):
        frame = later(number)
        plans = [policy.plan(frame, instruction) for policy in policies]
        for name in ('path_base_m', 'speed_waypoints_base_m'):
            expected, got = (getattr(plan, name) for plan in plans)
            np.testing.assert_allclose(got, expected, atol=1e-4)
        assert len({policy.reply(frame) for policy in policies}) == 1
        said = [''.join(policy.describe(frame)) for policy in policies]
        assert said[0] == said[1]
        answers = [''.join(policy.answer(frame, 'Why?')) for policy in policies]
        assert answers[0] == answers[1]


@pytest.mark.gpu
@pytest.mark.parametrize('order', list(Order))
def test_the_committed_mini_drives_and_speaks_on_a_gpu_as_on_a_cpu(order, observation, later):
    config, folder = PolicyConfig(order=order), find_model('mini').folder
    here, there = (SimLingoPolicy.load(folder, config, device=name) for name in ('cpu', 'cuda'))
    for frame in (observation, later(1), later(2)):
        expected, got = here.plan(frame), there.plan(frame)
        for name in ('path_base_m', 'speed_waypoints_base_m'):
            np.testing.assert_allclose(getattr(got, name), getattr(expected, name), atol=1e-2)
        assert ''.join(there.describe(frame)) == ''.join(here.describe(frame))
        assert ''.join(there.answer(frame, 'Why?')) == ''.join(here.answer(frame, 'Why?'))
