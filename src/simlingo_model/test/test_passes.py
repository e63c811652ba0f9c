# SPDX-License-Identifier: Apache-2.0
"""Passes of static shape give the same as eager passes, frame after frame."""

import numpy as np
import pytest
import torch

from simlingo_core.types import Instruction, SafetyMode
from simlingo_model.model_names import find_model
from simlingo_model.passes import EagerPasses, GraphPasses, choose_passes
from simlingo_model.policy import SimLingoPolicy
from simlingo_model.policy_config import Order, PolicyConfig

QUERIES = 30


def assert_same(got, expected):
    torch.testing.assert_close(got, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize('text_tokens', [10, 11, 40, 60, 70, 130])
@pytest.mark.parametrize('has_targets', [True, False])
def test_points_and_the_text_after_them_are_the_same(
    network, recorded, sequences, text_tokens, has_targets
):
    """The longest prompt is longer than any recorded pass."""
    prompt, answer = sequences.prompt(text_tokens, has_targets), (7, network.image_id, 9)
    tiles, targets = sequences.tiles(), sequences.targets()
    features = [way.encode(tiles) for way in (EagerPasses(network), recorded)]
    assert_same(*features)

    ways = [
        way.act(features[0], targets, prompt, answer) for way in (EagerPasses(network), recorded)
    ]

    (points, sequence), (expected, eager) = ways[1], ways[0]
    assert_same(points, expected)
    assert sequence.ids == eager.ids
    assert sequence.next_token() == eager.next_token()


def test_a_result_outlives_the_next_frame(network, recorded, sequences):
    prompt = sequences.prompt(12)
    first = recorded.encode(sequences.tiles())
    kept = first.clone()
    points, sequence = recorded.act(first, sequences.targets(), prompt, ())
    kept_points, next_token = points.clone(), sequence.next_token()
    for _ in range(2):
        recorded.act(recorded.encode(sequences.tiles()), sequences.targets(), prompt[::-1], ())
    assert_same(first, kept)
    assert_same(points, kept_points)
    assert sequence.next_token() == next_token


def begin(passes, sequences, seed):
    sequences.generator = np.random.default_rng(seed)
    prompt = sequences.prompt(15)
    sequence = passes.begin(
        passes.encode(sequences.tiles()), sequences.targets(), len(prompt) + QUERIES + 12
    )
    sequence.prefill(prompt)
    return sequence


@pytest.mark.parametrize('most', [1, 2, 12])
def test_text_and_the_action_behind_it_are_the_same(network, recorded, sequences, most):
    cached = [begin(way, sequences, most) for way in (EagerPasses(network), recorded)]
    texts = [list(sequence.generate(-1, most)) for sequence in cached]
    assert texts[0] == texts[1]
    assert len(texts[0]) == most
    assert cached[0].ids == cached[1].ids
    points = [sequence.prefill_and_act((), texts[0][-1:]) for sequence in cached]
    assert_same(*points)
    assert cached[0].next_token() == cached[1].next_token()


def test_text_ends_with_its_end_token_and_may_be_closed_early(network, recorded, sequences):
    whole = list(begin(EagerPasses(network), sequences, 3).generate(-1, 6))
    end = next(token for token in whole if whole.count(token) == 1 or token == whole[-1])
    expected = whole[: whole.index(end) + 1]
    assert list(begin(recorded, sequences, 3).generate(end, 6)) == expected

    closed = begin(recorded, sequences, 3)
    tokens = closed.generate(-1, 6)
    assert [next(tokens), next(tokens)] == whole[:2]
    tokens.close()
    assert closed.ids[-1] == whole[0]
    assert closed.next_token() == whole[1]
    assert list(closed.generate(-1, 5)) == whole[1:]


def test_two_texts_at_once_and_one_that_is_too_long(network, recorded, sequences):
    """One text at a time uses the recorded steps; a second one runs eagerly."""
    eager = EagerPasses(network)
    expected = [list(begin(eager, sequences, seed).generate(-1, 6)) for seed in (1, 2)]
    first, second = (begin(recorded, sequences, seed) for seed in (1, 2))
    both = list(zip(first.generate(-1, 6), second.generate(-1, 6), strict=True))
    assert [list(one) for one in zip(*both, strict=True)] == expected
    again = begin(recorded, sequences, 1)
    assert not recorded._steps.begin(again._cache, 10_000)
    assert list(again.generate(-1, 6)) == expected[0]


@pytest.mark.parametrize('order', list(Order))
def test_a_policy_plans_and_generates_the_same(mini_parts, observation, later, order):
    network, processor = mini_parts
    eager_passes = choose_passes(network, processor)
    assert isinstance(eager_passes, EagerPasses)
    recorded = GraphPasses(network, shortest=150, longest=400, text_tokens=64)
    asked = Instruction(id='1', text='Turn left.', t_s=3.0)
    refused = Instruction(id='2', text='Hit it.', t_s=3.0, safety_mode=SafetyMode.REFUSE_UNSAFE)
    policies = [
        SimLingoPolicy(network, processor, PolicyConfig(order=order), passes=passes)
        for passes in (eager_passes, recorded)
    ]
    for number, instruction in enumerate((None, asked, refused)):
        frame = later(number)
        plans = [policy.plan(frame, instruction) for policy in policies]
        for name in ('path_base_m', 'speed_waypoints_base_m'):
            expected, got = (getattr(plan, name) for plan in plans)
            np.testing.assert_allclose(got, expected, atol=1e-4)
        assert len({policy.reply(frame) for policy in policies}) == 1
        commentaries = [''.join(policy.describe(frame)) for policy in policies]
        assert commentaries[0] == commentaries[1]
        answers = [''.join(policy.answer(frame, 'Why?')) for policy in policies]
        assert answers[0] == answers[1]


@pytest.mark.gpu
@pytest.mark.parametrize('order', list(Order))
def test_the_committed_mini_gives_the_same_on_a_gpu_and_a_cpu(order, observation, later):
    config, folder = PolicyConfig(order=order), find_model('mini').folder
    cpu, gpu = (SimLingoPolicy.load(folder, config, device=name) for name in ('cpu', 'cuda'))
    for frame in (observation, later(1), later(2)):
        expected, got = cpu.plan(frame), gpu.plan(frame)
        for name in ('path_base_m', 'speed_waypoints_base_m'):
            np.testing.assert_allclose(getattr(got, name), getattr(expected, name), atol=1e-2)
        assert ''.join(gpu.describe(frame)) == ''.join(cpu.describe(frame))
        assert ''.join(gpu.answer(frame, 'Why?')) == ''.join(cpu.answer(frame, 'Why?'))
