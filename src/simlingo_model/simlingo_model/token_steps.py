# SPDX-License-Identifier: Apache-2.0
"""Text, token by token, as the same recorded step again and again."""

from __future__ import annotations

import threading

import torch
from torch import Tensor

from simlingo_model.cache import KeyValueCache, StepCache
from simlingo_model.network import SimLingoNetwork
from simlingo_model.recording import Recorder


class TokenSteps:
    """Reads one token and chooses the next; for one text at a time.

    Args:
        network: in eval mode.
        capacity: longest sequence, in tokens.
        recorder: records the step.
    """

    def __init__(self, network: SimLingoNetwork, capacity: int, recorder: Recorder) -> None:
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
        hidden = network.read(network.embed_tokens(self._token), self._cache)[:, -1]
        self._hidden.copy_(hidden)
        self._next_token.copy_(network.logits(hidden).argmax(-1))

    @torch.inference_mode()
    def begin(self, cache: KeyValueCache, end: int) -> bool:
        """Take a text that continues what a cache holds.

        Args:
            cache: of the sequence so far.
            end: tokens the sequence may have at last.

        Returns:
            False: another text is being said, or this one may become too long.
        """
        if end > self._cache.capacity or not self._in_use.acquire(blocking=False):
            return False
        self._cache.take(cache)
        self._count = 0
        return True

    @torch.inference_mode()
    def read(self, token: int) -> int:
        """Read a token and return the most likely next one."""
        self._token.fill_(token)
        self._run()
        self._count += 1
        return int(self._next_token)

    @torch.inference_mode()
    def end(self, cache: KeyValueCache) -> Tensor | None:
        """Write what was read behind what the cache of ``begin`` holds.

        Returns:
            The hidden state of the last token, (1, width); None: none was read.
        """
        try:
            self._cache.give(cache, self._count)
            return self._hidden.clone() if self._count else None
        finally:
            self._in_use.release()
