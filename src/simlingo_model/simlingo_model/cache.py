# SPDX-License-Identifier: Apache-2.0
"""Keys and values of the tokens that the decoder has processed."""

from __future__ import annotations

import torch
from torch import Tensor

from simlingo_core.errors import ContractError
from simlingo_model.config import DecoderConfig
from simlingo_model.pool import TensorPool

# Axis of a storage.
_TOKENS = 4


class KeyValueCache:
    """Preallocated keys and values of one sequence, shape (1, heads, capacity, width) a layer.

    ``update`` writes behind the tokens processed so far; the decoder calls ``advance`` once all
    layers have written.  ``truncate`` drops the newest tokens, ``fork`` copies a prefix, so that
    two continuations of one prefix can run in different threads.

    Args:
        config: of the decoder.
        capacity: largest number of tokens.
        device: of keys and values.
        dtype: of keys and values.
        pool: provides the memory of this cache and its forks, unless one needs more than a
            tensor of the pool has.
    """

    def __init__(
        self,
        config: DecoderConfig,
        capacity: int,
        *,
        device: torch.device,
        dtype: torch.dtype,
        pool: TensorPool | None = None,
    ) -> None:
        self._config = config
        self._pool = pool
        self.capacity = capacity
        self.length = 0
        shape = storage_shape(config, capacity)
        if pool is not None and shape[_TOKENS] <= pool.shape[_TOKENS]:
            self._storage = pool.acquire_for(self)
        else:
            self._storage = torch.empty(shape, device=device, dtype=dtype)

    def position_ids(self, tokens: int) -> Tensor:
        """Return the positions of the next ``tokens``, (1, tokens)."""
        end = self.length + tokens
        return torch.arange(self.length, end, device=self._storage.device)[None]

    def mask(self, tokens: int) -> Tensor | None:
        """Return which tokens each of the next ``tokens`` attends to, bool (1, 1, tokens, all).

        None: causal attention alone is right.
        """
        if self.length == 0 or tokens == 1:
            return None
        allowed = torch.ones(
            tokens, self.length + tokens, dtype=torch.bool, device=self._storage.device
        )
        return allowed.tril(diagonal=self.length)[None, None]

    def update(
        self, keys: Tensor, values: Tensor, layer_idx: int, *_: object, **__: object
    ) -> tuple[Tensor, Tensor]:
        """Store new keys and values of a layer and return all of them (transformers' interface).

        Raises:
            ContractError: the capacity is exceeded.
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
        """Count ``tokens`` more as processed."""
        self.length += tokens

    def truncate(self, length: int) -> None:
        """Drop all but the first ``length`` tokens."""
        self.length = min(self.length, length)

    def fork(self, length: int, capacity: int) -> KeyValueCache:
        """Return a new cache that holds a copy of the first ``length`` tokens."""
        twin = KeyValueCache(
            self._config,
            max(capacity, length),
            device=self._storage.device,
            dtype=self._storage.dtype,
            pool=self._pool,
        )
        twin._storage[..., :length, :] = self._storage[..., :length, :]
        twin.length = length
        return twin


class StepCache:
    """Keys and values of one sequence that grows token by token, in tensors of fixed shape.

    The position of the next token is a tensor as well, so that one recorded step can be replayed
    for every token.  Attention gets the whole storage; the mask excludes what was not written.
    """

    def __init__(
        self, config: DecoderConfig, capacity: int, *, device: torch.device, dtype: torch.dtype
    ) -> None:
        self.capacity = capacity
        # Zeros, because masked positions are still multiplied, by a weight of zero.
        self._storage = torch.zeros(storage_shape(config, capacity), device=device, dtype=dtype)
        self._next = torch.zeros(1, dtype=torch.int64, device=device)
        self._columns = torch.arange(capacity, device=device)

    def position_ids(self, tokens: int) -> Tensor:
        """Return the position of the next token, (1, 1)."""
        return self._next.expand(1, tokens)

    def mask(self, tokens: int) -> Tensor:
        """Return which positions the next token attends to, bool (1, 1, 1, capacity)."""
        return (self._columns <= self._next).expand(1, 1, tokens, -1)

    def update(
        self, keys: Tensor, values: Tensor, layer_idx: int, *_: object, **__: object
    ) -> tuple[Tensor, Tensor]:
        """Store keys and values of the next token in a layer and return the whole storage."""
        layer = self._storage[layer_idx]
        layer[0].index_copy_(2, self._next, keys)
        layer[1].index_copy_(2, self._next, values)
        return layer[0], layer[1]

    def advance(self, tokens: int) -> None:
        """Count ``tokens`` more as processed."""
        self._next += tokens

    def copy_from(self, cache: KeyValueCache) -> None:
        """Start with a copy of another cache."""
        length = cache.length
        self._storage[..., :length, :] = cache._storage[..., :length, :]
        self._next.fill_(length)

    def append_to(self, cache: KeyValueCache, tokens: int) -> None:
        """Append the first ``tokens`` that were processed since ``copy_from`` to ``cache``."""
        new = slice(cache.length, cache.length + tokens)
        cache._storage[..., new, :] = self._storage[..., new, :]
        cache.advance(tokens)


def storage_shape(config: DecoderConfig, capacity: int) -> tuple[int, ...]:
    """Return (layers, keys and values, 1, heads, tokens, width)."""
    return (
        config.layers,
        2,
        1,
        config.key_value_heads,
        capacity,
        config.width // config.heads,
    )
