# SPDX-License-Identifier: Apache-2.0
"""Prints the lines of several processes, each with its name in its own colour."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TextIO

COLORS = (36, 32, 35, 34, 96, 92, 95, 94)
SEVERITY_COLORS = {'[WARN': 33, '[ERROR': 31, '[FATAL': 31}
OWN_NAME = 'up'


class LogView:
    """Writes prefixed lines to a stream.

    Colours appear on a terminal only, and never when NO_COLOR is set.
    """

    def __init__(self, names: Sequence[str], stream: TextIO) -> None:
        self._stream = stream
        self._width = max([len(OWN_NAME), *map(len, names)])
        self._colors = {name: COLORS[i % len(COLORS)] for i, name in enumerate(names)}
        self._is_colored = stream.isatty() and not os.environ.get('NO_COLOR')

    def write(self, name: str, line: str) -> None:
        """Print one line of a node."""
        color = next((c for mark, c in SEVERITY_COLORS.items() if line.startswith(mark)), None)
        prefix = self._paint(f'{name:>{self._width}} |', self._colors.get(name, 37))
        self._emit(f'{prefix} {self._paint(line, color)}')

    def note(self, text: str) -> None:
        """Print a line of the supervisor itself."""
        self._emit(self._paint(f'{OWN_NAME:>{self._width}} | {text}', 1))

    def warn(self, text: str) -> None:
        """Print a warning of the supervisor itself."""
        self._emit(self._paint(f'{OWN_NAME:>{self._width}} | warning: {text}', 33))

    def fail(self, text: str) -> None:
        """Print an error of the supervisor itself."""
        self._emit(self._paint(f'{OWN_NAME:>{self._width}} | error: {text}', 31))

    def _paint(self, text: str, color: int | None) -> str:
        return f'\033[{color}m{text}\033[0m' if self._is_colored and color else text

    def _emit(self, text: str) -> None:
        try:
            print(text, file=self._stream, flush=True)
        except BrokenPipeError:
            # The reader of the log has gone; the car goes on driving and must still be stopped
            # in order at the end.
            self._stream = open(os.devnull, 'w')  # noqa: PTH123, SIM115
