# SPDX-License-Identifier: Apache-2.0
"""Passes of the network whose tensors keep their shape and address, so that they can be recorded.

Prompts differ by a few tokens.  A prompt is padded to the next of a few lengths; the padding comes
last, where causal attention excludes it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from simlingo_model.cache import KeyValueCache
from simlingo_model.graph_recorder import GraphRecorder
from simlingo_model.network import SimLingoNetwork
from simlingo_model.pool import TensorPool
from simlingo_model.staging_buffer import StagingBuffer

# Marks a token that is text and not replaced by another embedding.
_TEXT = -1


class EncodePass:
    """Image to image tokens.

    Args:
        network: in eval mode.
        recorder: records the pass.
    """

    def __init__(self, network: SimLingoNetwork, recorder: GraphRecorder) -> None:
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
        with self._tiles.open() as staged:
            staged[...] = tiles.numpy()
        self._run()
        return self._features


class ActionPass:
    """Prompt, answer and queries to points.

    Args:
        network: in eval mode.
        length: largest number of tokens, queries included.
        recorder: records the pass.
        caches: memory for copies of the cache.
    """

    def __init__(
        self, network: SimLingoNetwork, length: int, recorder: GraphRecorder, caches: TensorPool
    ) -> None:
        device, dtype, config = network.device, network.dtype, network.config
        width, queries = config.decoder.width, config.action.queries
        self.length = length
        self._network = network
        self._cache = KeyValueCache(
            config.decoder, length, device=device, dtype=dtype, pool=caches
        )
        # Rows: token ids; index of the embedding that replaces each (image tokens, target points,
        # queries), or _TEXT; positions of the queries.
        self._sequence = StagingBuffer((3, length), torch.int64, device)
        self._features = torch.zeros(1, config.image_tokens, width, dtype=dtype, device=device)
        self._targets_m = StagingBuffer((1, network.config.state_rows, 2), torch.float32, device)
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
        hidden = network.run_decoder(embeddings[None], self._cache)
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
        answer: Sequence[int],
    ) -> tuple[Tensor, Tensor]:
        """Run the pass.

        Args:
            features: image tokens, (1, image tokens, width).
            target_points_m: (1, 2, 2), checkpoint frame, on the host.
            prompt: token ids; image and target ids are replaced by features and points.
            answer: token ids of plain text.

        Returns:
            Points (queries, 2), and the hidden state before the first query (1, width); both are
            overwritten by the next run.
        """
        with self._sequence.open() as sequence:
            self._lay_out(sequence, prompt, answer)
        with self._targets_m.open() as targets_m:
            targets_m[...] = target_points_m.numpy()
        self._features.copy_(features)
        self._run()
        return self._points_m, self._hidden

    def copy_cache(self, tokens: int, capacity: int) -> KeyValueCache:
        """Return a copy of the cache of the last run, its first ``tokens``, with more capacity."""
        return self._cache.fork(tokens, capacity)

    def _lay_out(
        self, sequence: NDArray[np.generic], prompt: Sequence[int], answer: Sequence[int]
    ) -> None:
        network = self._network
        queries = network.config.action.queries
        ids, inserted, places = sequence
        tokens = len(prompt) + len(answer)
        sequence[...] = 0
        ids[:tokens] = (*prompt, *answer)
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
