# SPDX-License-Identifier: Apache-2.0
"""Passes of the network whose tensors keep their shapes and places, so that they can be recorded.

Prompts differ by a few tokens; an action pass is as long as the next of a few lengths, and what is
left over comes last, where causal attention does not see it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from simlingo_model.cache import KeyValueCache
from simlingo_model.network import SimLingoNetwork
from simlingo_model.pool import TensorPool
from simlingo_model.recording import Recorder
from simlingo_model.staging_buffer import StagingBuffer

# In the place of a token that is text.
_TEXT = -1


class EncodePass:
    """Image to image tokens.

    Args:
        network: in eval mode.
        recorder: records the pass.
    """

    def __init__(self, network: SimLingoNetwork, recorder: Recorder) -> None:
        config, device = network.config, network.device
        side = config.vision.tile_px
        tiles = (1, config.image.max_tiles, side, side, 3)
        features = (1, config.image_tokens, config.decoder.width)
        self._network = network
        self._tiles = StagingBuffer(tiles, torch.uint8, device)
        self._features = torch.zeros(features, dtype=network.dtype, device=device)
        self._run = recorder.record(self._work)

    def _work(self) -> None:
        self._features.copy_(self._network.encode_tiles(self._tiles.tensor))

    @torch.inference_mode()
    def run(self, tiles: Tensor) -> Tensor:
        """Map uint8 tiles (1, tiles, side, side, 3), on the host, to image tokens.

        The next run overwrites them.
        """
        with self._tiles.open() as seen:
            seen[...] = tiles.numpy()
        self._run()
        return self._features


class ActionPass:
    """Prompt, answer and queries to points.

    Args:
        network: in eval mode.
        length: most tokens, queries included.
        recorder: records the pass.
        caches: where copies of what was read come from.
    """

    def __init__(
        self, network: SimLingoNetwork, length: int, recorder: Recorder, caches: TensorPool
    ) -> None:
        device, dtype, config = network.device, network.dtype, network.config
        width, queries = config.decoder.width, config.action.queries
        self.length = length
        self._network = network
        self._cache = KeyValueCache(
            config.decoder, length, device=device, dtype=dtype, pool=caches
        )
        # Rows: token ids; which image token, target point or query stands there instead; where
        # the queries stand.
        self._sequence = StagingBuffer((3, length), torch.int64, device)
        self._features = torch.zeros(1, config.image_tokens, width, dtype=dtype, device=device)
        self._targets_m = StagingBuffer((1, 2, 2), torch.float32, device)
        self._points_m = torch.zeros(queries, 2, device=device)
        self._hidden = torch.zeros(1, width, dtype=dtype, device=device)
        self._run = recorder.record(self._work)

    def _work(self) -> None:
        network = self._network
        ids, inserted, places = self._sequence.tensor
        targets = network.target_encoder(self._targets_m.tensor)
        insertions = torch.cat((self._features, targets, network.action.queries), dim=1)[0]
        text = network.embed_tokens(ids)
        embeddings = torch.where(
            (inserted == _TEXT)[:, None], text, insertions[inserted.clamp(min=0)]
        )
        self._cache.truncate(0)
        hidden = network.read(embeddings[None], self._cache)
        places = places[: len(self._points_m)]
        path, speed = network.action(hidden[:, places])
        self._points_m.copy_(torch.cat((path[0], speed[0])))
        self._hidden.copy_(hidden[:, places[:1] - 1][:, 0])

    @torch.inference_mode()
    def run(
        self,
        features: Tensor,
        target_points_m: Tensor,
        prompt: Sequence[int],
        said: Sequence[int],
    ) -> tuple[Tensor, Tensor]:
        """Run it.

        Args:
            features: image tokens, (1, image tokens, width).
            target_points_m: (1, 2, 2), checkpoint frame, on the host.
            prompt: token ids; image and target ids stand for features and points.
            said: token ids of plain text.

        Returns:
            Points (queries, 2), and the hidden state before the first query (1, width); both are
            overwritten by the next run.
        """
        with self._sequence.open() as sequence:
            self._lay_out(sequence, prompt, said)
        with self._targets_m.open() as targets_m:
            targets_m[...] = target_points_m.numpy()
        self._features.copy_(features)
        self._run()
        return self._points_m, self._hidden

    def copy_cache(self, tokens: int, capacity: int) -> KeyValueCache:
        """Return what the last run read, its first ``tokens``, with room for more."""
        return self._cache.fork(tokens, capacity)

    def _lay_out(
        self, sequence: NDArray[np.generic], prompt: Sequence[int], said: Sequence[int]
    ) -> None:
        network = self._network
        queries = network.config.action.queries
        ids, inserted, places = sequence
        tokens = len(prompt) + len(said)
        sequence[...] = 0
        ids[:tokens] = (*prompt, *said)
        inserted[...] = _TEXT
        first = 0
        for special, count in (
            (network.image_id, network.config.image_tokens),
            (network.target_id, 2),
        ):
            marked = np.flatnonzero(ids[: len(prompt)] == special)
            inserted[marked] = np.arange(first, first + len(marked))
            first += count
        places[:queries] = np.arange(tokens, tokens + queries)
        inserted[tokens : tokens + queries] = np.arange(first, first + queries)
