# SPDX-License-Identifier: Apache-2.0
"""The language model: Qwen2 of transformers, LoRA of peft, and its forward pass with a cache."""

from __future__ import annotations

import warnings
from typing import Any, cast

import torch
from peft import LoraConfig as PeftLoraConfig
from peft import get_peft_model
from torch import Tensor, nn
from transformers import Qwen2Config, Qwen2ForCausalLM
from transformers.models.qwen2.modeling_qwen2 import Qwen2RotaryEmbedding

from simlingo_model.attention import IMPLEMENTATION
from simlingo_model.cache import KeyValueCache, StepCache
from simlingo_model.config import DecoderConfig, LoraConfig


def build_language_model(config: DecoderConfig, lora: LoraConfig | None) -> nn.Module:
    """Return Qwen2 with random weights, wrapped by peft if ``lora`` is given."""
    model = Qwen2ForCausalLM(
        cast(Any, Qwen2Config)(
            vocab_size=config.vocabulary_rows,
            hidden_size=config.width,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            num_key_value_heads=config.key_value_heads,
            intermediate_size=config.mlp_width,
            rms_norm_eps=config.norm_epsilon,
            max_position_embeddings=config.max_positions,
            rope_parameters={'rope_type': 'default', 'rope_theta': config.rope_theta},
            tie_word_embeddings=False,
            use_sliding_window=False,
            attn_implementation=IMPLEMENTATION,
        )
    )
    if lora is None:
        return cast(nn.Module, model)
    adapters = PeftLoraConfig(
        r=lora.rank,
        lora_alpha=cast(int, lora.alpha),
        lora_dropout=lora.dropout,
        target_modules='all-linear',
        bias='none',
    )
    with warnings.catch_warnings():
        # peft asks transformers for an attribute by its old name.
        warnings.filterwarnings('ignore', message='.*is_gradient_checkpointing.*')
        return cast(nn.Module, get_peft_model(cast(Any, model), adapters))


def causal_model(language: nn.Module) -> Qwen2ForCausalLM:
    """Return Qwen2 itself, whether peft has wrapped it or not."""
    if isinstance(language, Qwen2ForCausalLM):
        return language
    return cast(Qwen2ForCausalLM, cast(Any, language).base_model.model)


def run_decoder(
    language: nn.Module,
    embeddings: Tensor,
    cache: KeyValueCache | StepCache | None = None,
    *,
    only_last: bool = False,
) -> Tensor:
    """Run the decoder over embeddings that follow the tokens in ``cache``, and extend the cache.

    Attention is causal and has no other mask, so that padding has to come last.

    Args:
        language: of ``build_language_model``.
        embeddings: (batch, tokens, width); batch 1 with a cache.
        cache: keys and values of the tokens before these.
        only_last: return the state of the last token only, which saves work in the last layer.

    Returns:
        Hidden states after the last norm, (batch, tokens, width), or only the last (batch, 1,
        width).
    """
    decoder = causal_model(language).model
    tokens = embeddings.shape[1]
    if cache is None:
        position_ids, mask = torch.arange(tokens, device=embeddings.device)[None], None
    else:
        position_ids, mask = cache.position_ids(tokens), cache.mask(tokens)
    position_embeddings = decoder.rotary_emb(embeddings, position_ids)
    hidden = embeddings
    for layer in decoder.layers:
        hidden = layer(
            hidden,
            attention_mask=mask,
            position_ids=position_ids,
            past_key_values=cache,
            position_embeddings=position_embeddings,
            only_last=only_last and layer is decoder.layers[-1],
        )
    if cache is not None:
        cache.advance(tokens)
    result: Tensor = decoder.norm(hidden[:, -1:] if only_last else hidden)
    return result


def restore_rotary_buffers(language: nn.Module, device: torch.device) -> None:
    """Recompute the rotary frequencies in float32; checkpoints do not hold them."""
    decoder = causal_model(language).model
    with device:
        decoder.rotary_emb = Qwen2RotaryEmbedding(decoder.config)
