# SPDX-License-Identifier: Apache-2.0
"""Keys and values of what the decoder has already read."""

from __future__ import annotations

import torch
from torch import Tensor

from simlingo_core.errors import ContractError
from simlingo_model.config import DecoderConfig


class KeyValueCache:
    """Preallocated keys and values of one sequence, shape (1, heads, capacity, width) a layer.

    ``update`` writes behind the tokens read so far; the decoder calls ``advance`` once all layers
    have written.  ``truncate`` forgets the newest tokens, ``fork`` copies a prefix, so that two
    continuations of one prefix can run in different threads.
    """

    def __init__(
        self, config: DecoderConfig, capacity: int, *, device: torch.device, dtype: torch.dtype
    ) -> None:
        self._config = config
        self.capacity = capacity
        self.length = 0
        shape = (
            config.layers,
            2,
            1,
            config.key_value_heads,
            capacity,
            config.width // config.heads,
        )
        self._storage = torch.empty(shape, device=device, dtype=dtype)

    def update(
        self, keys: Tensor, values: Tensor, layer_idx: int, *_: object, **__: object
    ) -> tuple[Tensor, Tensor]:
        """Store new keys and values of a layer and return all of them (transformers' interface).

        Raises:
            ContractError: there is no room left.
        """
        end = self.length + keys.shape[2]
        if end > self.capacity:
            raise ContractError(
                f'the sequence has {end} tokens; the cache was made for {self.capacity}'
            )
        layer = self._storage[layer_idx]
        layer[0, :, :, self.length : end] = keys
        layer[1, :, :, self.length : end] = values
        return layer[0, :, :, :end], layer[1, :, :, :end]

    def advance(self, tokens: int) -> None:
        """Count ``tokens`` more as read."""
        self.length += tokens

    def truncate(self, length: int) -> None:
        """Forget all but the first ``length`` tokens."""
        self.length = min(self.length, length)

    def fork(self, length: int, capacity: int) -> KeyValueCache:
        """Return a new cache that holds a copy of the first ``length`` tokens."""
        twin = KeyValueCache(
            self._config,
            max(capacity, length),
            device=self._storage.device,
            dtype=self._storage.dtype,
        )
        twin._storage[..., :length, :] = self._storage[..., :length, :]
        twin.length = length
        return twin

    @property
    def bytes(self) -> int:
        """Memory held."""
        return self._storage.numel() * self._storage.element_size()
