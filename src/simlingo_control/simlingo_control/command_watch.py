# SPDX-License-Identifier: Apache-2.0
"""Notices anybody else who commands the car: other publishers, or commands that are not ours."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from simlingo_control.safety import Reason
from simlingo_core.types import VehicleCommand

_COMPARED_COMMANDS = 40
_JUDGED_ECHOES = 20
_FOREIGN_ECHOES = 5
_TOLERANCE = 0.01
_FULL_BRAKE = 0.99


class CommandWatch:
    """Judges the publishers of the command topic and the command that the vehicle echoes.

    Another publisher counts when two looks in a row have found it.  A second one of our own name
    may be a process that has just died, so that only the echo tells whether it still commands.
    The echo counts when 5 of the last 20 are none of ours, until none of 20 is.  The full brake
    is never foreign: a world brakes by itself when commands stay away.

    Args:
        own_name: full name of the node that may command.
    """

    def __init__(self, own_name: str) -> None:
        self._own_name = own_name
        self.reset()

    def reset(self) -> None:
        """Forget the past."""
        self._last_look: frozenset[str] = frozenset()
        self._others: tuple[str, ...] = ()
        self._sent: deque[VehicleCommand] = deque(maxlen=_COMPARED_COMMANDS)
        self._is_foreign: deque[bool] = deque(maxlen=_JUDGED_ECHOES)
        self._is_overruled = False

    def look_at_publishers(self, names: Sequence[str]) -> None:
        """Take the full names of all nodes that publish commands, our own among them."""
        look = frozenset(names) - {self._own_name}
        self._others = tuple(sorted(look & self._last_look))
        self._last_look = look

    def note_sent(self, command: VehicleCommand) -> None:
        """Remember a command of ours."""
        self._sent.append(command)

    def compare_echo(self, command: VehicleCommand, *, is_handed_over: bool = False) -> None:
        """Compare the command that the vehicle has in force with ours.

        Args:
            command: from the vehicle's status.
            is_handed_over: a person or the world's own driver drives; nothing is judged.
        """
        if is_handed_over or not self._sent:
            self._is_foreign.clear()
            self._is_overruled = False
            return
        self._is_foreign.append(not self._is_ours(command))
        foreign = sum(self._is_foreign)
        if foreign >= _FOREIGN_ECHOES:
            self._is_overruled = True
        elif foreign == 0 and len(self._is_foreign) == _JUDGED_ECHOES:
            self._is_overruled = False

    @property
    def faults(self) -> tuple[str, ...]:
        """One word for each other commander, with its name; empty: there is none."""
        if not self._others and self._is_overruled:
            return (f'{Reason.OTHER_COMMANDER}:unknown',)
        return tuple(f'{Reason.OTHER_COMMANDER}:{name}' for name in self._others)

    def _is_ours(self, command: VehicleCommand) -> bool:
        if command.throttle == 0.0 and command.brake >= _FULL_BRAKE:
            return True
        return any(_is_same(command, sent) for sent in reversed(self._sent))


def _is_same(one: VehicleCommand, other: VehicleCommand) -> bool:
    return all(
        abs(getattr(one, name) - getattr(other, name)) <= _TOLERANCE
        for name in ('steer', 'throttle', 'brake')
    )
