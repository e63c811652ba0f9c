# SPDX-License-Identifier: Apache-2.0
"""Rollouts side by side: every protocol at once, efficiency, comfort, paired differences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simlingo_core.frame import TICK_PERIOD_S
from simlingo_evaluation.results.measures import comfort_of, efficiency_of
from simlingo_evaluation.results.merge import result_paths
from simlingo_evaluation.results.rescoring import score_of, score_under_all
from simlingo_evaluation.results.result_file import ResultFile, read_result_file
from simlingo_evaluation.statistics import bootstrap_over_seeds


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """The records of one evaluation.

    Attributes:
        name: as given.
        records: the last one of each route.
        total: routes asked for.
        metrics: folder of its logs, None where there are none.
    """

    name: str
    records: tuple[dict[str, Any], ...]
    total: int
    metrics: Path | None


def read_rollout(path: Path, *, total: int | None, metrics: Path | None = None) -> Rollout:
    """Read a result file, a merged file, or a folder of result files.

    Args:
        path: file or folder, see ``result_paths``.
        total: routes of the benchmark; None: what the files' progress says, else their routes.
        metrics: folder of the logs.

    Raises:
        ConfigError: there is no such file, or no result file in the folder.
        ContractError: a file is not a result file.
    """
    files = [read_result_file(each) for each in result_paths(path)]
    records = {record['route_id']: record for file in files for record in file.records}
    asked = total if total is not None else _asked(files)
    return Rollout(
        name=str(path),
        records=tuple(records.values()),
        total=max(asked, len(records)) if total is None else asked,
        metrics=metrics,
    )


def measures_of(rollout: Rollout) -> dict[str, Any]:
    """Return all numbers of one rollout, as JSON types.

    ``protocols.<name>`` holds ``driving_score``, ``success_rate``, ``divisor`` and ``matches``;
    ``comfort`` is None without logs.
    """
    scores = score_under_all(rollout.records, total=rollout.total)
    comfort = (
        comfort_of(rollout.records, rollout.metrics, period_s=TICK_PERIOD_S)
        if rollout.metrics is not None
        else None
    )
    composed = [record['scores']['score_composed'] for record in rollout.records]
    return {
        'name': rollout.name,
        'records': len(rollout.records),
        'total': rollout.total,
        'driving_score_as_written': sum(composed) / max(rollout.total, 1),
        'protocols': {name: vars(score) for name, score in scores.items()},
        'efficiency': efficiency_of(rollout.records),
        'comfort': comfort,
    }


def difference(first: Rollout, second: Rollout) -> dict[str, Any]:
    """Return how the second differs from the first on the routes that both have.

    ``driving_score`` has the mean of second minus first and its 95 % interval over routes, by the
    scores as they were written; ``better`` and ``worse`` hold routes whose outcome changed from
    failure to success and from success to failure.
    """
    ours, theirs = (
        {record['route_id']: record for record in rollout.records} for rollout in (first, second)
    )
    common = [ident for ident in ours if ident in theirs]
    gains = {
        number: [_composed(theirs[ident]) - _composed(ours[ident])]
        for number, ident in enumerate(common)
    }
    interval = bootstrap_over_seeds(gains)
    is_known = math.isfinite(interval.low)  # one route has no interval
    changed = [(i, score_of(ours[i]).is_success, score_of(theirs[i]).is_success) for i in common]
    return {
        'routes': len(common),
        'driving_score': {
            'mean': interval.mean,
            'low': interval.low if is_known else None,
            'high': interval.high if is_known else None,
        }
        if common
        else None,
        'better': [ident for ident, before, after in changed if after and not before],
        'worse': [ident for ident, before, after in changed if before and not after],
    }


def table_of(measures: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Return the rows of a table: name of the measure, then one cell for each rollout."""
    rows = [
        ['records / routes', *(f'{m["records"]} / {m["total"]}' for m in measures)],
        ['driving score, as written', *(f'{m["driving_score_as_written"]:.2f}' for m in measures)],
    ]
    for name in measures[0]['protocols']:
        scores = [m['protocols'][name] for m in measures]
        rows.append([f'driving score, {name}', *(f'{s["driving_score"]:.2f}' for s in scores)])
        rows.append([f'success %, {name}', *(f'{100 * s["success_rate"]:.2f}' for s in scores)])
        rows.append(
            [
                f'records with the penalty of {name}',
                *(f'{s["matches"]}' for s in scores),
            ]
        )
    rows.append(
        ['efficiency %', *(_cell(m['efficiency']['driving_efficiency'], 1) for m in measures)]
    )
    for label, key in (('official', ''), ('corrected', '_corrected')):
        cells = [
            _cell(m['comfort'] and m['comfort'][f'driving_smoothness{key}'], 100) for m in measures
        ]
        rows.append([f'comfort %, {label}', *cells])
    return rows


def _cell(value: float | None, factor: int) -> str:
    return '-' if value is None else f'{factor * value:.2f}'


def _composed(record: Mapping[str, Any]) -> float:
    return float(record['scores']['score_composed'])


def _asked(files: Sequence[ResultFile]) -> int:
    return sum(file.progress[1] if file.progress else len(file.records) for file in files)
