# SPDX-License-Identifier: Apache-2.0
"""Commentary and answers of the policy, beside its plans and in several threads."""

import threading

import numpy as np
import pytest

from simlingo_model.policy import SimLingoPolicy
from simlingo_model.policy_config import Order, PolicyConfig


def with_order(mini_parts, order):
    return SimLingoPolicy(*mini_parts, PolicyConfig(order=order))


@pytest.fixture
def gate(own_policy, monkeypatch):
    """Stops the generation of text at every token until it is opened."""
    network, logits = own_policy.network, own_policy.network.logits
    gate = threading.Event()
    gate.tokens = []
    gate.reached = threading.Event()

    def wait_at_gate(hidden):
        gate.tokens.append(hidden)
        gate.reached.set()
        assert gate.wait(60.0)
        return logits(hidden)

    monkeypatch.setattr(network, 'logits', wait_at_gate)
    yield gate
    gate.set()


def test_a_plan_does_not_wait_for_language(own_policy, gate, observation, later):
    own_policy.plan(observation)
    language = threading.Thread(target=lambda: list(own_policy.describe(observation)))
    language.start()
    assert gate.reached.wait(60.0)
    for number in range(1, 4):
        own_policy.plan(later(0.25 * number))
    assert len(gate.tokens) == 1
    assert language.is_alive()
    own_policy.cancel_language()
    gate.set()
    language.join(60.0)
    assert not language.is_alive()


def test_cancel_ends_language_within_one_token(own_policy, gate, observation):
    gate.set()
    stream = own_policy.describe(observation)
    assert isinstance(next(stream), str)
    generated = len(gate.tokens)
    own_policy.cancel_language()
    assert list(stream) == []
    assert len(gate.tokens) <= generated + 1
    assert stream.was_cancelled


def test_questions_end_commentary_but_not_the_other_way_round(policy, observation):
    commentary = policy.describe(observation)
    answer = policy.answer(observation, 'Why?')
    policy.describe(observation)
    assert list(commentary) == []
    assert ''.join(answer)


def test_commentary_is_the_same_with_and_without_a_shared_sequence(mini_parts, observation):
    texts = []
    for order in (Order.PARALLEL, Order.ACTION_ONLY):
        policy = with_order(mini_parts, order)
        policy.plan(observation)
        texts.append(''.join(policy.describe(observation)))
    texts.append(''.join(with_order(mini_parts, Order.PARALLEL).describe(observation)))
    assert len(set(texts)) == 1


def test_exact_order_generates_the_same_as_parallel_and_keeps_it(mini_parts, observation):
    exact = with_order(mini_parts, Order.EXACT)
    exact.plan(observation)
    reply = exact.reply(observation)
    assert reply
    assert list(exact.describe(observation)) == [reply]
    commentary = ''.join(with_order(mini_parts, Order.PARALLEL).describe(observation))
    assert commentary.strip() == reply


def test_many_threads_give_what_one_gives(mini_parts, observation, later):
    policy = with_order(mini_parts, Order.PARALLEL)
    frames = [later(0.25 * i) for i in range(6)]
    expected = [policy.plan(frame).path_base_m for frame in frames]
    policy.reset()
    results: dict[int, np.ndarray] = {}

    def work(i: int) -> None:
        results[i] = policy.plan(frames[i]).path_base_m
        list(policy.answer(frames[i], 'Why?'))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60.0)
    for i, path in enumerate(expected):
        np.testing.assert_allclose(results[i], path, atol=1e-4)
