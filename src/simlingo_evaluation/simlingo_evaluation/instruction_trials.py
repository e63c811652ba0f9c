# SPDX-License-Identifier: Apache-2.0
"""What is kept of the instructions tried on one route: the file, written and read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from simlingo_core.errors import ContractError
from simlingo_core.files import write_atomically

SCHEMA = 2


@dataclass(frozen=True, kw_only=True)
class InstructionTrial:
    """One instruction, given once.

    Attributes:
        policy, route_id, seed: of the episode.
        kind: of manoeuvre, in words.
        text: of the instruction.
        given_s: simulation time at which it was given.
        is_followed: by the measure of ``instruction_following``.
        measured: what was measured, in words.
        measured_without: the same measure on the episode without instruction.
    """

    policy: str
    route_id: str
    seed: int
    kind: str
    text: str
    given_s: float
    is_followed: bool
    measured: str
    measured_without: str


@dataclass(frozen=True, kw_only=True)
class TrialRecord:
    """All trials on one route with one seed.

    Attributes:
        policy, route_id, seed: of the episodes.
        trials: none where no moment suits an instruction.
        error: why an episode crashed, empty if none did.
    """

    policy: str
    route_id: str
    seed: int
    trials: tuple[InstructionTrial, ...]
    error: str = ''


def write_trials(path: Path, record: TrialRecord) -> None:
    """Write the trials of one route; a reader never finds half of them."""
    write_atomically(path, json.dumps({'schema': SCHEMA, **asdict(record)}, indent=1))


def read_trials(path: Path) -> TrialRecord:
    """Read the trials of one route.

    Raises:
        ContractError: the file is something else.
    """
    try:
        data: dict[str, Any] = json.loads(path.read_text())
        schema = data.pop('schema')
        if schema != SCHEMA:
            raise ContractError(f'{path} has schema {schema!r}; expected {SCHEMA}')
        data['trials'] = tuple(InstructionTrial(**item) for item in data['trials'])
        return TrialRecord(**data)
    except (AttributeError, KeyError, OSError, TypeError, ValueError) as error:
        raise ContractError(f'{path} holds no instruction trials ({error})') from error
