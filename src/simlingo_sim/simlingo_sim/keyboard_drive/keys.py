# SPDX-License-Identifier: Apache-2.0
"""Keys: what they mean, how a terminal spells them, and how long they count as held."""

from __future__ import annotations

from enum import StrEnum

ESCAPE = 0x1B


class Key(StrEnum):
    """What a person can ask for."""

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
        """Whether it acts for as long as it is held; the others act once when pressed."""
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
    """Turns the bytes of a terminal into keys; arrows are sequences that may come in pieces."""

    def __init__(self) -> None:
        self._sequence = ''

    def decode(self, data: bytes) -> list[Key]:
        """Return the keys in ``data``; what means nothing is left out."""
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
            # Not a sequence: Escape was pressed by itself, then this key.
            self._sequence = ''
            return LETTERS.get(character.lower())
        self._sequence += character
        is_last = len(self._sequence) > 2 and '@' <= character <= '~'
        if not is_last:
            return None
        # Parameters in between are the modifiers: Shift and an arrow are the arrow.
        self._sequence = ''
        return ARROWS.get(character)


class HeldKeys:
    """Which keys are held.

    A terminal tells of presses and of their repetition, never of a release, so a key counts as
    held for a while after each press.

    Args:
        hold_s: that while; longer than the keyboard's repetition, shorter than a thought.
    """

    def __init__(self, hold_s: float = 0.35) -> None:
        self._hold_s = hold_s
        self._until_s: dict[Key, float] = {}

    def press(self, key: Key, now_s: float) -> None:
        """Take note of a press or its repetition."""
        self._until_s[key] = now_s + self._hold_s

    def release(self, key: Key) -> None:
        """Take note of a release, where somebody tells of it."""
        self._until_s.pop(key, None)

    def at(self, now_s: float) -> frozenset[Key]:
        """Return the keys held now."""
        return frozenset(key for key, until_s in self._until_s.items() if now_s < until_s)
