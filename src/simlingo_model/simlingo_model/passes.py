# SPDX-License-Identifier: Apache-2.0
"""How a policy runs its network: eagerly, or in recorded passes of static shape."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from simlingo_model import prompts
from simlingo_model.cache import KeyValueCache, storage_shape
from simlingo_model.cached_sequence import CachedSequence
from simlingo_model.graph_recorder import GraphRecorder
from simlingo_model.network import SimLingoNetwork
from simlingo_model.pool import TensorPool
from simlingo_model.processor import Processor
from simlingo_model.static_passes import ActionPass, EncodePass
from simlingo_model.token_sequence import TokenSequence
from simlingo_model.token_steps import TokenSteps


class Passes(Protocol):
    """The passes of a network that a policy needs; thread-safe.

    Tiles (uint8) and target points (float32, checkpoint frame) are on the host.
    """

    def encode(self, tiles: Tensor) -> Tensor:
        """Map uint8 tiles (1, tiles, side, side, 3) to image tokens (1, tokens, width)."""

    def begin(self, features: Tensor, target_points_m: Tensor, capacity: int) -> TokenSequence:
        """Return an empty sequence with room for ``capacity`` tokens and queries."""

    def act(
        self,
        features: Tensor,
        target_points_m: Tensor,
        prompt: Sequence[int],
        answer: Sequence[int],
    ) -> tuple[Tensor, TokenSequence]:
        """Process prompt, answer and action queries in one pass.

        Returns:
            Path and speed waypoints (see ``TokenSequence.prefill_and_act``), and the sequence of
            prompt and answer.
        """


class EagerPasses:
    """Runs the network directly, each pass in the shape it needs.

    Args:
        network: in eval mode.
    """

    def __init__(self, network: SimLingoNetwork) -> None:
        self._network = network

    @torch.inference_mode()
    def encode(self, tiles: Tensor) -> Tensor:
        """See ``Passes``."""
        return self._network.encode_tiles(tiles)

    def begin(self, features: Tensor, target_points_m: Tensor, capacity: int) -> CachedSequence:
        """See ``Passes``."""
        cache = _empty_cache(self._network, capacity)
        return CachedSequence(self._network, features, target_points_m, cache)

    def act(
        self,
        features: Tensor,
        target_points_m: Tensor,
        prompt: Sequence[int],
        answer: Sequence[int],
    ) -> tuple[Tensor, CachedSequence]:
        """See ``Passes``."""
        capacity = len(prompt) + len(answer) + self._network.config.action.queries
        sequence = self.begin(features, target_points_m, capacity)
        return sequence.prefill_and_act(prompt, answer), sequence


class GraphPasses:
    """Passes of static shape, recorded as CUDA graphs on a GPU.

    Everything is recorded at construction and nothing while driving.  Sequences longer than the
    recorded ones are run eagerly.  Results that outlive a pass are copied into pooled tensors.

    Args:
        network: in eval mode.
        shortest, longest: tokens of an action pass, queries included.
        text_tokens: longest text after a prompt.
        recorder: records the passes; None: one for the network's device.
    """

    STEP = 32
    # The newest frames that a policy keeps, and those that language still works on.
    FRAMES = 6

    def __init__(
        self,
        network: SimLingoNetwork,
        *,
        shortest: int,
        longest: int,
        text_tokens: int,
        recorder: GraphRecorder | None = None,
    ) -> None:
        self._network = network
        self._eager = EagerPasses(network)
        self._lock = threading.Lock()
        recorder = recorder or GraphRecorder(network.device)
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

    def begin(self, features: Tensor, target_points_m: Tensor, capacity: int) -> CachedSequence:
        """See ``Passes``."""
        cache = _empty_cache(self._network, capacity, self._caches)
        return CachedSequence(self._network, features, target_points_m, cache, steps=self._steps)

    @torch.inference_mode()
    def act(
        self,
        features: Tensor,
        target_points_m: Tensor,
        prompt: Sequence[int],
        answer: Sequence[int],
    ) -> tuple[Tensor, CachedSequence]:
        """See ``Passes``."""
        ids = [*prompt, *answer]
        needed = len(ids) + self._network.config.action.queries
        fitting = next((one for one in self._actions if one.length >= needed), None)
        if fitting is None:
            return self._eager.act(features, target_points_m, prompt, answer)
        with self._lock:
            # The next run overwrites the result of this one.
            points_m, hidden = fitting.run(features, target_points_m, prompt, answer)
            points_m, hidden = self._points_m.copy_of(points_m), self._hidden.copy_of(hidden)
            cache = fitting.copy_cache(len(ids), needed)
        sequence = CachedSequence(
            self._network,
            features,
            target_points_m,
            cache,
            ids,
            steps=self._steps,
            last_hidden=hidden,
        )
        return points_m, sequence

    def _pool_of(
        self, shape: tuple[int, ...], ready: int = FRAMES, dtype: torch.dtype | None = None
    ) -> TensorPool:
        network = self._network
        return TensorPool(shape, device=network.device, dtype=dtype or network.dtype, ready=ready)


def choose_passes(network: SimLingoNetwork, processor: Processor) -> Passes:
    """Return the fastest passes of PyTorch for the network's device."""
    if network.device.type != 'cuda':
        return EagerPasses(network)
    encoder = processor.encoder
    shortest = prompts.driving_prompt(0.0, prompts.target_point_clause())
    tokens = len(encoder.question(shortest)) + len(encoder.answer(prompts.WAYPOINTS_ANSWER))
    tokens += network.config.action.queries
    return GraphPasses(
        network,
        shortest=tokens,
        longest=tokens + network.config.max_instruction_tokens,
        text_tokens=network.config.max_answer_tokens,
    )


def _empty_cache(
    network: SimLingoNetwork, capacity: int, pool: TensorPool | None = None
) -> KeyValueCache:
    return KeyValueCache(
        network.config.decoder, capacity, device=network.device, dtype=network.dtype, pool=pool
    )


def _round_up(number: int, step: int) -> int:
    return -(-number // step) * step
