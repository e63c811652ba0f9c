# SPDX-License-Identifier: Apache-2.0
"""Attention on a CPU as plain matrix products, where those are faster than PyTorch's fused kernel.

Its backward pass takes a third of a training step of the mini; two plain products make that step
about 1.5 times as fast.  In bfloat16 it does not use oneDNN: over the 1025 patches of a full-size
tile plain products, a few heads at a time so that the scores stay in the cache, take 0.6 of its
time, and for a single new token a quarter.  Everything else and GPUs keep the fused kernel.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

IMPLEMENTATION = 'simlingo'
SHORT_TOKENS = 256
HEADS_AT_ONCE = 4


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
    """Attend, with the interface transformers asks of an attention function.

    Args:
        module: knows whether it is causal.
        query: (batch, heads, new tokens, width).
        key: (batch, key-value heads, tokens, width).
        value: as ``key``.
        attention_mask: bool, True where a new token may look; None: all, or causal.
        dropout: share of scores set to zero in training.
        scaling: factor of the scores; None: one over the root of the width.
        is_causal: None: as the module says.
        **settings: what else transformers passes on.

    Returns:
        (batch, new tokens, heads, width), and no weights.
    """
    causal = cast(bool, module.is_causal) if is_causal is None else is_causal
    scale = scaling or query.shape[-1] ** -0.5
    is_ours = query.device.type == 'cpu' and dropout == 0.0
    if is_ours and attention_mask is None and _is_bfloat16_inference(query):
        if query.shape[2] == 1:
            return _attend_once(query * scale, key, value), None
        if query.shape[2] == key.shape[2] > SHORT_TOKENS:
            return _attend_in_groups(query * scale, key, value, causal), None
    if not is_ours or key.shape[2] > SHORT_TOKENS or query.shape[2] == 1:
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
    """Return what to add to scores so that no token sees a later one."""
    tokens = scores.shape[-1]
    return torch.full((tokens, tokens), float('-inf'), dtype=scores.dtype).triu(1)


def _is_bfloat16_inference(query: Tensor) -> bool:
    return query.dtype is torch.bfloat16 and not torch.is_grad_enabled()


def _attend_once(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Attend to everything with one scaled query for each head; heads share keys in order."""
    batch, heads, _, width = query.shape
    queries = query.float().view(batch, key.shape[1], heads // key.shape[1], width)
    scores = torch.softmax(torch.matmul(queries, key.float().transpose(2, 3)), dim=-1)
    mixed = torch.matmul(scores, value.float()).view(batch, 1, heads, width)
    return mixed.to(query.dtype)


def _attend_in_groups(query: Tensor, key: Tensor, value: Tensor, causal: bool) -> Tensor:
    """Attend with a scaled query for each key, a few heads at a time.

    Scores are rounded to bfloat16, which costs the less the smaller they are: the keys' mean,
    which adds the same to all scores of a query and so nothing to their softmax, is taken away
    (SageAttention, ICLR 2025).
    """
    batch, heads, tokens, width = query.shape
    queries = query.flatten(0, 1)
    key = (key - key.mean(dim=2, keepdim=True, dtype=torch.float32)).to(key.dtype)
    keys, values = (_for_each_head(one, heads).flatten(0, 1) for one in (key, value))
    keys = keys.transpose(1, 2).contiguous()
    mixed = query.new_empty(batch * heads, tokens, width)
    room = query.new_empty(HEADS_AT_ONCE, tokens, tokens)
    future = _future(room) if causal else None
    for first in range(0, batch * heads, HEADS_AT_ONCE):
        group = slice(first, first + HEADS_AT_ONCE)
        scores = room[: len(queries[group])]
        torch.bmm(queries[group], keys[group], out=scores)
        if future is not None:
            scores += future
        torch.softmax(scores, dim=-1, out=scores)
        torch.bmm(scores, values[group], out=mixed[group])
    return mixed.view(batch, heads, tokens, width).transpose(1, 2).contiguous()


ALL_ATTENTION_FUNCTIONS.register(IMPLEMENTATION, attend)
