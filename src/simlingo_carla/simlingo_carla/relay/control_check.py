# SPDX-License-Identifier: Apache-2.0
"""Finds out whether a server takes the commands that are sent to it over ROS."""

from __future__ import annotations

from collections import deque

from simlingo_core.types import VehicleCommand

# A command is in force a tick or two after it was sent.
REMEMBERED = 4
# For one second nothing of what was sent was in force.
LIMIT_TICKS = 20
# The server holds 32-bit floats.
TOLERANCE = 0.02


class ControlCheck:
    """Compares what was commanded with what the server says is in force, tick by tick.

    Attributes:
        is_ignored: the server has ignored commands for a second; it stays so.
    """

    def __init__(self) -> None:
        self._sent: deque[VehicleCommand] = deque(maxlen=REMEMBERED)
        self._odd_ticks = 0
        self.is_ignored = False

    def note_command(self, command: VehicleCommand) -> None:
        """Take a command that was sent over ROS."""
        self._sent.append(command)

    def compare(self, in_force: VehicleCommand) -> None:
        """Take the command in force at a tick."""
        if not self._sent:
            return
        is_obeyed = any(_is_same(command, in_force) for command in self._sent)
        self._odd_ticks = 0 if is_obeyed else self._odd_ticks + 1
        self.is_ignored = self.is_ignored or self._odd_ticks >= LIMIT_TICKS


def _is_same(one: VehicleCommand, other: VehicleCommand) -> bool:
    pairs = (
        (one.steer, other.steer),
        (one.throttle, other.throttle),
        (one.brake, other.brake),
    )
    return all(abs(a - b) <= TOLERANCE for a, b in pairs)
