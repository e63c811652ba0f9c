# SPDX-License-Identifier: Apache-2.0
"""Random draws of the dreamer, in an order that is part of the format.

Every frame has a generator of its own.  Its draws come in this order: target speed, faster by a
factor, faster, slower by a factor, slower, objects to hit, lanes, wordings.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Draws(Protocol):
    """Draws one value after the other."""

    def random(self) -> float:
        """Return a number in [0, 1)."""
        ...

    def uniform(self, low: float, high: float) -> float:
        """Return a number in [low, high)."""
        ...

    def integer(self, low: int, high: int) -> int:
        """Return an integer of low ... high, both included."""
        ...

    def index(self, count: int) -> int:
        """Return an index of 0 ... count - 1."""
        ...


class GeneratorDraws:
    """Draws of a numpy generator.

    Args:
        rng: the generator.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def random(self) -> float:
        """Return a number in [0, 1)."""
        return float(self._rng.random())

    def uniform(self, low: float, high: float) -> float:
        """Return a number in [low, high)."""
        return float(self._rng.uniform(low, high))

    def integer(self, low: int, high: int) -> int:
        """Return an integer of low ... high, both included."""
        return int(self._rng.integers(low, high + 1))

    def index(self, count: int) -> int:
        """Return an index of 0 ... count - 1."""
        return int(self._rng.integers(count))
