# SPDX-License-Identifier: Apache-2.0
"""More configurations: SimLingo-Base in two sizes, and another backbone of the same family."""

from __future__ import annotations

import dataclasses

from simlingo_model.config import (
    NUMBERS,
    ActionConfig,
    DecoderConfig,
    ImageConfig,
    LoraConfig,
    ModelConfig,
    internvl2_1b,
    mini,
)

BASE_ROWS = 8
"""Rows of the token table of a model without language: nothing is looked up there."""
BASE_REACH_M = 64.0


def mini_base() -> ModelConfig:
    """Return SimLingo-Base in small: the mini without language."""
    return _base(mini(), mini().decoder, 'mini_base')


def internvl2_1b_base() -> ModelConfig:
    """Return SimLingo-Base: the vision tower of InternVL2-1B and the base's own decoder.

    The decoder is upstream's "tiny" LLaMA (upstream_spec §1.11): 12 layers, 8 heads, width 512,
    feed-forward 2048, trained from nothing.
    """
    decoder = DecoderConfig(
        width=512, layers=12, heads=8, key_value_heads=8, mlp_width=2048, rope_theta=1e4
    )
    return _base(internvl2_1b(), decoder, 'internvl2_1b_base')


def internvl3_1b() -> ModelConfig:
    """Return InternVL3-1B: the same vision tower, Qwen2.5-0.5B as the decoder."""
    return ModelConfig(
        name='internvl3_1b', decoder=DecoderConfig(vocabulary_rows=151674), lora=LoraConfig()
    )


def _base(model: ModelConfig, decoder: DecoderConfig, name: str) -> ModelConfig:
    """Return a model without language: inputs as numbers, heads with one hidden layer."""
    prior = model.action
    return dataclasses.replace(
        model,
        name=name,
        inputs=NUMBERS,
        image=ImageConfig(equalises_brightness=True),
        decoder=dataclasses.replace(decoder, vocabulary_rows=BASE_ROWS),
        lora=None,
        action=ActionConfig(
            path_head_widths=(256,),
            speed_head_widths=(256,),
            target_encoder_widths=(256,),
            target_scale_m=BASE_REACH_M,
            target_offset_m=BASE_REACH_M / 2.0,
            path_prior_step_m=prior.path_prior_step_m,
            speed_prior_step_m=prior.speed_prior_step_m,
        ),
    )
