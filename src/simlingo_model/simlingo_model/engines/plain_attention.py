# SPDX-License-Identifier: Apache-2.0
"""Attention as two matrix products and a softmax, the form in which engines fuse it.

PyTorch's own attention is exported with checks for rows that attend to nothing, which no pass of
ours has and which keep engines from recognising it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import Tensor
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from simlingo_model.attention import IMPLEMENTATION
from simlingo_model.decoder import causal_model
from simlingo_model.network import SimLingoNetwork

PLAIN = 'simlingo_plain'


def attend(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """Compute attention; an attention function of transformers.

    Args:
        module: not used.
        query: (1, heads, new tokens, width).
        key: (1, key-value heads, tokens, width).
        value: as ``key``.
        attention_mask: added to the scores; None: every token attends to all.
        scaling: factor of the scores; None: one over the root of the width.

    Returns:
        (1, new tokens, heads, width), and None for the weights.
    """
    batch, heads, new, width = query.shape
    shared = heads // key.shape[1]
    query = query * (scaling or width**-0.5)
    if shared == 1:
        scores = torch.matmul(query, key.transpose(2, 3))
        weights = torch.softmax(scores if attention_mask is None else scores + attention_mask, -1)
        return torch.matmul(weights, value).transpose(1, 2), None
    # Heads that share keys are rows of one product, so that no key is copied.
    rows = query.reshape(batch, heads // shared, shared * new, width)
    scores = torch.matmul(rows, key.transpose(2, 3))
    scores = scores.reshape(batch, heads // shared, shared, new, -1)
    if attention_mask is not None:
        scores = scores + attention_mask[:, None]
    weights = torch.softmax(scores, -1).reshape(batch, heads // shared, shared * new, -1)
    mixed = torch.matmul(weights, value).reshape(batch, heads, new, width)
    return mixed.transpose(1, 2), None


@contextmanager
def plain_attention(network: SimLingoNetwork) -> Iterator[None]:
    """Let a network compute attention this way for a while."""
    models = [cast(Any, network.vision.model), cast(Any, causal_model(network.language))]
    try:
        for model in models:
            model.set_attn_implementation(PLAIN)
        yield
    finally:
        for model in models:
            model.set_attn_implementation(IMPLEMENTATION)


ALL_ATTENTION_FUNCTIONS.register(PLAIN, attend)
