# SPDX-License-Identifier: Apache-2.0
"""Weights of linear layers laid out once for the processor's matrix products.

oneDNN multiplies blocks; a plain bfloat16 weight is rearranged at every product, which costs as
much as the product itself where few rows are multiplied.  The results are the same numbers.

PyTorch has no public name for this: the operators are those that its compiler uses for frozen
weights, and may change with its version (pinned; the tests would tell).
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn

from simlingo_model.network import SimLingoNetwork


class PackedLinear(nn.Module):
    """Stands in for a linear layer; its weight cannot be read back or trained.

    Args:
        linear: of bfloat16 weights on a CPU.
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.bias = linear.bias
        self._weight: Tensor = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach())

    def forward(self, values: Tensor) -> Tensor:
        """Map (..., in) to (..., out)."""
        product: Tensor = torch.ops.mkldnn._linear_pointwise(
            values, self._weight, self.bias, 'none', [], ''
        )
        return product

    @property
    def weight_bytes(self) -> int:
        """Memory of the weight."""
        return self._weight.numel() * self._weight.dtype.itemsize


def can_pack(network: SimLingoNetwork) -> bool:
    """Whether packing is of use: bfloat16 on a CPU whose oneDNN multiplies it."""
    return (
        network.device.type == 'cpu'
        and network.dtype is torch.bfloat16
        and bool(cast(Any, torch.backends.mkldnn).is_available())
        and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    )


def pack_weights(network: SimLingoNetwork) -> None:
    """Replace the linear layers of vision tower and language model; for driving only.

    The network then neither learns nor can be saved.
    """
    for part in (network.vision, network.language):
        for module in list(part.modules()):
            for name, child in module.named_children():
                if isinstance(child, nn.Linear):
                    setattr(module, name, PackedLinear(child))


def weight_bytes(network: SimLingoNetwork) -> int:
    """Return the memory of all weights, packed or not."""
    packed = sum(m.weight_bytes for m in network.modules() if isinstance(m, PackedLinear))
    return packed + sum(p.numel() * p.element_size() for p in network.parameters())
