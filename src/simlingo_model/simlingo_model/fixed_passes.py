# SPDX-License-Identifier: Apache-2.0
"""Passes of the network whose tensors keep their shapes and places, so that they can be recorded.

Prompts differ by a few tokens; an action pass is as long as the next of a few lengths, and what is
left over comes last, where causal attention does not see it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from simlingo_model.cache import KeyValueCache
from simlingo_model.network import SimLingoNetwork
from simlingo_model.recording import Recorder

# In the place of a token that is text.
_TEXT = -1


class EncodePass:
    """Picture to image tokens.

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
        self._tiles = torch.zeros(tiles, dtype=torch.uint8, device=device)
        self._features = torch.zeros(features, dtype=network.dtype, device=device)
        self._run = recorder.record(self._work)

    def _work(self) -> None:
        self._features.copy_(self._network.encode_tiles(self._tiles))

    @torch.inference_mode()
    def run(self, tiles: Tensor) -> Tensor:
        """Map uint8 tiles (1, tiles, side, side, 3) to the caller's own copy of image tokens."""
        self._tiles.copy_(tiles, non_blocking=True)
        self._run()
        return self._features.clone()


class ActionPass:
    """Prompt, answer and queries to points.

    Args:
        network: in eval mode.
        length: most tokens, queries included.
        recorder: records the pass.
    """

    def __init__(self, network: SimLingoNetwork, length: int, recorder: Recorder) -> None:
        device, dtype, config = network.device, network.dtype, network.config
        width, queries = config.decoder.width, config.action.queries
        self.length = length
        self._network = network
        self._cache = KeyValueCache(config.decoder, length, device=device, dtype=dtype)
        # Rows: token ids; which image token, target point or query stands there instead; where
        # the queries stand.
        self._sequence = torch.zeros(3, length, dtype=torch.int64, device=device)
        self._features = torch.zeros(1, config.image_tokens, width, dtype=dtype, device=device)
        self._targets_m = torch.zeros(1, 2, 2, device=device)
        self._points_m = torch.zeros(queries, 2, device=device)
        self._hidden = torch.zeros(1, width, dtype=dtype, device=device)
        self._run = recorder.record(self._work)

    def _work(self) -> None:
        network = self._network
        ids, inserted, places = self._sequence
        targets = network.target_encoder(self._targets_m)
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
            target_points_m: (1, 2, 2), checkpoint frame.
            prompt: token ids; image and target ids stand for features and points.
            said: token ids of plain text.

        Returns:
            Points (queries, 2), and the hidden state before the first query (1, width); both are
            overwritten by the next run.
        """
        self._sequence.copy_(self._lay_out(prompt, said), non_blocking=True)
        self._features.copy_(features)
        self._targets_m.copy_(target_points_m)
        self._run()
        return self._points_m, self._hidden

    def copy_cache(self, tokens: int, capacity: int) -> KeyValueCache:
        """Return what the last run read, its first ``tokens``, with room for more."""
        return self._cache.fork(tokens, capacity)

    def _lay_out(self, prompt: Sequence[int], said: Sequence[int]) -> Tensor:
        network = self._network
        queries = network.config.action.queries
        sequence = torch.zeros(3, self.length, dtype=torch.int64)
        ids, inserted, places = sequence
        tokens = len(prompt) + len(said)
        ids[:tokens] = torch.tensor([*prompt, *said])
        read = ids[: len(prompt)]
        inserted.fill_(_TEXT)
        first = 0
        for special, count in (
            (network.image_id, network.config.image_tokens),
            (network.target_id, 2),
        ):
            marked = torch.nonzero(read == special)[:, 0]
            inserted[marked] = torch.arange(first, first + len(marked))
            first += count
        places[:queries] = torch.arange(tokens, tokens + queries)
        inserted[places[:queries]] = torch.arange(first, first + queries)
        return sequence
