# SPDX-License-Identifier: Apache-2.0
"""What a policy needs of a token sequence in the decoder, whichever engine computes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from torch import Tensor


class TokenSequence(Protocol):
    """The tokens processed so far, with their cache.  Not thread-safe."""

    ids: list[int]

    def prefill(self, ids: Sequence[int]) -> None:
        """Process prompt tokens; image and target ids are replaced by their embeddings."""

    def prefill_and_act(self, prompt: Sequence[int], answer: Sequence[int] = ()) -> Tensor:
        """Process prompt tokens, answer tokens and the action queries in one pass.

        Returns:
            Path, then speed waypoints, metres in the checkpoint frame, (queries, 2).
        """

    def generate(self, end_id: int, most: int) -> Iterator[int]:
        """Yield up to ``most`` greedy tokens; the end token, if it comes, is the last.

        All but the last token are appended to the sequence.
        """

    def fork(self, ids: Sequence[int], capacity: int) -> TokenSequence | None:
        """Return a new sequence that holds a copy of the common prefix of this one and ``ids``.

        None: nothing useful is shared.
        """


def common_prefix(
    one: Sequence[int], other: Sequence[int], *, image_id: int, target_id: int
) -> int:
    """Return how many tokens of ``other`` a sequence of ``one`` can be continued from.

    The last token of ``other`` never counts, because its hidden state is needed.  0: the two
    differ before the end of the image or between the target points.
    """
    shared = 0
    for a, b in zip(one, other[:-1], strict=False):
        if a != b:
            break
        shared += 1
    rest = other[shared:]
    return 0 if image_id in rest or rest.count(target_id) == 1 else shared
