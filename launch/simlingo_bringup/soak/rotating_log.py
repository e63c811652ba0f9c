# SPDX-License-Identifier: Apache-2.0
"""The output of a process in a few files of limited size, the oldest of which go."""

from __future__ import annotations

import contextlib
import logging
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO


class RotatingLog:
    """Copies lines of a stream until it ends; a full disk costs lines, never the process.

    Args:
        stream: output of a process; it is read to its end whatever happens, or the process
            would come to a stop.
        path: of the newest file; older ones are ``NAME.1``, ``NAME.2``, ...
        bytes_each: most bytes of a file.
        files: older ones that are kept.
    """

    def __init__(self, stream: IO[str], path: Path, bytes_each: int, files: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._stream = stream
        self.lost = 0
        self.lines = 0
        self._handler = RotatingFileHandler(path, maxBytes=bytes_each, backupCount=files)
        self._handler.handleError = self._count_lost  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._copy, daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait for the end of the stream."""
        self._thread.join()
        # What is still in the buffer of the file finds no room either.
        with contextlib.suppress(OSError):
            self._handler.close()

    def _copy(self) -> None:
        for line in self._stream:
            self.lines += 1
            self._handler.emit(logging.makeLogRecord({'msg': line.rstrip('\n')}))

    def _count_lost(self, record: logging.LogRecord) -> None:
        self.lost += 1
