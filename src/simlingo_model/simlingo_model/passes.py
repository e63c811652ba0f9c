# SPDX-License-Identifier: Apache-2.0
"""How a policy runs its network: as it comes, or in recorded passes of fixed shape."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from simlingo_model.cache import KeyValueCache, storage_shape
from simlingo_model.fixed_passes import ActionPass, EncodePass
from simlingo_model.network import SimLingoNetwork
from simlingo_model.pool import TensorPool
from simlingo_model.reading import Reading
from simlingo_model.recording import Recorder
from simlingo_model.token_steps import TokenSteps


class Passes(Protocol):
    """What a policy needs; for several threads.

    Tiles (uint8) and target points (float32, checkpoint frame) are on the host.
    """

    def encode(self, tiles: Tensor) -> Tensor:
        """Map uint8 tiles (1, tiles, side, side, 3) to image tokens (1, tokens, width)."""

    def begin(self, features: Tensor, target_points_m: Tensor, capacity: int) -> Reading:
        """Return a reading of nothing yet, with room for ``capacity`` tokens and queries."""

    def act(
        self,
        features: Tensor,
        target_points_m: Tensor,
        prompt: Sequence[int],
        said: Sequence[int],
    ) -> tuple[Tensor, Reading]:
        """Read prompt, said tokens and queries in one pass.

        Returns:
            Path and speed waypoints (see ``Reading.read_and_act``), and the reading of prompt and
            said tokens.
        """


class PlainPasses:
    """The network's passes as they come, each of the shape it needs.

    Args:
        network: in eval mode.
    """

    def __init__(self, network: SimLingoNetwork) -> None:
        self._network = network

    @torch.inference_mode()
    def encode(self, tiles: Tensor) -> Tensor:
        """See ``Passes``."""
        return self._network.encode_tiles(tiles)

    def begin(self, features: Tensor, target_points_m: Tensor, capacity: int) -> Reading:
        """See ``Passes``."""
        cache = _empty_cache(self._network, capacity)
        return Reading(self._network, features, target_points_m, cache)

    def act(
        self,
        features: Tensor,
        target_points_m: Tensor,
        prompt: Sequence[int],
        said: Sequence[int],
    ) -> tuple[Tensor, Reading]:
        """See ``Passes``."""
        capacity = len(prompt) + len(said) + self._network.config.action.queries
        reading = self.begin(features, target_points_m, capacity)
        return reading.read_and_act(prompt, said), reading


class RecordedPasses:
    """Passes of fixed shape: on a GPU nothing but their record is run (CUDA graphs).

    Longer sequences than it was made for are read as they come.  All is recorded here, nothing
    while driving; what is kept of a frame is copied into tensors that forgotten frames gave back.

    Args:
        network: in eval mode.
        shortest, longest: tokens of an action pass, queries included.
        text_tokens: longest text behind a prompt.
        recorder: records the passes; None: one of the network's device.
    """

    STEP = 32
    # The newest frames that a policy remembers, and those that language still speaks about.
    FRAMES = 6

    def __init__(
        self,
        network: SimLingoNetwork,
        *,
        shortest: int,
        longest: int,
        text_tokens: int,
        recorder: Recorder | None = None,
    ) -> None:
        self._network = network
        self._plain = PlainPasses(network)
        self._lock = threading.Lock()
        recorder = recorder or Recorder(network.device)
        lengths = range(_round_up(shortest, self.STEP), longest + self.STEP, self.STEP)
        capacity = lengths[-1] + text_tokens
        cache = storage_shape(network.config.decoder, capacity)
        self._caches = self._pool_of(cache, self.FRAMES + len(lengths))
        self._encode = EncodePass(network, recorder)
        self._actions = [ActionPass(network, length, recorder, self._caches) for length in lengths]
        self._steps = TokenSteps(network, capacity, recorder)
        decoder, queries = network.config.decoder, network.config.action.queries
        self._features = self._pool_of((1, network.config.image_tokens, decoder.width))
        self._hidden = self._pool_of((1, decoder.width))
        self._points_m = self._pool_of((queries, 2), dtype=torch.float32)

    @torch.inference_mode()
    def encode(self, tiles: Tensor) -> Tensor:
        """See ``Passes``."""
        with self._lock:
            return self._features.copy_of(self._encode.run(tiles))

    def begin(self, features: Tensor, target_points_m: Tensor, capacity: int) -> Reading:
        """See ``Passes``."""
        cache = _empty_cache(self._network, capacity, self._caches)
        return Reading(self._network, features, target_points_m, cache, steps=self._steps)

    @torch.inference_mode()
    def act(
        self,
        features: Tensor,
        target_points_m: Tensor,
        prompt: Sequence[int],
        said: Sequence[int],
    ) -> tuple[Tensor, Reading]:
        """See ``Passes``."""
        ids = [*prompt, *said]
        needed = len(ids) + self._network.config.action.queries
        fitting = next((one for one in self._actions if one.length >= needed), None)
        if fitting is None:
            return self._plain.act(features, target_points_m, prompt, said)
        with self._lock:
            # The next run overwrites what this one gives.
            points_m, hidden = fitting.run(features, target_points_m, prompt, said)
            points_m, hidden = self._points_m.copy_of(points_m), self._hidden.copy_of(hidden)
            cache = fitting.copy_cache(len(ids), needed)
        reading = Reading(
            self._network,
            features,
            target_points_m,
            cache,
            ids,
            steps=self._steps,
            last_hidden=hidden,
        )
        return points_m, reading

    def _pool_of(
        self, shape: tuple[int, ...], ready: int = FRAMES, dtype: torch.dtype | None = None
    ) -> TensorPool:
        network = self._network
        return TensorPool(shape, device=network.device, dtype=dtype or network.dtype, ready=ready)


def _empty_cache(
    network: SimLingoNetwork, capacity: int, pool: TensorPool | None = None
) -> KeyValueCache:
    return KeyValueCache(
        network.config.decoder, capacity, device=network.device, dtype=network.dtype, pool=pool
    )


def _round_up(number: int, step: int) -> int:
    return -(-number // step) * step
