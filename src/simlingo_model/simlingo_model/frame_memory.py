# SPDX-License-Identifier: Apache-2.0
"""What was computed for the newest frames, shared by action, commentary and questions."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from torch import Tensor

from simlingo_core.types import Observation
from simlingo_model.reading import Reading


class FrameContext:
    """One observation and what the network made of it.

    Attributes:
        target_points_m: checkpoint frame, (1, 2, 2), on the host.
        reading: what the action pass read, frozen once set; language forks it.
        text: what was said before the action, where the order asks for that.
    """

    def __init__(self, target_points_m: Tensor) -> None:
        self.target_points_m = target_points_m
        self.reading: Reading | None = None
        self.text: str | None = None
        self._features: Tensor | None = None
        self._lock = threading.Lock()

    def features(self, encode: Callable[[], Tensor]) -> Tensor:
        """Return the image tokens; whoever comes first computes them."""
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
        """Return the context of an observation, made if it is new."""
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
