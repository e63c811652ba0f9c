# SPDX-License-Identifier: Apache-2.0
"""What recognisers give, and how their engines are loaded."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any, Protocol

from simlingo_core.errors import BackendError
from simlingo_voice.audio import Clip


@dataclass(frozen=True)
class Heard:
    """What was recognised.

    Attributes:
        text: in words; empty: nothing.
        confidence: 0 to 1.
        other_text: what a second, freer look at the same sound gave; empty: there was none.
        others: further readings of the same look, the more likely first.
    """

    text: str
    confidence: float
    other_text: str = ''
    others: tuple[str, ...] = ()


class Recogniser(Protocol):
    """Turns clips into words."""

    @property
    def name(self) -> str:
        """Name of the engine."""
        ...

    def recognise(self, clip: Clip) -> Heard:
        """Return the words of a clip of any sampling rate."""
        ...


def load_engine(module: str, remedy: str) -> Any:
    """Import a module that need not be installed.

    Raises:
        BackendError: it is not.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise BackendError(f'{module} is not installed ({error}); {remedy}') from error


def word_errors(expected: list[str], found: list[str]) -> int:
    """Return the least number of words to add, drop or exchange."""
    row = list(range(len(found) + 1))
    for i, word in enumerate(expected):
        before, row = row, [i + 1]
        for j, other in enumerate(found):
            row.append(min(before[j + 1] + 1, row[j] + 1, before[j] + (word != other)))
    return row[-1]
