# SPDX-License-Identifier: Apache-2.0
"""What a browser asks for, read strictly from JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simlingo_core.errors import ContractError
from simlingo_core.instruction_ids import make_instruction_id
from simlingo_core.types import Instruction, InstructionKind

KINDS = {'instruct': InstructionKind.INSTRUCT, 'ask': InstructionKind.ASK}
WORLD_ACTIONS = ('play', 'pause', 'step')
LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True)
class Say:
    """Give an instruction, ask a question or cancel."""

    instruction: Instruction


@dataclass(frozen=True)
class Consider:
    """Ask for the plan that an instruction would lead to."""

    instruction: Instruction


@dataclass(frozen=True)
class Stop:
    """Ask for an emergency stop, or take it back."""

    is_on: bool


@dataclass(frozen=True)
class World:
    """Play, pause or step the world (lockstep)."""

    action: str


@dataclass(frozen=True)
class Begin:
    """Begin another episode."""

    route: str
    situation: str
    seed: int


@dataclass(frozen=True)
class Hear:
    """Take a piece of sound: 16 kHz, one channel, 16 bits."""

    samples: bytes


@dataclass(frozen=True)
class Hold:
    """Hold the button to speak, or let it go."""

    is_held: bool


Request = Say | Hear | Hold | Consider | Stop | World | Begin


def read_request(name: str, body: Any) -> Request:
    """Return what a browser asks for.

    Args:
        name: last part of the address.
        body: JSON of the request.

    Raises:
        ContractError: there is no such request, or a field is missing or of the wrong type.
    """
    if not isinstance(body, Mapping):
        raise ContractError(f'the request is {type(body).__name__}; expected an object')
    if name == 'say':
        kind = _text(body, 'kind', 'instruct')
        if kind not in KINDS:
            raise ContractError(f'kind is {kind!r}; expected one of {", ".join(KINDS)}')
        return Say(_instruction(_text(body, 'text'), KINDS[kind]))
    if name == 'cancel':
        return Say(Instruction(text='', id=_text(body, 'id', ''), kind=InstructionKind.CANCEL))
    if name == 'consider':
        return Consider(_instruction(_text(body, 'text'), InstructionKind.INSTRUCT))
    if name == 'stop':
        return Stop(_flag(body, 'stop'))
    if name == 'world':
        action = _text(body, 'action')
        if action not in WORLD_ACTIONS:
            raise ContractError(
                f'action is {action!r}; expected one of {", ".join(WORLD_ACTIONS)}'
            )
        return World(action)
    if name == 'episode':
        return Begin(_text(body, 'route'), _text(body, 'situation', ''), _seed(body))
    raise ContractError(f'there is no request {name!r}')


def read_button(text: str) -> Hold:
    """Return whether the button to speak is held.

    Raises:
        ContractError: the text is neither of two.
    """
    if text not in ('hold', 'release'):
        raise ContractError(f'the text is {text[:20]!r}; expected hold or release')
    return Hold(text == 'hold')


def read_sound(samples: bytes) -> Hear:
    """Return a piece of sound.

    Raises:
        ContractError: it is empty, or holds half a sample.
    """
    if not samples or len(samples) % 2:
        raise ContractError(f'the sound has {len(samples)} bytes; expected samples of two each')
    return Hear(samples)


def _instruction(text: str, kind: InstructionKind) -> Instruction:
    return Instruction(text=text.strip(), id=make_instruction_id('page'), kind=kind)


def _text(body: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = body.get(name, default)
    if not isinstance(value, str):
        raise ContractError(f'{name} is {value!r}; expected a text')
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ContractError(f'{name} holds half a character; expected a text') from None
    if '\0' in value:
        raise ContractError(f'{name} holds a character of code 0; expected a text')
    return value


def _flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name)
    if not isinstance(value, bool):
        raise ContractError(f'{name} is {value!r}; expected true or false')
    return value


def _seed(body: Mapping[str, Any]) -> int:
    value = body.get('seed', 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_SEED:
        raise ContractError(f'seed is {value!r}; expected a whole number, 0 to {LARGEST_SEED}')
    return value
