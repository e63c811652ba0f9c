# SPDX-License-Identifier: Apache-2.0
"""Read the result files of the CARLA leaderboard 2.x and of Bench2Drive, and check them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simlingo_core.errors import ContractError
from simlingo_sim.score.infractions import EndReason, InfractionKind

STATUSES = {end.value: end for end in EndReason} | {'Perfect': EndReason.ARRIVED}
KINDS = frozenset(kind.value for kind in InfractionKind)


@dataclass(frozen=True, kw_only=True)
class ResultFile:
    """One result file.

    Attributes:
        path: where it was read.
        entry_status: ``Started``, ``Finished``, ``Crashed``, ``Rejected`` or ``Invalid``; empty
            where the file has none.
        progress: routes done and routes asked for; None where the file has none.
        records: its records, unchanged.
    """

    path: Path
    entry_status: str
    progress: tuple[int, int] | None
    records: tuple[dict[str, Any], ...]

    @property
    def is_complete(self) -> bool:
        """Whether nothing in the file says that routes are missing."""
        has_all = self.progress is None or self.progress[0] >= self.progress[1]
        return has_all and self.entry_status in ('', 'Finished')


def read_result_file(path: Path) -> ResultFile:
    """Read one result file.

    Raises:
        ContractError: it cannot be read, is no JSON, lacks a field, or is of another version; the
            message names the file and the field.
    """
    try:
        data = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(f'{path} cannot be read: {error}') from error
    except json.JSONDecodeError as error:
        raise ContractError(
            f'{path} is not complete JSON (line {error.lineno}: {error.msg}); the evaluation may '
            'have been stopped while it wrote: run it again with --resume, or remove the file'
        ) from error
    point = _field(path, data, '_checkpoint', dict)
    records = _field(path, point, '_checkpoint.records', list)
    for index, record in enumerate(records):
        _check_record(path, record, f'_checkpoint.records[{index}]')
    return ResultFile(
        path=path,
        entry_status=str(data.get('entry_status', '')),
        progress=_progress(path, point.get('progress')),
        records=tuple(records),
    )


def end_of(status: str) -> EndReason | None:
    """Return how a route ended; None for a word that no result file has.

    A failure that the embedded simulator does not know (such as an agent that could not be set
    up), and a route still running, count as stopped early.
    """
    if status == 'Started' or (status.startswith('Failed - ') and status not in STATUSES):
        return EndReason.STOPPED_EARLY
    return STATUSES.get(status)


def _check_record(path: Path, record: object, where: str) -> None:
    _field(path, record, f'{where}.route_id', str)
    status = _field(path, record, f'{where}.status', str)
    if end_of(status) is None:
        raise ContractError(
            f'{path}: {where}.status is {status!r}; expected Perfect, Completed, Started, '
            'Failed, or Failed with a reason'
        )
    infractions = _field(path, record, f'{where}.infractions', dict)
    if infractions.keys() != KINDS:
        raise ContractError(
            f'{path}: {where}.infractions lacks {sorted(KINDS - infractions.keys())} and has '
            f'{sorted(infractions.keys() - KINDS)} beyond those of the leaderboard 2.x; the file '
            'is of another version: evaluate again with the leaderboard 2.0, 2.1 or Bench2Drive'
        )
    for kind in infractions:
        _field(path, infractions, f'{where}.infractions.{kind}', list)
    scores = _field(path, record, f'{where}.scores', dict)
    for name in ('score_route', 'score_penalty', 'score_composed'):
        value = _field(path, scores, f'{where}.scores.{name}', (int, float))
        if isinstance(value, bool) or not math.isfinite(value):
            raise ContractError(f'{path}: {where}.scores.{name} is {value}; expected a number')


def _field(path: Path, owner: object, name: str, kind: type | tuple[type, ...]) -> Any:
    """Return the field of a dotted name from the mapping that holds it."""
    key = name.rpartition('.')[2]
    if not isinstance(owner, Mapping) or key not in owner:
        raise ContractError(
            f'{path} has no field {name}; expected a result file of the CARLA leaderboard 2.x or '
            'of Bench2Drive'
        )
    if not isinstance(owner[key], kind):
        raise ContractError(
            f'{path}: {name} is of type {type(owner[key]).__name__}; expected {_names(kind)}'
        )
    return owner[key]


def _names(kind: type | tuple[type, ...]) -> str:
    return ' or '.join(each.__name__ for each in (kind if isinstance(kind, tuple) else (kind,)))


def _progress(path: Path, value: object) -> tuple[int, int] | None:
    """Return routes done and asked for; an evaluation that has not begun writes an empty list."""
    if value is None or value == []:
        return None
    if isinstance(value, list) and len(value) == 2 and all(isinstance(v, int) for v in value):
        return value[0], value[1]
    raise ContractError(f'{path}: _checkpoint.progress is {value!r}; expected two whole numbers')
