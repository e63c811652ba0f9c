# SPDX-License-Identifier: Apache-2.0
"""Prepare a network for inference on a CPU by packing its weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import nn
from transformers.models.qwen2.modeling_qwen2 import Qwen2DecoderLayer

from simlingo_model.network import SimLingoNetwork
from simlingo_model.packed_layer import PackedDecoderLayer
from simlingo_model.packed_linear import PackedLinear


def can_pack(network: SimLingoNetwork) -> bool:
    """Whether packing is possible and useful: bfloat16 on a CPU whose oneDNN supports it."""
    return (
        network.config.lora is None
        and network.device.type == 'cpu'
        and network.dtype is torch.bfloat16
        and bool(cast(Any, torch.backends.mkldnn).is_available())
        and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    )


def pack_weights(network: SimLingoNetwork) -> None:
    """Replace decoder layers and the linear layers of decoder and vision tower by packed ones.

    The network can then be neither trained nor saved.

    Args:
        network: with merged adapters (``can_pack``).
    """
    for part in (network.vision, network.language):
        _replace(part, Qwen2DecoderLayer, PackedDecoderLayer)
        _replace(part, nn.Linear, PackedLinear)


def _replace(part: nn.Module, kind: type[Any], stand_in: Callable[[Any], nn.Module]) -> None:
    for module in list(part.modules()):
        for name, child in module.named_children():
            if isinstance(child, kind):
                setattr(module, name, stand_in(child))


def weight_bytes(part: nn.Module) -> int:
    """Return the memory of all weights of a network or a part of it, packed or not."""
    packed = sum(m.weight_bytes for m in part.modules() if isinstance(m, PackedLinear))
    return packed + sum(p.numel() * p.element_size() for p in part.parameters())
