# SPDX-License-Identifier: Apache-2.0
"""Results for the newest frames, shared by action, commentary and answers."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from torch import Tensor

from simlingo_core.types import Observation
from simlingo_model.token_sequence import TokenSequence


class FrameContext:
    """What the network has computed for one observation.

    Attributes:
        target_points_m: checkpoint frame, (1, 2, 2), on the host.
        sequence: prompt and answer of the action pass, not changed once set; language forks it.
        text: generated before the action, in the order EXACT and in safety mode; else None.
    """

    def __init__(self, target_points_m: Tensor) -> None:
        self.target_points_m = target_points_m
        self.sequence: TokenSequence | None = None
        self.text: str | None = None
        self._features: Tensor | None = None
        self._lock = threading.Lock()

    def features(self, encode: Callable[[], Tensor]) -> Tensor:
        """Return the image tokens; the first caller computes them."""
        with self._lock:
            if self._features is None:
                self._features = encode()
            return self._features


class FrameMemory:
    """Contexts of the newest few frames; safe to use from several threads."""

    def __init__(self, size: int = 4) -> None:
        self._size = size
        self._contexts: OrderedDict[tuple[float, int], FrameContext] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, observation: Observation, make: Callable[[], FrameContext]) -> FrameContext:
        """Return the context of an observation, made on its first use."""
        key = (observation.t_s, hash(observation.image_jpeg))
        with self._lock:
            context = self._contexts.get(key)
            if context is None:
                context = self._contexts[key] = make()
                while len(self._contexts) > self._size:
                    self._contexts.popitem(last=False)
            return context

    def clear(self) -> None:
        """Forget all frames."""
        with self._lock:
            self._contexts.clear()
