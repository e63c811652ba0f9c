# SPDX-License-Identifier: Apache-2.0
"""Wordings of each kind of instruction; some are held out from training.

``{speed}`` is a number with its unit.  The held-out wordings measure whether the model
generalises.  ``understanding`` tells which manoeuvre a text asks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ManoeuvreKind(StrEnum):
    """Manoeuvre that an instruction asks for."""

    FASTER = 'faster'
    SLOWER = 'slower'
    STOP = 'stop'
    TARGET_SPEED = 'target_speed'
    LANE_LEFT = 'lane_left'
    LANE_RIGHT = 'lane_right'


@dataclass(frozen=True)
class Wordings:
    """Wordings of one instruction, for training and held out for tests."""

    train: tuple[str, ...]
    held_out: tuple[str, ...]


WORDINGS: dict[ManoeuvreKind, Wordings] = {
    ManoeuvreKind.FASTER: Wordings(
        train=(
            'Drive faster.',
            'Speed up.',
            'Go faster.',
            'Please accelerate.',
            'Pick up the pace.',
            'You are too slow, go faster.',
            'Increase your speed.',
            'Give it more gas.',
        ),
        held_out=('Please drive faster.', 'Increase the pace.'),
    ),
    ManoeuvreKind.SLOWER: Wordings(
        train=(
            'Drive slower.',
            'Please slow down a bit.',
            'Go slower.',
            'Reduce your speed.',
            'Slow the car down.',
            'You are too fast, go slower.',
            'Take it easy, slow down.',
            'Ease off the gas.',
        ),
        held_out=('Slow down.', 'Please reduce the speed.'),
    ),
    ManoeuvreKind.STOP: Wordings(
        train=(
            'Stop now.',
            'Stop the car.',
            'Come to a stop.',
            'Please stop here.',
            'Halt.',
            'Brake until you stand still.',
            'Stop right away.',
            'Bring the car to a halt.',
        ),
        held_out=('Please stop.', 'Stop here now.'),
    ),
    ManoeuvreKind.TARGET_SPEED: Wordings(
        train=(
            'Drive at {speed}.',
            'Set your speed to {speed}.',
            'Go {speed}.',
            'Change your speed to {speed}.',
            'Adjust the speed to {speed}.',
            'I want you to drive {speed}.',
            'Drive with {speed}.',
            'Go at {speed}.',
        ),
        held_out=('Please drive at {speed}.', 'Set the speed to {speed}.'),
    ),
    ManoeuvreKind.LANE_LEFT: Wordings(
        train=(
            'Change to the left lane.',
            'Move one lane to the left.',
            'Switch to the lane on your left.',
            'Do a lane change to the left.',
            'Go to the left lane.',
            'Take the left lane.',
            'Change one lane to the left.',
            'Move over to the left lane.',
        ),
        held_out=('Please change to the left lane.', 'Move to the lane on the left.'),
    ),
    ManoeuvreKind.LANE_RIGHT: Wordings(
        train=(
            'Change to the right lane.',
            'Move one lane to the right.',
            'Switch to the lane on your right.',
            'Do a lane change to the right.',
            'Go to the right lane.',
            'Take the right lane.',
            'Change one lane to the right.',
            'Move over to the right lane.',
        ),
        held_out=('Please change to the right lane.', 'Move to the lane on the right.'),
    ),
}


CANONICAL: dict[ManoeuvreKind, str] = {
    kind: wordings.train[0] for kind, wordings in WORDINGS.items()
}
"""The wording in which a model is given a manoeuvre, whatever was typed; models know it."""


def speed_words(speed_mps: float, in_kmh: bool) -> str:
    """Return a speed with its unit, in km/h or m/s."""
    if in_kmh:
        return f'{round(speed_mps * 3.6)} km/h'
    return f'{speed_mps:.1f} m/s'
