# SPDX-License-Identifier: Apache-2.0
"""A decoder layer for inference on a CPU, in fewer and larger operations.

It computes the same as the Qwen2 layer of transformers.  Activations, factors and residuals are
applied by oneDNN to a product before it is rounded to bfloat16, so that fewer values are rounded.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers.models.qwen2.modeling_qwen2 import Qwen2DecoderLayer

from simlingo_model.attention import attend
from simlingo_model.cache import KeyValueCache
from simlingo_model.packed_linear import PackedLinear


class PackedDecoderLayer(nn.Module):
    """Replaces a Qwen2 layer; cannot be trained.

    Args:
        layer: with bfloat16 weights on a CPU, without adapters.
    """

    is_causal = True

    def __init__(self, layer: Qwen2DecoderLayer) -> None:
        super().__init__()
        attention, mlp = layer.self_attn, layer.mlp
        self._index: int = attention.layer_idx
        self._head_width: int = attention.head_dim
        heads = attention.q_proj.out_features // self._head_width
        key_heads = attention.k_proj.out_features // self._head_width
        self._heads, self._key_heads = heads, key_heads
        # Used by the attention functions of transformers.
        self.num_key_value_groups = heads // key_heads
        self.input_norm = layer.input_layernorm
        self.inputs = PackedLinear(attention.q_proj, attention.k_proj, attention.v_proj)
        self.output = PackedLinear(attention.o_proj)
        self.mlp_norm = layer.post_attention_layernorm
        self.gate = PackedLinear(mlp.gate_proj)
        self.up = PackedLinear(mlp.up_proj)
        self.down = PackedLinear(mlp.down_proj)

    def forward(
        self,
        hidden: Tensor,
        *,
        attention_mask: Tensor | None,
        past_key_values: KeyValueCache | None,
        position_embeddings: tuple[Tensor, Tensor],
        only_last: bool = False,
        **_: Any,
    ) -> Tensor:
        """Map hidden states (1, tokens, width), or the last of them; see ``run_decoder``."""
        query, key, value = self._project(self.input_norm(hidden), position_embeddings)
        if past_key_values is not None:
            key, value = past_key_values.update(key, value, self._index)
        if only_last:
            query, hidden = query[:, :, -1:], hidden[:, -1:]
            attention_mask = None if attention_mask is None else attention_mask[:, :, -1:]
        mixed = attend(self, query, key, value, attention_mask)[0].flatten(2)
        hidden = self.output.added_to(hidden, mixed)
        normed = self.mlp_norm(hidden)
        return self.down.added_to(hidden, self.up.times(self.gate.swish(normed), normed))

    def _project(
        self, normed: Tensor, position_embeddings: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return queries, keys and values, (1, heads, tokens, head width)."""
        batch, tokens, _ = normed.shape
        heads = self.inputs(normed).view(batch, tokens, -1, self._head_width).transpose(1, 2)
        rotated = self._heads + self._key_heads
        query_and_key = _rotate(heads[:, :rotated], *position_embeddings)
        return (
            query_and_key[:, : self._heads],
            query_and_key[:, self._heads :],
            heads[:, rotated:],
        )


def _rotate(heads: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    """Apply rotary positions to (batch, heads, tokens, width)."""
    first, second = heads.chunk(2, dim=-1)
    across = torch.cat((-second, first), dim=-1)
    return torch.addcmul(heads * cosines[:, None], across, sines[:, None])
