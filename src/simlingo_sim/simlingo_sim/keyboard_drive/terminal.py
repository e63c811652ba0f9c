# SPDX-License-Identifier: Apache-2.0
"""A terminal that reports each key at once, and whose settings are always restored."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import tty
from types import FrameType
from typing import Any, TextIO

from simlingo_core.errors import ConfigError

HIDE_CURSOR, SHOW_CURSOR = '\x1b[?25l', '\x1b[?25h'
ERASE_BELOW = '\x1b[J'
READ_BYTES = 1024
ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class Terminal:
    """Reads keys and redraws a few lines in place.

    Ctrl-C stays an interrupt.  However the ``with`` block ends (error, Ctrl-C, SIGTERM, closed
    window), the settings of the terminal are restored.

    Args:
        keyboard: stream of the keys; None: standard input.
        screen: stream of the lines; None: standard output.

    Raises:
        ConfigError: one of them is not a terminal.
    """

    def __init__(self, keyboard: TextIO | None = None, screen: TextIO | None = None) -> None:
        self._keyboard = keyboard or sys.stdin
        self._screen = screen or sys.stdout
        for stream, name in ((self._keyboard, 'standard input'), (self._screen, 'output')):
            if not stream.isatty():
                raise ConfigError(
                    f'the {name} is not a terminal, so there are no keys to drive with; '
                    'start it in a terminal, not in a pipe'
                )
        self._saved: list[Any] = []
        self._handlers: dict[int, Any] = {}
        self._lines_above = 0
        self._has_ended = False

    @property
    def has_ended(self) -> bool:
        """Whether the input has ended (end of file)."""
        return self._has_ended

    def __enter__(self) -> Terminal:
        descriptor = self._keyboard.fileno()
        self._saved = termios.tcgetattr(descriptor)
        self._handlers = {number: signal.signal(number, _end) for number in ENDING_SIGNALS}
        try:
            tty.setcbreak(descriptor)
            settings = termios.tcgetattr(descriptor)
            # Ctrl-Z would stop the program and leave the terminal without echo.
            settings[6][termios.VSUSP] = b'\0'
            termios.tcsetattr(descriptor, termios.TCSANOW, settings)
            self._write(HIDE_CURSOR)
        except BaseException:
            self._restore()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()

    def read(self, timeout_s: float = 0.0) -> bytes:
        """Return what was typed; empty after ``timeout_s`` without a key."""
        descriptor = self._keyboard.fileno()
        ready, _, _ = select.select([descriptor], [], [], max(0.0, timeout_s))
        if not ready:
            return b''
        try:
            data = os.read(descriptor, READ_BYTES)
        except OSError:  # a pseudo-terminal whose other side was closed
            data = b''
        self._has_ended = self._has_ended or not data
        return data

    def draw(self, lines: list[str]) -> None:
        """Draw lines over the ones drawn before."""
        columns = os.get_terminal_size(self._screen.fileno()).columns or 80
        up = f'\x1b[{self._lines_above}A' if self._lines_above else ''
        text = '\n'.join(line[: columns - 1] for line in lines)
        self._write(f'{up}\r{ERASE_BELOW}{text}')
        self._lines_above = len(lines) - 1

    def print(self, text: str) -> None:
        """Print a line above the lines that are redrawn."""
        up = f'\x1b[{self._lines_above}A' if self._lines_above else ''
        self._write(f'{up}\r{ERASE_BELOW}{text}\n')
        self._lines_above = 0

    def _write(self, text: str) -> None:
        self._screen.write(text)
        self._screen.flush()

    def _restore(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        termios.tcsetattr(self._keyboard.fileno(), termios.TCSANOW, self._saved)
        try:
            self._write(f'{SHOW_CURSOR}\n')
        except OSError:
            return  # the screen is gone; the settings are back


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
