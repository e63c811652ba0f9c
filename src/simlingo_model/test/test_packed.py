# SPDX-License-Identifier: Apache-2.0
"""What makes a large model fast on a CPU changes no number beyond the rounding of bfloat16."""

import copy
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from simlingo_model.attention import attend
from simlingo_model.cache import KeyValueCache
from simlingo_model.packed import can_pack, pack_weights, weight_bytes
from simlingo_model.packed_linear import PackedLinear
from simlingo_model.policy import SimLingoPolicy

needs_bfloat16 = pytest.mark.skipif(
    not torch.ops.mkldnn._is_mkldnn_bf16_supported(), reason='this CPU multiplies no bfloat16'
)


@needs_bfloat16
@pytest.mark.parametrize('rows', [1, 31, 546])
@pytest.mark.parametrize('has_bias', [True, False])
@torch.inference_mode()
def test_a_packed_layer_gives_the_same_numbers(rows, has_bias):
    torch.manual_seed(rows)
    linear = nn.Linear(96, 160, bias=has_bias, dtype=torch.bfloat16)
    values = torch.randn(2, rows, 96, dtype=torch.bfloat16)
    torch.testing.assert_close(PackedLinear(linear)(values), linear(values))


@needs_bfloat16
@torch.inference_mode()
def test_a_packed_network_drives_the_same(mini_parts, observation):
    network, processor = mini_parts
    assert not can_pack(network), 'float32 gains nothing'
    plain = copy.deepcopy(network).eval().to(torch.bfloat16)
    packed = copy.deepcopy(plain)
    assert can_pack(packed)
    pack_weights(packed)
    assert weight_bytes(packed) == weight_bytes(plain)
    kinds = {type(m) for part in (packed.vision, packed.language) for m in part.modules()}
    assert PackedLinear in kinds
    assert nn.Linear not in kinds
    plans = [SimLingoPolicy(one, processor).plan(observation) for one in (plain, packed)]
    for name in ('path_base_m', 'speed_waypoints_base_m'):
        expected, got = (getattr(plan, name) for plan in plans)
        np.testing.assert_allclose(got, expected, atol=0.02)


@needs_bfloat16
@pytest.mark.parametrize('tokens', [40, 300])
@torch.inference_mode()
def test_a_packed_network_reads_in_pieces_what_it_reads_at_once(mini_parts, tokens):
    network = copy.deepcopy(mini_parts[0]).eval().to(torch.bfloat16)
    torch.manual_seed(tokens)
    sequence = torch.randn(1, tokens, network.config.decoder.width, dtype=torch.bfloat16)
    expected = network.run_decoder(sequence)
    pack_weights(network)

    whole = network.run_decoder(sequence)
    last = network.run_decoder(sequence, only_last=True)
    cache = KeyValueCache(
        network.config.decoder, tokens, device=network.device, dtype=network.dtype
    )
    cuts = (0, 20, 32, tokens - 1, tokens)
    pieces = [
        network.run_decoder(sequence[:, a:b], cache, only_last=True) for a, b in pairwise(cuts)
    ]

    def assert_near(found, truth):
        torch.testing.assert_close(found.float(), truth.float(), atol=0.1, rtol=0.05)

    assert_near(whole, expected)
    assert last.shape == (1, 1, expected.shape[2])
    assert_near(last, expected[:, -1:])
    for end, piece in zip(cuts[1:], pieces, strict=True):
        assert_near(piece, expected[:, end - 1 : end])


@torch.inference_mode()
@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float32])
@pytest.mark.parametrize(
    ('heads', 'key_heads', 'new_tokens', 'tokens'),
    [(6, 6, 300, 300), (6, 2, 300, 300), (6, 2, 1, 300), (6, 2, 1, 40), (6, 6, 40, 40)],
)
@pytest.mark.parametrize('causal', [True, False])
def test_attention_without_a_mask(heads, key_heads, new_tokens, tokens, causal, dtype):
    torch.manual_seed(tokens)
    query = torch.randn(2, heads, new_tokens, 16, dtype=dtype)
    key, value = (torch.randn(2, key_heads, tokens, 16, dtype=dtype) for _ in range(2))
    module = SimpleNamespace(is_causal=causal, num_key_value_groups=heads // key_heads)
    mixed, _ = attend(module, query, key, value, None)
    expected = functional.scaled_dot_product_attention(
        query.float(),
        key.float(),
        value.float(),
        is_causal=causal and new_tokens > 1,
        enable_gqa=True,
    )
    near = 1e-5 if dtype is torch.float32 else 0.02
    torch.testing.assert_close(mixed.float(), expected.transpose(1, 2), rtol=near, atol=near)


@torch.inference_mode()
def test_what_all_keys_share_costs_attention_no_digits():
    """The released language model has large biases in its keys."""
    torch.manual_seed(0)
    query, key, value = (torch.randn(1, 4, 300, 16, dtype=torch.bfloat16) for _ in range(3))
    key = key + 30.0 * torch.randn(1, 4, 1, 16, dtype=torch.bfloat16)
    module = SimpleNamespace(is_causal=True, num_key_value_groups=1)
    mixed, _ = attend(module, query, key, value, None)
    expected = functional.scaled_dot_product_attention(
        query.float(), key.float(), value.float(), is_causal=True
    )
    torch.testing.assert_close(mixed.float(), expected.transpose(1, 2), rtol=0.04, atol=0.04)
