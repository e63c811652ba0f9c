# SPDX-License-Identifier: Apache-2.0
"""Keys: their meaning, their codes in a terminal, and how long they count as held."""

from __future__ import annotations

from enum import StrEnum

ESCAPE = 0x1B


class Key(StrEnum):
    """Actions of a person at the keyboard."""

    FORWARD = 'forward'
    BACK = 'back'
    LEFT = 'left'
    RIGHT = 'right'
    BRAKE = 'brake'
    EXPERT = 'expert'
    VIEW = 'view'
    QUIT = 'quit'

    @property
    def is_held(self) -> bool:
        """Whether it acts while it is held; the others act once when pressed."""
        return self not in (Key.EXPERT, Key.VIEW, Key.QUIT)


LETTERS = {
    'w': Key.FORWARD,
    's': Key.BACK,
    'a': Key.LEFT,
    'd': Key.RIGHT,
    ' ': Key.BRAKE,
    'p': Key.EXPERT,
    'c': Key.VIEW,
    'q': Key.QUIT,
}
ARROWS = {'A': Key.FORWARD, 'B': Key.BACK, 'C': Key.RIGHT, 'D': Key.LEFT}


class KeyDecoder:
    """Decodes the bytes of a terminal; arrows are sequences that may arrive in parts."""

    def __init__(self) -> None:
        self._sequence = ''

    def decode(self, data: bytes) -> list[Key]:
        """Return the keys in ``data``; unknown bytes are left out."""
        keys: list[Key] = []
        for value in data:
            key = self._take(value)
            if key is not None:
                keys.append(key)
        return keys

    def _take(self, value: int) -> Key | None:
        character = chr(value)
        if value == ESCAPE:
            self._sequence = character
            return None
        if not self._sequence:
            return LETTERS.get(character.lower())
        if len(self._sequence) == 1 and character not in '[O':
            # Not a sequence: Escape was pressed alone, then this key.
            self._sequence = ''
            return LETTERS.get(character.lower())
        self._sequence += character
        is_last = len(self._sequence) > 2 and '@' <= character <= '~'
        if not is_last:
            return None
        # Parameters in between are modifiers and are ignored.
        self._sequence = ''
        return ARROWS.get(character)


class HeldKeys:
    """The keys that are held.

    A terminal reports presses and their repetition but no releases, so a key counts as held for a
    time after each press.

    Args:
        hold_s: that time; longer than the period of the keyboard's repetition.
    """

    def __init__(self, hold_s: float = 0.35) -> None:
        self._hold_s = hold_s
        self._until_s: dict[Key, float] = {}

    def press(self, key: Key, now_s: float) -> None:
        """Record a press or its repetition."""
        self._until_s[key] = now_s + self._hold_s

    def release(self, key: Key) -> None:
        """Record a release, where it is reported."""
        self._until_s.pop(key, None)

    def at(self, now_s: float) -> frozenset[Key]:
        """Return the keys held at a time."""
        return frozenset(key for key, until_s in self._until_s.items() if now_s < until_s)
