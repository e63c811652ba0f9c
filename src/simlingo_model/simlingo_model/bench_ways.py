# SPDX-License-Identifier: Apache-2.0
"""One tick in every order of text and action, and in upstream's naive way, to be timed."""

from __future__ import annotations

import numpy as np
import torch

from simlingo_model import prompts
from simlingo_model.network import SimLingoNetwork
from simlingo_model.passes import Passes
from simlingo_model.processor import Processor
from simlingo_model.token_sequence import TokenSequence

COMMENTARY_TOKENS = 30


class BenchWays:
    """The ways to compute one tick; all use the same image and generate as many tokens.

    Args:
        network: in eval mode.
        processor: of the network.
        passes: how the network is run.
    """

    def __init__(self, network: SimLingoNetwork, processor: Processor, passes: Passes) -> None:
        self._network = network
        self._passes = passes
        encoder = processor.encoder
        side = network.config.vision.tile_px
        generator = np.random.default_rng(0)
        shape = (1, network.config.image.max_tiles, side, side, 3)
        self._tiles = torch.from_numpy(generator.integers(0, 256, shape, dtype=np.uint8))
        self._targets = torch.tensor([[[14.25, -1.5], [31.75, 4.625]]])
        navigation = prompts.target_point_clause()
        self._commentary = encoder.question(prompts.commentary_prompt(4.2, navigation))
        self._driving = encoder.question(prompts.driving_prompt(4.2, navigation))
        self._answer = encoder.answer(prompts.WAYPOINTS_ANSWER)
        self._capacity = len(self._commentary) + COMMENTARY_TOKENS + 64

    def encode(self) -> torch.Tensor:
        """Encode the image."""
        features = self._passes.encode(self._tiles)
        synchronise(features.device)
        return features

    def prefill(self) -> TokenSequence:
        """Encode the image and process the prompt of a commentary."""
        features = self._passes.encode(self._tiles)
        sequence = self._passes.begin(features, self._targets, self._capacity)
        sequence.prefill(self._commentary)
        synchronise(features.device)
        return sequence

    def exact_without_action(self) -> None:
        """Generate a commentary."""
        sequence = self.prefill()
        # Without an end token, so that a random network generates all tokens.
        list(sequence.generate(-1, COMMENTARY_TOKENS))

    def exact(self) -> None:
        """Generate a commentary, then act."""
        sequence = self.prefill()
        generated = list(sequence.generate(-1, COMMENTARY_TOKENS))
        _wait(sequence.prefill_and_act((), generated[-1:]))

    def parallel(self) -> None:
        """Act, then fork the cache for a commentary."""
        sequence = self._act()
        if sequence.fork(self._commentary, self._capacity) is None:
            raise RuntimeError('the commentary shares nothing with the action')

    def action_only(self) -> None:
        """Act."""
        self._act()

    def points(self) -> torch.Tensor:
        """Act; return the points of the plan, (queries, 2), metres, on the host."""
        features = self._passes.encode(self._tiles)
        points_m, _ = self._passes.act(features, self._targets, self._driving, self._answer)
        return points_m.cpu()

    def _act(self) -> TokenSequence:
        features = self._passes.encode(self._tiles)
        points, sequence = self._passes.act(features, self._targets, self._driving, self._answer)
        _wait(points)
        return sequence

    def naive(self) -> None:
        """Run the whole sequence for every token and once more for the action, without a cache."""
        with self._network.stock_attention():
            self._naive()

    @torch.inference_mode()
    def _naive(self) -> None:
        network = self._network
        features = network.encode_tiles(self._tiles)
        ids = torch.tensor([self._commentary], device=network.device)
        embeddings = network.embed(ids, features, self._targets.to(network.device))
        for _ in range(COMMENTARY_TOKENS):
            scores = network.logits(network.run_decoder(embeddings))
            token = scores[:, -1:].argmax(-1)
            embeddings = torch.cat((embeddings, network.embed_tokens(token)), dim=1)
        everything = torch.cat((embeddings, network.action.queries), dim=1)
        hidden = network.run_decoder(everything)
        path, speed = network.action(hidden[:, -network.config.action.queries :])
        _wait(torch.cat((path[0], speed[0])))


def synchronise(device: torch.device) -> None:
    """Wait until the work on a GPU is done."""
    if device.type == 'cuda':
        torch.cuda.synchronize(device)


def _wait(points_m: torch.Tensor) -> None:
    """Copy the result to the host, as a plan does; on a GPU this waits for it."""
    points_m.cpu()
