# SPDX-License-Identifier: Apache-2.0
"""Attention on a CPU as matrix products, where those are faster than PyTorch's fused kernel.

The backward pass of the fused kernel takes a third of a training step of the mini; two matrix
products make that step about 1.5 times as fast.  In bfloat16 the fused kernel does not use oneDNN:
over the 1025 patches of a full-size tile, products in blocks whose scores stay in the processor's
cache take 0.6 of its time.  For a single new token all heads that share keys are one call of the
kernel.  All other cases, and GPUs, use the fused kernel as it is.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import torch
from torch import Tensor
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

IMPLEMENTATION = 'simlingo'
SHORT_TOKENS = 256


class Block(NamedTuple):
    """Size of a block of scores that fits into the processor's cache."""

    heads: int
    tokens: int


# A whole tile (1025 patches); cutting it by rows gains nothing.
FREE_BLOCK = Block(heads=4, tokens=2048)
# The shorter a block, the fewer scores of later tokens are computed and then masked.
CAUSAL_BLOCK = Block(heads=14, tokens=128)


def attend(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    is_causal: bool | None = None,
    **settings: Any,
) -> tuple[Tensor, None]:
    """Compute attention; an attention function of transformers.

    Args:
        module: its ``is_causal`` is the default for causality.
        query: (batch, heads, new tokens, width).
        key: (batch, key-value heads, tokens, width).
        value: as ``key``.
        attention_mask: bool, True where a new token attends; None: everywhere, or causal.
        dropout: share of scores set to zero in training.
        scaling: factor of the scores; None: one over the root of the width.
        is_causal: None: that of the module.
        **settings: further arguments of transformers, for the fused kernel.

    Returns:
        (batch, new tokens, heads, width), and None for the weights.
    """
    causal = cast(bool, module.is_causal) if is_causal is None else is_causal
    scale = scaling or query.shape[-1] ** -0.5
    if query.shape[2] == 1:
        return _attend_once(query, key, value, attention_mask, scale), None
    is_ours = query.device.type == 'cpu' and dropout == 0.0
    is_long = key.shape[2] > SHORT_TOKENS
    if is_ours and is_long and attention_mask is None and _suits_blocks(query, key):
        return _attend_in_blocks(query * scale, key, value, causal), None
    if not is_ours or is_long:
        result, _ = sdpa_attention_forward(
            module,
            query,
            key,
            value,
            attention_mask,
            dropout=dropout,
            scaling=scaling,
            is_causal=is_causal,
            **settings,
        )
        return result, None
    key, value = (_for_each_head(one, query.shape[1]) for one in (key, value))
    scores = torch.matmul(query * scale, key.transpose(2, 3))
    if attention_mask is not None:
        scores = scores.masked_fill(~attention_mask, float('-inf'))
    elif causal:
        scores = scores + _future(scores)
    mixed = torch.matmul(torch.softmax(scores, dim=-1), value)
    return mixed.transpose(1, 2).contiguous(), None


def _for_each_head(shared: Tensor, heads: int) -> Tensor:
    repeats = heads // shared.shape[1]
    return shared if repeats == 1 else shared.repeat_interleave(repeats, dim=1)


def _future(scores: Tensor) -> Tensor:
    """Return the terms that exclude later tokens from the scores."""
    tokens = scores.shape[-1]
    return torch.full((tokens, tokens), float('-inf'), dtype=scores.dtype).triu(1)


def _suits_blocks(query: Tensor, key: Tensor) -> bool:
    """Whether this is inference in bfloat16 with one query for each key."""
    is_inference = query.dtype is torch.bfloat16 and not torch.is_grad_enabled()
    return is_inference and query.shape[2] == key.shape[2]


def _attend_once(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, scale: float
) -> Tensor:
    """Compute attention of one query for each head.

    Heads that share keys are passed to the kernel as tokens of one head, so no key is copied.
    """
    batch, heads, _, width = query.shape
    queries = query.reshape(batch, key.shape[1], heads // key.shape[1], width)
    mixed = torch.nn.functional.scaled_dot_product_attention(
        queries, key, value, attn_mask=mask, scale=scale
    )
    return mixed.reshape(batch, 1, heads, width)


def _attend_in_blocks(query: Tensor, key: Tensor, value: Tensor, causal: bool) -> Tensor:
    """Compute attention of a scaled query for each key, a few heads and queries at a time.

    Scores are rounded to bfloat16; the smaller they are, the smaller the error.  The mean of all
    keys, which is large in the released language model because of its biases, adds the same to
    all scores of a query and so changes no softmax; it is subtracted (SageAttention, ICLR 2025).
    """
    batch, heads, tokens, width = query.shape
    queries = query.flatten(0, 1)
    key = key - key.mean(dim=2, keepdim=True)
    keys, values = (_for_each_head(one, heads).flatten(0, 1) for one in (key, value))
    keys = keys.transpose(1, 2)
    mixed = query.new_empty(batch * heads, tokens, width)
    at_once = CAUSAL_BLOCK if causal else FREE_BLOCK
    for first_head in range(0, batch * heads, at_once.heads):
        group = slice(first_head, first_head + at_once.heads)
        for first in range(0, tokens, at_once.tokens):
            rows = slice(first, min(first + at_once.tokens, tokens))
            end = rows.stop if causal else tokens
            scores = torch.bmm(queries[group, rows], keys[group, :, :end])
            if causal:
                scores[:, :, first:] += _future(scores[:, :, first:])
            torch.softmax(scores, dim=-1, out=scores)
            mixed[group, rows] = torch.bmm(scores, values[group, :end])
    return mixed.view(batch, heads, tokens, width).transpose(1, 2).contiguous()


ALL_ATTENTION_FUNCTIONS.register(IMPLEMENTATION, attend)
