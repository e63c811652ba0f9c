# SPDX-License-Identifier: Apache-2.0
"""One token sequence in the decoder with its key-value cache: prompt, answer, action queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from simlingo_core.errors import ContractError
from simlingo_model.cache import KeyValueCache
from simlingo_model.network import SimLingoNetwork
from simlingo_model.token_sequence import common_prefix
from simlingo_model.token_steps import TokenSteps


class CachedSequence:
    """The tokens that the decoder has processed so far, with their keys and values.

    The action queries are appended for one pass and dropped from the cache again, so that text
    can continue from the same place.  Not thread-safe: each thread forks a sequence of its own.

    Args:
        network: in eval mode.
        features: image tokens of the frame, (1, image tokens, width).
        target_points_m: (1, 2, 2), checkpoint frame, on any device.
        cache: keys and values of ``ids``; empty if there are none.
        ids: tokens processed already.
        steps: generates text in recorded steps; None: run the network for each token.
        last_hidden: hidden state of the last of ``ids``, (1, width); None: text cannot follow
            before more tokens have been processed.
    """

    def __init__(
        self,
        network: SimLingoNetwork,
        features: Tensor,
        target_points_m: Tensor,
        cache: KeyValueCache,
        ids: Sequence[int] = (),
        steps: TokenSteps | None = None,
        last_hidden: Tensor | None = None,
    ) -> None:
        self._network = network
        self._features = features
        self._target_points_m = target_points_m
        self._cache = cache
        self._steps = steps
        self._last_hidden = last_hidden
        self.ids: list[int] = list(ids)

    @torch.inference_mode()
    def prefill(self, ids: Sequence[int]) -> None:
        """Process prompt tokens; image and target ids are replaced by their embeddings."""
        hidden = self._network.run_decoder(self._embed(ids), self._cache, only_last=True)
        self.ids += ids
        self._last_hidden = hidden[:, -1]

    @torch.inference_mode()
    def append_answer(self, ids: Sequence[int]) -> None:
        """Process generated tokens; all of them are text, whatever their ids."""
        hidden = self._network.run_decoder(self._embed_text(ids), self._cache, only_last=True)
        self.ids += ids
        self._last_hidden = hidden[:, -1]

    @torch.inference_mode()
    def prefill_and_act(self, prompt: Sequence[int], answer: Sequence[int] = ()) -> Tensor:
        """Process prompt tokens, answer tokens and the action queries in one pass.

        Returns:
            Path, then speed waypoints, metres in the checkpoint frame, (queries, 2).
        """
        action = self._network.action
        parts = [self._embed(prompt)] if prompt else []
        parts += [self._embed_text(answer)] if answer else []
        ids = [*prompt, *answer]
        embeddings = torch.cat((*parts, action.queries), dim=1)
        hidden = self._network.run_decoder(embeddings, self._cache)
        queries = action.queries.shape[1]
        self.ids += ids
        self._cache.truncate(len(self.ids))
        self._last_hidden = hidden[:, -queries - 1]
        return torch.cat(action(hidden[:, -queries:]), dim=1)[0]

    @torch.inference_mode()
    def next_token(self) -> int:
        """Return the most likely next token without appending it.

        Raises:
            ContractError: the sequence is empty.
        """
        if self._last_hidden is None:
            raise ContractError('the sequence is empty; prefill a prompt before generating text')
        return int(self._network.logits(self._last_hidden).argmax(-1))

    def generate(self, end_id: int, most: int) -> Iterator[int]:
        """Yield up to ``most`` greedy tokens; the end token, if it comes, is the last.

        All but the last token are appended to the sequence.  The last is not: a caller that acts
        afterwards passes it to ``prefill_and_act``, which saves one pass.
        """
        if self._steps is not None and self._steps.begin(self._cache, self._cache.length + most):
            yield from self._generate_in_steps(self._steps, end_id, most)
            return
        for count in range(most):
            token = self.next_token()
            yield token
            if token == end_id or count == most - 1:
                return
            self.append_answer([token])

    def _generate_in_steps(self, steps: TokenSteps, end_id: int, most: int) -> Iterator[int]:
        appended: list[int] = []
        try:
            for count in range(most):
                token = steps.next_token(appended[-1]) if appended else self.next_token()
                yield token
                if token == end_id or count == most - 1:
                    return
                appended.append(token)
        finally:
            hidden = steps.end(self._cache)
            self._last_hidden = self._last_hidden if hidden is None else hidden
            self.ids += appended

    def fork(self, ids: Sequence[int], capacity: int) -> CachedSequence | None:
        """Return a new sequence that holds a copy of the common prefix of this one and ``ids``.

        Args:
            ids: the tokens that the new sequence is meant for; the last is never copied.
            capacity: tokens that the new sequence has room for.

        Returns:
            The new sequence, or None where the two differ before the end of the image or between
            the target points, so that nothing useful is shared.
        """
        network = self._network
        shared = common_prefix(
            self.ids, ids, image_id=network.image_id, target_id=network.target_id
        )
        if shared == 0:
            return None
        cache = self._cache.fork(shared, capacity)
        return CachedSequence(
            network, self._features, self._target_points_m, cache, ids[:shared], self._steps
        )

    def _embed_text(self, ids: Sequence[int]) -> Tensor:
        return self._network.embed_tokens(torch.tensor([list(ids)], device=self._network.device))

    def _embed(self, ids: Sequence[int]) -> Tensor:
        network = self._network
        row = torch.tensor([list(ids)], device=network.device)
        if network.image_id in ids or network.target_id in ids:
            targets_m = self._target_points_m.to(network.device)
            return network.embed(row, self._features, targets_m)
        return network.embed_tokens(row)
