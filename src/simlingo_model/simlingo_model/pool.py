# SPDX-License-Identifier: Apache-2.0
"""A pool of tensors that are reused instead of allocated anew."""

from __future__ import annotations

import weakref

import torch
from torch import Tensor


class TensorPool:
    """Tensors of one shape, each in use by one owner at a time.

    A tensor returns to the pool when its owner is garbage-collected, in any thread.  The pool
    grows to the largest number of tensors in use at once, so that after the first few frames
    none is allocated any more.  On a GPU all owners work on one stream, so that a new owner's
    writes come after the old owner's reads.

    Args:
        shape: of each tensor.
        device: where they are.
        dtype: of each tensor.
        ready: how many are allocated at the beginning.
    """

    def __init__(
        self, shape: tuple[int, ...], *, device: torch.device, dtype: torch.dtype, ready: int
    ) -> None:
        self.shape = shape
        self._device = device
        self._dtype = dtype
        self._free = [self._make() for _ in range(ready)]

    def acquire_for(self, owner: object) -> Tensor:
        """Return a tensor of undefined content that is reserved until ``owner`` is collected."""
        tensor = self._take()
        self._release_with(tensor, owner)
        return tensor

    def copy_of(self, source: Tensor) -> Tensor:
        """Return a copy of ``source`` in a tensor that is reserved until the copy is collected.

        A view of the copy does not keep it reserved.
        """
        tensor = self._take()
        copy = tensor.detach()
        self._release_with(tensor, copy)
        return copy.copy_(source)

    def _take(self) -> Tensor:
        try:
            return self._free.pop()
        except IndexError:
            return self._make()

    def _release_with(self, tensor: Tensor, owner: object) -> None:
        weakref.finalize(owner, self._free.append, tensor).atexit = False

    def _make(self) -> Tensor:
        return torch.empty(self.shape, device=self._device, dtype=self._dtype)
