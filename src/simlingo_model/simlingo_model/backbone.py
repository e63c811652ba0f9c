# SPDX-License-Identifier: Apache-2.0
"""Weights of InternVL2-1B (or another size of it) as the start of a training."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from simlingo_core.errors import CheckpointError
from simlingo_model.network import SimLingoNetwork
from simlingo_model.upstream_keys import FUSED_PARTS, LANGUAGE, VISION, our_key
from simlingo_model.weight_files import read_weights

ADAPTED = 'base_model.model.'
"""What peft puts before the names of a decoder with adapters."""
NOT_THERE = ('lora_', 'action.', 'target_encoder.')
"""Weights of ours that a backbone does not have."""


def load_backbone(network: SimLingoNetwork, folder: Path) -> None:
    """Fill vision tower, projector and decoder with the weights of a Hugging Face folder.

    Args:
        network: of the same sizes; adapters, queries and heads stay as they are.
        folder: with ``model.safetensors`` (one or several) as InternVL's authors publish it.

    Raises:
        CheckpointError: there are no weights, or they are of another model.
    """
    files = sorted(folder.glob('*.safetensors'))
    if not files:
        raise CheckpointError(
            f'{folder} holds no *.safetensors; expected the folder of InternVL2-1B as published'
        )
    found = {key: w for file in files for key, w in read_weights(file).items()}
    ours = _renamed(found, has_adapters=network.config.lora is not None)
    state = network.state_dict()
    wanted = {name for name in state if not any(part in name for part in NOT_THERE)}
    if not network.config.has_language:
        wanted = {name for name in wanted if name.startswith('vision.')}
        ours = {name: weight for name, weight in ours.items() if name in wanted}
    missing, extra = sorted(wanted - set(ours)), sorted(set(ours) - wanted)
    if missing or extra:
        raise CheckpointError(
            f'{folder} does not fit {network.config.name}: {len(missing)} weights are missing '
            f'({", ".join(missing[:3])}), {len(extra)} are not known ({", ".join(extra[:3])})'
        )
    for name, weight in ours.items():
        if weight.shape != state[name].shape:
            raise CheckpointError(
                f'{folder}: {name} has shape {tuple(weight.shape)}; expected '
                f'{tuple(state[name].shape)}: the folder is of another size'
            )
    with torch.no_grad():
        for name, weight in ours.items():
            state[name].copy_(weight)


def _renamed(weights: dict[str, Tensor], *, has_adapters: bool) -> dict[str, Tensor]:
    """Return a backbone's weights under our names."""
    result: dict[str, Tensor] = {}
    for key, weight in weights.items():
        if key.startswith('language_model.'):
            name = our_key(LANGUAGE + key.removeprefix('language_model.'))
            result[_adapted(name) if has_adapters else name] = weight
            continue
        name = our_key(VISION + key)
        if '.attn.qkv.' not in key:
            result[name] = weight
            continue
        for part, piece in zip(FUSED_PARTS, weight.chunk(3), strict=True):
            result[name.replace('.attn.qkv.', f'.attention.{part}.')] = piece
    return result


def _adapted(name: str) -> str:
    """Return the name of a decoder weight under peft."""
    name = name.replace('language.', 'language.' + ADAPTED, 1)
    if '_proj.' in name:
        stem, _, last = name.rpartition('.')
        return f'{stem}.base_layer.{last}'
    return name
