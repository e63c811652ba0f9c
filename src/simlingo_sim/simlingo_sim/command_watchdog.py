# SPDX-License-Identifier: Apache-2.0
"""Real time: the car brakes when the stack stops sending commands."""

from __future__ import annotations

# A stack that sends no command for so long has died, and its last command is void.
SILENCE_LIMIT_TICKS = 10


class CommandWatchdog:
    """Counts the ticks since the last command of the stack.

    It watches from the first command on: before that the car stands braked anyway.
    """

    def __init__(self) -> None:
        self._has_command = False
        self._silent_ticks = 0

    def note_command(self) -> bool:
        """Record a command; return whether it ends a silence that had braked the car."""
        ends_silence = self._has_command and self._silent_ticks > SILENCE_LIMIT_TICKS
        self._has_command = True
        self._silent_ticks = 0
        return ends_silence

    def tick(self) -> bool:
        """Count a tick; return whether the limit is exceeded at this very tick."""
        self._silent_ticks += 1
        return self._has_command and self._silent_ticks == SILENCE_LIMIT_TICKS + 1
