# SPDX-License-Identifier: Apache-2.0
"""One sequence that the decoder reads piece by piece: prompt, text, action queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from simlingo_core.errors import ContractError
from simlingo_model.cache import KeyValueCache
from simlingo_model.network import SimLingoNetwork
from simlingo_model.token_steps import TokenSteps


class Reading:
    """Tokens read so far, with their cache.

    The action queries continue the cache and are then forgotten again, so that text may go on
    from the same place.  Not thread-safe: each thread forks its own.

    Args:
        network: in eval mode.
        features: image tokens of the frame, (1, image tokens, width).
        target_points_m: (1, 2, 2), checkpoint frame, wherever it is.
        cache: empty, or what holds ``ids``.
        ids: tokens read already.
        steps: what reads tokens one by one faster than this can, if there is such a thing.
        last_hidden: hidden state of the last of ``ids``, (1, width), where text is to follow it.
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
    def read(self, ids: Sequence[int]) -> None:
        """Read more tokens."""
        hidden = self._network.read(self._embed(ids), self._cache, only_last=True)
        self.ids += ids
        self._last_hidden = hidden[:, -1]

    @torch.inference_mode()
    def read_said(self, ids: Sequence[int]) -> None:
        """Read tokens the network itself said: none of them stands for an image or a point."""
        hidden = self._network.read(self._embed_said(ids), self._cache, only_last=True)
        self.ids += ids
        self._last_hidden = hidden[:, -1]

    @torch.inference_mode()
    def read_and_act(self, prompt: Sequence[int], said: Sequence[int] = ()) -> Tensor:
        """Read prompt tokens, then tokens the network said, then the queries, in one pass.

        Returns:
            Path, then speed waypoints, metres in the checkpoint frame, (queries, 2).
        """
        action = self._network.action
        parts = [self._embed(prompt)] if prompt else []
        parts += [self._embed_said(said)] if said else []
        ids = [*prompt, *said]
        embeddings = torch.cat((*parts, action.queries), dim=1)
        hidden = self._network.read(embeddings, self._cache)
        queries = action.queries.shape[1]
        self.ids += ids
        self._cache.truncate(len(self.ids))
        self._last_hidden = hidden[:, -queries - 1]
        return torch.cat(action(hidden[:, -queries:]), dim=1)[0]

    @torch.inference_mode()
    def next_id(self) -> int:
        """Return the most likely next token; it is not read yet.

        Raises:
            ContractError: nothing was read before.
        """
        if self._last_hidden is None:
            raise ContractError('nothing was read; read the prompt before asking what follows')
        return int(self._network.logits(self._last_hidden).argmax(-1))

    def generate(self, end_id: int, most: int) -> Iterator[int]:
        """Yield up to ``most`` greedy tokens, the end token too, which is last if it comes.

        Each is read before the next is chosen, but for the last one: whoever wants to act after
        it reads it together with the queries.
        """
        if self._steps is not None and self._steps.begin(self._cache, self._cache.length + most):
            yield from self._generate_in_steps(self._steps, end_id, most)
            return
        for count in range(most):
            token = self.next_id()
            yield token
            if token == end_id or count == most - 1:
                return
            self.read_said([token])

    def _generate_in_steps(self, steps: TokenSteps, end_id: int, most: int) -> Iterator[int]:
        said: list[int] = []
        try:
            for count in range(most):
                token = steps.read(said[-1]) if said else self.next_id()
                yield token
                if token == end_id or count == most - 1:
                    return
                said.append(token)
        finally:
            hidden = steps.end(self._cache)
            self._last_hidden = self._last_hidden if hidden is None else hidden
            self.ids += said

    def fork(self, ids: Sequence[int], capacity: int) -> Reading | None:
        """Return a reading that shares what ``ids`` and the tokens read so far begin with.

        Returns:
            The fork, or None where they part within the image or the target points.
        """
        shared = _common_length(self.ids, ids[:-1])
        rest = ids[shared:]
        network = self._network
        if network.image_id in rest or rest.count(network.target_id) == 1 or shared == 0:
            return None
        cache = self._cache.fork(shared, capacity)
        return Reading(
            network, self._features, self._target_points_m, cache, ids[:shared], self._steps
        )

    def _embed_said(self, ids: Sequence[int]) -> Tensor:
        return self._network.embed_tokens(torch.tensor([list(ids)], device=self._network.device))

    def _embed(self, ids: Sequence[int]) -> Tensor:
        network = self._network
        row = torch.tensor([list(ids)], device=network.device)
        if network.image_id in ids or network.target_id in ids:
            targets_m = self._target_points_m.to(network.device)
            return network.embed(row, self._features, targets_m)
        return network.embed_tokens(row)


def _common_length(one: Sequence[int], other: Sequence[int]) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
