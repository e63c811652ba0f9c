# SPDX-License-Identifier: Apache-2.0
"""What a sentence wants: the intents that ``understanding`` tells apart."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Intent(StrEnum):
    """What a sentence wants of the car; the first six are manoeuvre kinds of ``wordings``."""

    FASTER = 'faster'
    SLOWER = 'slower'
    STOP = 'stop'
    TARGET_SPEED = 'target_speed'
    LANE_LEFT = 'lane_left'
    LANE_RIGHT = 'lane_right'
    TURN = 'turn'
    STOP_SAFELY = 'stop_safely'
    GO_ON = 'go_on'
    EMERGENCY_STOP = 'emergency_stop'
    CANCEL = 'cancel'
    YES = 'yes'
    NO = 'no'
    QUESTION = 'question'
    CHAT = 'chat'
    SEVERAL = 'several'
    NEGATED = 'negated'
    CONDITION = 'condition'
    UNKNOWN = 'unknown'


class Direction(StrEnum):
    """Where a turn by words leads."""

    LEFT = 'left'
    RIGHT = 'right'
    STRAIGHT = 'straight'
    AROUND = 'around'


@dataclass(frozen=True)
class Turn:
    """A turn by words.

    Attributes:
        direction: where to.
        ordinal: 1: at the next junction where that is possible; 2: at the one after it, and so on.
    """

    direction: Direction
    ordinal: int = 1

    @property
    def words(self) -> str:
        """The turn in words, such as *turn left at the next junction*."""
        if self.direction is Direction.AROUND:
            return 'turn around when possible'
        which = {1: 'next', 2: 'second', 3: 'third', 4: 'fourth'}[self.ordinal]
        if self.direction is Direction.STRAIGHT:
            return f'go straight on at the {which} junction'
        if self.ordinal == 1:
            return f'turn {self.direction.value} at the next junction'
        return f'take the {which} {self.direction.value}'
