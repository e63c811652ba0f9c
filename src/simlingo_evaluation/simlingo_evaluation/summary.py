# SPDX-License-Identifier: Apache-2.0
"""What a campaign says: numbers by policy and by situation, as data and as tables."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from simlingo_evaluation.records import EpisodeRecord
from simlingo_evaluation.statistics import Interval, bootstrap_over_seeds
from simlingo_sim.score.bench2drive import efficiency
from simlingo_sim.score.infractions import EndReason
from simlingo_sim.score.protocol import ScoreProtocol
from simlingo_sim.score.results import checkpoint, infractions_per_km

Value = Callable[[EpisodeRecord], float]


def summarise(
    records: Sequence[EpisodeRecord], drives_asked: dict[str, int], protocol: ScoreProtocol
) -> dict[str, Any]:
    """Return the numbers of a campaign.

    Field names: ``policies.<name>`` holds ``drives``, ``drives_asked``, ``driving_score``,
    ``success_percent``, ``route_completion_percent``, ``penalty`` (each with ``mean``, ``low`` and
    ``high`` of the 95 % bootstrap interval over seeds), ``driving_score_over_episodes`` (the same
    with every drive drawn by itself), ``smoothness_official_percent``,
    ``smoothness_corrected_percent``, ``efficiency_percent``,
    ``infractions_per_km``, ``situations.<name>`` with the same first three, ``failures`` (route,
    seed, status, score, cause, strip) and ``leaderboard``, the result in the leaderboard's layout.

    Args:
        records: finished drives of all policies.
        drives_asked: how many drives each policy should have made.
        protocol: the rules they were scored by.
    """
    by_policy: dict[str, list[EpisodeRecord]] = {name: [] for name in drives_asked}
    for record in records:
        by_policy.setdefault(record.policy, []).append(record)
    return {
        'schema': 1,
        'protocol': protocol.name,
        'policies': {
            name: _policy(found, drives_asked.get(name, len(found)), protocol)
            for name, found in by_policy.items()
        },
    }


def _policy(
    records: Sequence[EpisodeRecord], asked: int, protocol: ScoreProtocol
) -> dict[str, Any]:
    counted = list(records)
    if protocol.drops_crashed:
        counted = [r for r in records if r.score.end is not EndReason.AGENT_CRASHED]
    situations: dict[str, list[EpisodeRecord]] = defaultdict(list)
    for record in counted:
        for name in record.situations:
            situations[name].append(record)
    entries = [record.entry(repetition=record.seed) for record in records]
    return {
        'drives': len(records),
        'drives_asked': asked,
        **_headline(counted),
        'driving_score_over_episodes': _as_dict(
            bootstrap_over_seeds({n: [r.score.driving_score] for n, r in enumerate(counted)})
        ),
        'penalty': _interval(counted, lambda r: r.score.penalty),
        'smoothness_official_percent': _mean_percent(r.smoothness_official for r in counted),
        'smoothness_corrected_percent': _mean_percent(r.smoothness_corrected for r in counted),
        'efficiency_percent': _number(efficiency([r.score for r in counted])),
        'infractions_per_km': infractions_per_km(entries),
        'situations': {name: _headline(found) for name, found in sorted(situations.items())},
        'failures': [_failure(record) for record in records if not record.score.is_success],
        'leaderboard': checkpoint(entries, asked, protocol),
    }


def _headline(records: Iterable[EpisodeRecord]) -> dict[str, Any]:
    found = list(records)
    return {
        'count': len(found),
        'driving_score': _interval(found, lambda r: r.score.driving_score),
        'success_percent': _interval(found, lambda r: 100.0 * r.score.is_success),
        'route_completion_percent': _interval(found, lambda r: r.score.route_score),
    }


def _interval(records: Sequence[EpisodeRecord], value: Value) -> dict[str, float | None]:
    by_seed: dict[int, list[float]] = defaultdict(list)
    for record in records:
        by_seed[record.seed].append(value(record))
    return _as_dict(bootstrap_over_seeds(by_seed))


def _as_dict(interval: Interval) -> dict[str, float | None]:
    return {
        'mean': _number(interval.mean),
        'low': _number(interval.low),
        'high': _number(interval.high),
    }


def _mean_percent(shares: Iterable[float | None]) -> float | None:
    known = [share for share in shares if share is not None]
    return _number(100.0 * sum(known) / len(known)) if known else None


def _number(value: float) -> float | None:
    """JSON knows no NaN; null says that there is no number."""
    return round(value, 4) if math.isfinite(value) else None


def _failure(record: EpisodeRecord) -> dict[str, Any]:
    return {
        'route': record.route_id,
        'seed': record.seed,
        'situations': list(record.situations),
        'status': record.score.status,
        'driving_score': round(record.score.driving_score, 2),
        'cause': record.cause,
        'strip': record.strip,
    }


def print_tables(summary: dict[str, Any], console: Console, *, failures: int = 12) -> None:
    """Print the numbers for people; at most ``failures`` failures for each policy."""
    overall = Table(title=f'closed loop, protocol {summary["protocol"]}, 95 % over seeds')
    for heading in (
        'policy',
        'drives',
        'driving score',
        'success %',
        'completion %',
        *_SMOOTHNESS,
    ):
        overall.add_column(heading, justify='left' if heading == 'policy' else 'right')
    for name, policy in summary['policies'].items():
        overall.add_row(
            name,
            f'{policy["drives"]}/{policy["drives_asked"]}',
            *(_text(policy[key]) for key in _HEADLINE),
            _plain(policy['smoothness_official_percent']),
            _plain(policy['smoothness_corrected_percent']),
        )
    console.print(overall)
    console.print(_situation_table(summary))
    for name, policy in summary['policies'].items():
        for failure in policy['failures'][:failures]:
            console.print(
                f'[bold]{name}[/bold] route {failure["route"]} seed {failure["seed"]} '
                f'({", ".join(failure["situations"])}): {failure["status"]}, '
                f'{failure["driving_score"]}: {failure["cause"]} {failure["strip"]}',
                highlight=False,
            )
        if len(policy['failures']) > failures:
            console.print(
                f'{name}: {len(policy["failures"]) - failures} more failures in the JSON'
            )


_SMOOTHNESS = ('smooth % (official)', 'smooth % (corrected)')
_HEADLINE = ('driving_score', 'success_percent', 'route_completion_percent')


def _situation_table(summary: dict[str, Any]) -> Table:
    table = Table(title='by situation: driving score / success %')
    table.add_column('situation')
    names = sorted({s for policy in summary['policies'].values() for s in policy['situations']})
    for policy in summary['policies']:
        table.add_column(policy, justify='right')
    for name in names:
        cells = []
        for policy in summary['policies'].values():
            numbers = policy['situations'].get(name)
            cells.append(
                f'{_plain(numbers["driving_score"]["mean"])} / '
                f'{_plain(numbers["success_percent"]["mean"])} (n={numbers["count"]})'
                if numbers
                else '-'
            )
        table.add_row(name, *cells)
    return table


def _text(value: dict[str, float | None]) -> str:
    if value['mean'] is None or value['low'] is None or value['high'] is None:
        return '-'
    return str(Interval(value['mean'], value['low'], value['high']))


def _plain(value: float | None) -> str:
    return '-' if value is None else f'{value:.1f}'
