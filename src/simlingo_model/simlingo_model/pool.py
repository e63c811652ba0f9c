# SPDX-License-Identifier: Apache-2.0
"""Tensors that are lent instead of allocated."""

from __future__ import annotations

import weakref

import torch
from torch import Tensor


class TensorPool:
    """Tensors of one shape, each lent to one borrower at a time.

    A borrower gives its tensor back by being forgotten, in whichever thread.  There are as many
    tensors as were ever lent at once: after the first few frames none is allocated any more.  On
    a GPU all borrowers work on one stream, so that a new one writes after the old one has read.

    Args:
        shape: of each tensor.
        device: where they are.
        dtype: of each tensor.
        ready: how many are made at once.
    """

    def __init__(
        self, shape: tuple[int, ...], *, device: torch.device, dtype: torch.dtype, ready: int
    ) -> None:
        self.shape = shape
        self._device = device
        self._dtype = dtype
        self._free = [self._make() for _ in range(ready)]

    def lend_to(self, borrower: object) -> Tensor:
        """Return a tensor of whatever content that is the borrower's as long as it lives."""
        tensor = self._take()
        self._lend(tensor, borrower)
        return tensor

    def copy_of(self, source: Tensor) -> Tensor:
        """Return a copy of ``source``; its place is taken until the copy itself is forgotten.

        A view of the copy does not hold the place.
        """
        tensor = self._take()
        copy = tensor.detach()
        self._lend(tensor, copy)
        return copy.copy_(source)

    def _take(self) -> Tensor:
        try:
            return self._free.pop()
        except IndexError:
            return self._make()

    def _lend(self, tensor: Tensor, borrower: object) -> None:
        weakref.finalize(borrower, self._free.append, tensor).atexit = False

    def _make(self) -> Tensor:
        return torch.empty(self.shape, device=self._device, dtype=self._dtype)
