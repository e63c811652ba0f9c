# SPDX-License-Identifier: Apache-2.0
"""Generate text by repeating one recorded step for each token."""

from __future__ import annotations

import threading

import torch
from torch import Tensor

from simlingo_model.cache import KeyValueCache, StepCache
from simlingo_model.graph_recorder import GraphRecorder
from simlingo_model.network import SimLingoNetwork


class TokenSteps:
    """Processes one token and returns the most likely next one; for one text at a time.

    Args:
        network: in eval mode.
        capacity: tokens of the longest sequence.
        recorder: records the step as a CUDA graph.
    """

    def __init__(self, network: SimLingoNetwork, capacity: int, recorder: GraphRecorder) -> None:
        device, dtype, decoder = network.device, network.dtype, network.config.decoder
        self._network = network
        self._in_use = threading.Lock()
        self._cache = StepCache(decoder, capacity, device=device, dtype=dtype)
        self._token = torch.zeros(1, 1, dtype=torch.int64, device=device)
        self._next_token = torch.zeros(1, dtype=torch.int64, device=device)
        self._hidden = torch.zeros(1, decoder.width, device=device, dtype=dtype)
        self._count = 0
        self._run = recorder.record(self._work)

    def _work(self) -> None:
        network = self._network
        hidden = network.run_decoder(network.embed_tokens(self._token), self._cache)[:, -1]
        self._hidden.copy_(hidden)
        self._next_token.copy_(network.logits(hidden).argmax(-1))

    @torch.inference_mode()
    def begin(self, cache: KeyValueCache, end: int) -> bool:
        """Start a text that continues the sequence in a cache.

        Args:
            cache: keys and values of the sequence so far.
            end: largest number of tokens that the sequence can have in the end.

        Returns:
            False if another text is being generated or this one could exceed the capacity.
        """
        if end > self._cache.capacity or not self._in_use.acquire(blocking=False):
            return False
        self._cache.copy_from(cache)
        self._count = 0
        return True

    @torch.inference_mode()
    def next_token(self, token: int) -> int:
        """Append a token and return the most likely next one."""
        self._token.fill_(token)
        self._run()
        self._count += 1
        return int(self._next_token)

    @torch.inference_mode()
    def end(self, cache: KeyValueCache) -> Tensor | None:
        """Append the tokens of this text to the cache that was passed to ``begin``.

        Returns:
            The hidden state of the last token, (1, width); None: none was appended.
        """
        try:
            self._cache.append_to(cache, self._count)
            return self._hidden.clone() if self._count else None
        finally:
            self._in_use.release()
