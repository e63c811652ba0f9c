# SPDX-License-Identifier: Apache-2.0
"""Linear layers whose weights are laid out once for the processor's matrix products.

oneDNN multiplies blocks; a plain bfloat16 weight is rearranged at every product, which costs as
much as the product itself where few rows are multiplied.

PyTorch has no public name for this: the operators are those that its compiler uses for frozen
weights, and may change with its version (pinned; the tests would tell).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PackedLinear(nn.Module):
    """Stands in for linear layers side by side; their weights cannot be read back or trained.

    Args:
        linears: of bfloat16 weights on a CPU, with the same input, all or none with a bias.
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
