# SPDX-License-Identifier: Apache-2.0
"""Linear layers whose weights are stored in the blocked layout of oneDNN.

oneDNN multiplies blocks.  It rearranges a plain bfloat16 weight for every product, which takes as
long as the product itself where few rows are multiplied.

PyTorch has no public interface for this.  The operators used here are those of its compiler for
frozen weights; they may change with its version, which is pinned, and the tests would fail.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PackedLinear(nn.Module):
    """Replaces one or more linear layers of the same input; it cannot be trained or saved.

    Args:
        linears: with bfloat16 weights on a CPU, all or none with a bias.
    """

    def __init__(self, *linears: nn.Linear) -> None:
        super().__init__()
        weight = torch.cat([linear.weight.detach() for linear in linears])
        biases = [linear.bias.detach() for linear in linears if linear.bias is not None]
        self.bias = nn.Parameter(torch.cat(biases), requires_grad=False) if biases else None
        self._weight: Tensor = torch.ops.mkldnn._reorder_linear_weight(weight)

    def forward(self, values: Tensor) -> Tensor:
        """Map (..., in) to (..., out)."""
        return self._with('none', values)

    def swish(self, values: Tensor) -> Tensor:
        """Map (..., in) to (..., out) and apply x * sigmoid(x)."""
        return self._with('swish', values)

    def times(self, factors: Tensor, values: Tensor) -> Tensor:
        """Map (..., in) to (..., out) and multiply by ``factors``."""
        return self._and('mul', factors, values)

    def added_to(self, terms: Tensor, values: Tensor) -> Tensor:
        """Map (..., in) to (..., out) and add ``terms``."""
        return self._and('add', terms, values)

    def _with(self, activation: str, values: Tensor) -> Tensor:
        product: Tensor = torch.ops.mkldnn._linear_pointwise(
            values, self._weight, self.bias, activation, [], ''
        )
        return product

    def _and(self, operation: str, other: Tensor, values: Tensor) -> Tensor:
        product: Tensor = torch.ops.mkldnn._linear_pointwise.binary(
            values, other, self._weight, self.bias, operation
        )
        return product

    @property
    def weight_bytes(self) -> int:
        """Memory of the weight."""
        return self._weight.numel() * self._weight.dtype.itemsize
