# SPDX-License-Identifier: Apache-2.0
"""Prompts in upstream's wording, which is an interface of the checkpoint.

A prompt is a list of pieces, plain text and marks, and never one string with markup in it, so that
text of a person can never become a mark.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import ContractError
from simlingo_core.types import MAX_INSTRUCTION_CHARACTERS, RoadOption, SafetyMode

DRIVING_REQUEST = 'Predict the waypoints.'
COMMENTARY_REQUEST = 'What should the ego do next?'
WAYPOINTS_ANSWER = 'Waypoints:'
FOLLOWING_ANSWER = 'Following the given instruction. Waypoints:'
MODE_PREFIXES = {
    SafetyMode.FOLLOW: '<INSTRUCTION_FOLLOWING> ',
    SafetyMode.REFUSE_UNSAFE: '<SAFETY> ',
}
COMMAND_PHRASES = {
    RoadOption.LEFT: 'go left at the next intersection',
    RoadOption.RIGHT: 'go right at the next intersection',
    RoadOption.STRAIGHT: 'go straight at the next intersection',
    RoadOption.LANE_FOLLOW: 'follow the road',
    RoadOption.CHANGE_LANE_LEFT: 'do a lane change to the left',
    RoadOption.CHANGE_LANE_RIGHT: 'do a lane change to the right',
}


class Mark(Enum):
    """A place in the prompt that is not text."""

    TARGET_POINT = '<TARGET_POINT>'


Piece = str | Mark
_TARGET_CLAUSE: tuple[Piece, ...] = (
    'Target waypoint: ',
    Mark.TARGET_POINT,
    Mark.TARGET_POINT,
    '.',
)


@dataclass(frozen=True)
class Prompt:
    """The user's turn of a conversation, as pieces."""

    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """Readable form."""
        return ''.join(p if isinstance(p, str) else p.value for p in self.pieces)

    @property
    def has_target_points(self) -> bool:
        """Whether it contains marks for target points."""
        return Mark.TARGET_POINT in self.pieces


def target_point_clause() -> tuple[Piece, ...]:
    """Navigation by two embedded target points."""
    return _TARGET_CLAUSE


def target_point_text_clause(target_points_m: NDArray[np.float64]) -> tuple[Piece, ...]:
    """Navigation by target points as numbers (checkpoint frame, (2, 2))."""
    first, second = np.asarray(target_points_m, dtype=np.float64).round(2).tolist()
    return (f'Target waypoint: 1:{first} 2:{second}',)


def command_clause(
    command: RoadOption, next_command: RoadOption, distance_m: float
) -> tuple[Piece, ...]:
    """Navigation by a high-level command as text.

    Args:
        command: in force.
        next_command: the one after it; named where it differs.
        distance_m: to the target point; 0: the car is crossing the junction of ``command``, and
            no distance is named.

    Raises:
        ContractError: there is no command to follow.
    """
    if command not in COMMAND_PHRASES:
        raise ContractError(
            f'command is {command.name}; expected one of '
            f'{[option.name for option in COMMAND_PHRASES]}'
        )
    phrase = COMMAND_PHRASES[command]
    if command is not RoadOption.LANE_FOLLOW and distance_m > 0.0:
        phrase += f' in {int(distance_m)} meter'
    if next_command != command and next_command in COMMAND_PHRASES:
        phrase += f' then {COMMAND_PHRASES[next_command]}'
    return (f'Command: {phrase}.',)


def driving_prompt(speed_mps: float, navigation: tuple[Piece, ...]) -> Prompt:
    """Ask for waypoints only."""
    return _join(speed_mps, navigation, DRIVING_REQUEST)


def commentary_prompt(speed_mps: float, navigation: tuple[Piece, ...]) -> Prompt:
    """Ask for a commentary: what the car should do and why."""
    return _join(speed_mps, navigation, COMMENTARY_REQUEST)


def given_commentary_prompt(
    speed_mps: float, navigation: tuple[Piece, ...], commentary: str
) -> Prompt:
    """Give a commentary and the route, ask for the waypoints."""
    return _join(speed_mps, navigation, f'{commentary} {DRIVING_REQUEST}')


def commentary_command_prompt(speed_mps: float, commentary: str) -> Prompt:
    """Give a commentary instead of the route, ask for the waypoints."""
    return _join(speed_mps, (f'Command: {commentary}',), DRIVING_REQUEST)


def question_prompt(speed_mps: float, navigation: tuple[Piece, ...], question: str) -> Prompt:
    """Ask a question about the image."""
    return _join(speed_mps, navigation, f'Q: {clean_text(question)}')


def instruction_prompt(
    speed_mps: float,
    navigation: tuple[Piece, ...] | None,
    instruction: str,
    mode: SafetyMode = SafetyMode.FOLLOW,
) -> Prompt:
    """Instruct the car; ``navigation`` None leaves the route out."""
    prompt = _join(speed_mps, navigation or (), clean_text(instruction))
    return Prompt(_merge_text((MODE_PREFIXES[mode], *prompt.pieces)))


def commentary_answer(commentary: str) -> str:
    """Return the answer to a commentary prompt."""
    return f'{commentary} {WAYPOINTS_ANSWER}'


def question_answer(answer: str) -> str:
    """Return the answer to a question prompt."""
    return f'A: {answer}'


def without_markers(answer: str) -> str:
    """Return a generated text without the markers ``A:`` and ``Waypoints:``."""
    text = answer.strip().removeprefix('A:').strip()
    return text.removesuffix(WAYPOINTS_ANSWER).strip()


def clean_text(text: str) -> str:
    """Return a person's text as one line, without control characters and repeated spaces.

    Special tokens spelled out in it stay: the tokenizer never turns text into special tokens.

    Raises:
        ContractError: nothing is left, or it is too long.
    """
    if len(text) > MAX_INSTRUCTION_CHARACTERS:
        raise ContractError(
            f'the text has {len(text)} characters; expected at most '
            f'{MAX_INSTRUCTION_CHARACTERS}; shorten it'
        )
    visible = ''.join(' ' if unicodedata.category(c).startswith('C') else c for c in text)
    cleaned = re.sub(r'\s+', ' ', visible).strip()
    if not cleaned:
        raise ContractError('the text is empty; expected an instruction or a question')
    return cleaned


def speed_text(speed_mps: float) -> str:
    """Return the speed as upstream prints it: one decimal, no negative zero.

    Raises:
        ContractError: it is not finite.
    """
    if not math.isfinite(speed_mps):
        raise ContractError(f'speed is {speed_mps} m/s; expected a finite number')
    return str(round(float(speed_mps), 1) + 0.0)


def prompt_from_text(text: str) -> Prompt:
    """Turn trusted text that spells out the marks (data sets, tests) into a prompt."""
    pieces: list[Piece] = []
    for part in re.split(f'({re.escape(Mark.TARGET_POINT.value)})', text):
        if part == Mark.TARGET_POINT.value:
            pieces.append(Mark.TARGET_POINT)
        elif part:
            pieces.append(part)
    return Prompt(tuple(pieces))


def _join(speed_mps: float, navigation: tuple[Piece, ...], request: str) -> Prompt:
    head = f'Current speed: {speed_text(speed_mps)} m/s. '
    blank: tuple[Piece, ...] = (' ',) if navigation else ()
    return Prompt(_merge_text((head, *navigation, *blank, request)))


def _merge_text(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """Join neighbouring text, because the tokenizer merges across their boundary."""
    merged: list[Piece] = []
    for piece in pieces:
        if merged and isinstance(piece, str) and isinstance(merged[-1], str):
            merged[-1] += piece
        else:
            merged.append(piece)
    return tuple(merged)
