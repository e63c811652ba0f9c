# SPDX-License-Identifier: Apache-2.0
"""Keys and values of what the decoder has already read."""

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

    ``update`` writes behind the tokens read so far; the decoder calls ``advance`` once all layers
    have written.  ``truncate`` forgets the newest tokens, ``fork`` copies a prefix, so that two
    continuations of one prefix can run in different threads.

    Args:
        config: of the decoder.
        capacity: tokens there is room for.
        device: where it is.
        dtype: of keys and values.
        pool: where this cache and its forks take their room from, unless they need more than
            there is in one of its tensors.
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
            self._storage = pool.lend_to(self)
        else:
            self._storage = torch.empty(shape, device=device, dtype=dtype)

    def position_ids(self, tokens: int) -> Tensor:
        """Return where the next ``tokens`` stand, (1, tokens)."""
        end = self.length + tokens
        return torch.arange(self.length, end, device=self._storage.device)[None]

    def mask(self, tokens: int) -> Tensor | None:
        """Return who of the next ``tokens`` may see whom, bool (1, 1, tokens, all).

        None: nothing but causal attention is asked for.
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
            pool=self._pool,
        )
        twin._storage[..., :length, :] = self._storage[..., :length, :]
        twin.length = length
        return twin


class StepCache:
    """Keys and values of one sequence that grows token by token, in tensors of fixed shape.

    Where the next token goes is a tensor as well, so that the same recorded step can run again
    and again.  All of the room is returned to attention; the mask hides what was not written.
    """

    def __init__(
        self, config: DecoderConfig, capacity: int, *, device: torch.device, dtype: torch.dtype
    ) -> None:
        self.capacity = capacity
        # Zeros: what the mask hides is still multiplied, by nothing.
        self._storage = torch.zeros(storage_shape(config, capacity), device=device, dtype=dtype)
        self._next = torch.zeros(1, dtype=torch.int64, device=device)
        self._columns = torch.arange(capacity, device=device)

    def position_ids(self, tokens: int) -> Tensor:
        """Return where the next token stands, (1, 1)."""
        return self._next.expand(1, tokens)

    def mask(self, tokens: int) -> Tensor:
        """Return what the next token may see, bool (1, 1, 1, capacity)."""
        return (self._columns <= self._next).expand(1, 1, tokens, -1)

    def update(
        self, keys: Tensor, values: Tensor, layer_idx: int, *_: object, **__: object
    ) -> tuple[Tensor, Tensor]:
        """Store keys and values of the next token in a layer and return all of the room."""
        layer = self._storage[layer_idx]
        layer[0].index_copy_(2, self._next, keys)
        layer[1].index_copy_(2, self._next, values)
        return layer[0], layer[1]

    def advance(self, tokens: int) -> None:
        """Count ``tokens`` more as read."""
        self._next += tokens

    def take(self, cache: KeyValueCache) -> None:
        """Begin with what another cache holds."""
        length = cache.length
        self._storage[..., :length, :] = cache._storage[..., :length, :]
        self._next.fill_(length)

    def give(self, cache: KeyValueCache, tokens: int) -> None:
        """Write the first ``tokens`` that were read since ``take`` behind what ``cache`` holds."""
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
