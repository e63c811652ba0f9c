# SPDX-License-Identifier: Apache-2.0
"""Give plans the processor before language."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LONGEST_WAIT_S = 1.0


class PlanPriority:
    """Lets language pause between two tokens while a plan is computed; thread-safe.

    A plan never waits for language.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._plans = 0

    @contextmanager
    def plan(self) -> Iterator[None]:
        """Mark that a plan is being computed."""
        with self._changed:
            self._plans += 1
        try:
            yield
        finally:
            with self._changed:
                self._plans -= 1
                self._changed.notify_all()

    def wait_for_plans(self) -> None:
        """Wait until no plan is being computed, for a second at most."""
        with self._changed:
            self._changed.wait_for(lambda: self._plans == 0, timeout=_LONGEST_WAIT_S)
