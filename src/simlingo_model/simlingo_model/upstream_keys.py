# SPDX-License-Identifier: Apache-2.0
"""Names of weights: upstream's checkpoint layout and ours.

Upstream's layout has one fused ``qkv`` where transformers has three projections, and lists the
token table three times and the output layer twice; all names but the first are aliases.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

VISION = 'vision_model.image_encoder.model.'
LANGUAGE = 'language_model.model.'
TOKEN_TABLE = LANGUAGE + 'base_model.model.model.embed_tokens.weight'
OUTPUT_LAYER = LANGUAGE + 'base_model.model.lm_head.weight'
ALIASES = {
    LANGUAGE + 'base_model.model.embed_tokens.weight': TOKEN_TABLE,
    'adaptors.language.embed_tokens.weight': TOKEN_TABLE,
    'adaptors.language.lm_head.weight': OUTPUT_LAYER,
}
FUSED_PARTS = ('q_proj', 'k_proj', 'v_proj')

# Upstream's name, ours; longest first where one begins like another.
_RENAMES = (
    (VISION + 'vision_model.embeddings.class_embedding', 'vision.model.embeddings.cls_token'),
    (
        VISION + 'vision_model.embeddings.position_embedding',
        'vision.model.embeddings.position_embeddings',
    ),
    (
        VISION + 'vision_model.embeddings.patch_embedding.',
        'vision.model.embeddings.patch_embeddings.projection.',
    ),
    (VISION + 'vision_model.encoder.layers.', 'vision.model.encoder.layer.'),
    (VISION + 'mlp1.', 'vision.projector.'),
    (LANGUAGE, 'language.'),
    ('adaptors.driving.query_embeds_wps', 'action.path_queries'),
    ('adaptors.driving.query_embeds_speed', 'action.speed_queries'),
    ('adaptors.driving.route_head.', 'action.path_head.'),
    ('adaptors.driving.speed_wps_head.', 'action.speed_head.'),
    ('wp_encoder.', 'target_encoder.'),
)
_LAYER_RENAMES = (
    ('.ls1', '.lambda_1'),
    ('.ls2', '.lambda_2'),
    ('.attn.proj.', '.attention.projection_layer.'),
    ('.norm1.', '.layernorm_before.'),
    ('.norm2.', '.layernorm_after.'),
)


def our_key(upstream_key: str) -> str:
    """Return our name of an upstream weight that is neither alias nor fused."""
    for theirs, ours in _RENAMES:
        if upstream_key.startswith(theirs):
            name = ours + upstream_key.removeprefix(theirs)
            if ours == 'vision.model.encoder.layer.':
                for old, new in _LAYER_RENAMES:
                    name = name.replace(old, new)
            return name
    return upstream_key


def upstream_key(our_name: str) -> str:
    """Return upstream's name of one of our weights; q, k and v give the same fused name."""
    for theirs, ours in _RENAMES:
        if our_name.startswith(ours):
            name = theirs + our_name.removeprefix(ours)
            if ours == 'vision.model.encoder.layer.':
                for old, new in _LAYER_RENAMES:
                    name = name.replace(new, old)
                name = re.sub(r'\.attention\.[qkv]_proj\.', '.attn.qkv.', name)
            return name
    return our_name


def to_upstream(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return our weights in upstream's layout, aliases included (sharing memory)."""
    result: dict[str, Tensor] = {}
    for name, weight in weights.items():
        key = upstream_key(name)
        if '.attn.qkv.' not in key:
            result[key] = weight
        elif '.q_proj.' in name:
            parts = [weights[name.replace('.q_proj.', f'.{part}.')] for part in FUSED_PARTS]
            result[key] = torch.cat(parts)
    for alias, source in ALIASES.items():
        if source in result:
            result[alias] = result[source]
    return result


def from_upstream(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return upstream's weights in our layout; aliases are dropped."""
    result: dict[str, Tensor] = {}
    for key, weight in weights.items():
        if key in ALIASES:
            continue
        name = our_key(key)
        if '.attn.qkv.' in key:
            for part, piece in zip(FUSED_PARTS, weight.chunk(3), strict=True):
                result[name.replace('.attn.qkv.', f'.attention.{part}.')] = piece
        else:
            result[name] = weight
    return result


def merge_lora(weights: Mapping[str, Tensor], scale: float) -> dict[str, Tensor]:
    """Return our weights with each adapter added to its layer: W + scale B A, summed in float32.

    Args:
        weights: our names, with ``base_layer``, ``lora_A`` and ``lora_B``.
        scale: alpha / rank.
    """
    result: dict[str, Tensor] = {}
    for name, weight in weights.items():
        if '.lora_A.' in name or '.lora_B.' in name:
            continue
        plain = name.replace('language.base_model.model.', 'language.')
        down = weights.get(name.replace('.base_layer.weight', '.lora_A.default.weight'))
        if name.endswith('.base_layer.weight') and down is not None:
            up = weights[name.replace('.base_layer.weight', '.lora_B.default.weight')]
            weight = (weight.float() + scale * (up.float() @ down.float())).to(weight.dtype)
        result[plain.replace('.base_layer.', '.')] = weight
    return result
