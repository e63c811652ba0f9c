# SPDX-License-Identifier: Apache-2.0
"""The passes of a policy, run by an engine from exported graphs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from simlingo_core.errors import ContractError
from simlingo_model.cache import storage_shape
from simlingo_model.config import ModelConfig
from simlingo_model.engines.runner import Arrays, GraphRunner
from simlingo_model.processor import Processor
from simlingo_model.token_sequence import TokenSequence, common_prefix

Floats = NDArray[np.float32]


class RunnerPasses:
    """``simlingo_model.passes.Passes`` of an engine.

    Args:
        runner: of the model's graphs.
        processor: of the model.
    """

    def __init__(self, runner: GraphRunner, processor: Processor) -> None:
        self._runner = runner
        self._processor = processor

    def encode(self, tiles: Tensor) -> Tensor:
        """See ``Passes``."""
        (features,) = self._runner.run('vision', {'tiles': tiles.numpy()})
        return torch.from_numpy(features)

    def begin(self, features: Tensor, target_points_m: Tensor, capacity: int) -> RunnerSequence:
        """See ``Passes``."""
        return RunnerSequence(
            self._runner,
            self._processor,
            features.numpy(),
            target_points_m.numpy(),
            EngineCache(self._processor.config, capacity),
        )

    def act(
        self,
        features: Tensor,
        target_points_m: Tensor,
        prompt: Sequence[int],
        answer: Sequence[int],
    ) -> tuple[Tensor, TokenSequence]:
        """See ``Passes``."""
        sequence = self.begin(features, target_points_m, len(prompt) + len(answer))
        return sequence.prefill_and_act(prompt, answer), sequence


class EngineCache:
    """Keys and values of one sequence on the host.

    Args:
        config: of the model.
        capacity: tokens to reserve memory for; it grows where that is not enough.
    """

    def __init__(self, config: ModelConfig, capacity: int) -> None:
        self._config = config
        self._storage: Floats = np.zeros(storage_shape(config.decoder, capacity), np.float32)
        self.length = 0

    @property
    def past(self) -> Floats:
        """Keys and values of all tokens, (layers, 2, 1, heads, tokens, head width)."""
        return np.ascontiguousarray(self._storage[..., : self.length, :])

    def append(self, present: Floats) -> None:
        """Append keys and values of new tokens, of the same shape."""
        end = self.length + present.shape[4]
        if end > self._storage.shape[4]:
            grown = np.zeros(storage_shape(self._config.decoder, 2 * end), np.float32)
            grown[..., : self.length, :] = self._storage[..., : self.length, :]
            self._storage = grown
        self._storage[..., self.length : end, :] = present
        self.length = end

    def fork(self, length: int, capacity: int) -> EngineCache:
        """Return a new cache with a copy of the first ``length`` tokens."""
        twin = EngineCache(self._config, max(length, capacity))
        twin.append(self._storage[..., :length, :])
        return twin


class RunnerSequence:
    """``TokenSequence`` of an engine.

    Args:
        runner: of the model's graphs.
        processor: of the model.
        features: image tokens, (1, image tokens, width).
        target_points_m: (1, 2, 2), checkpoint frame.
        cache: keys and values of ``ids``.
        ids: tokens processed already.
    """

    def __init__(
        self,
        runner: GraphRunner,
        processor: Processor,
        features: Floats,
        target_points_m: Floats,
        cache: EngineCache,
        ids: Sequence[int] = (),
    ) -> None:
        self._runner = runner
        self._processor = processor
        self._features = features
        self._target_points_m = target_points_m
        self._cache = cache
        self._scores: Floats | None = None
        self.ids: list[int] = list(ids)

    def prefill(self, ids: Sequence[int]) -> None:
        """See ``TokenSequence``."""
        inputs: Arrays = {'ids': _row(ids), **self._frame(), 'past': self._cache.past}
        self._extend(ids, *self._runner.run('prompt', inputs))

    def prefill_and_act(self, prompt: Sequence[int], answer: Sequence[int] = ()) -> Tensor:
        """See ``TokenSequence``."""
        ids = [*prompt, *answer]
        inputs: Arrays = {
            'ids': _row(ids),
            'is_text': np.arange(len(ids))[None] >= len(prompt),
            **self._frame(),
            'past': self._cache.past,
        }
        points_m, scores, present = self._runner.run('action', inputs)
        self._extend(ids, scores, present)
        return torch.from_numpy(points_m)

    def next_token(self) -> int:
        """Return the most likely next token without appending it.

        Raises:
            ContractError: the sequence is empty.
        """
        if self._scores is None:
            raise ContractError('the sequence is empty; prefill a prompt before generating text')
        return int(self._scores.argmax())

    def generate(self, end_id: int, most: int) -> Iterator[int]:
        """See ``TokenSequence``."""
        for count in range(most):
            token = self.next_token()
            yield token
            if token == end_id or count == most - 1:
                return
            inputs: Arrays = {'ids': _row([token]), 'past': self._cache.past}
            self._extend([token], *self._runner.run('step', inputs))

    def fork(self, ids: Sequence[int], capacity: int) -> RunnerSequence | None:
        """See ``TokenSequence``."""
        encoder = self._processor.encoder
        shared = common_prefix(
            self.ids, ids, image_id=encoder.image_id, target_id=encoder.target_id
        )
        if shared == 0:
            return None
        cache = self._cache.fork(shared, capacity)
        return RunnerSequence(
            self._runner,
            self._processor,
            self._features,
            self._target_points_m,
            cache,
            ids[:shared],
        )

    def _frame(self) -> dict[str, Floats]:
        return {'features': self._features, 'target_points_m': self._target_points_m}

    def _extend(self, ids: Sequence[int], scores: Floats, present: Floats) -> None:
        self._scores = scores
        self._cache.append(present)
        self.ids += ids


def _row(ids: Sequence[int]) -> NDArray[np.int64]:
    return np.array([list(ids)], dtype=np.int64)
