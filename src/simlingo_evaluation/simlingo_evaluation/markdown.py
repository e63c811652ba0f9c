# SPDX-License-Identifier: Apache-2.0
"""The numbers of a campaign as a table that can be pasted into a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simlingo_evaluation.tables import ability_rows

TABLE_FILE = 'table.md'
INFRACTIONS = {
    'collisions_pedestrian': 'pedestrian hit',
    'collisions_vehicle': 'vehicle hit',
    'collisions_layout': 'scenery hit',
    'red_light': 'red light',
    'stop_infraction': 'stop sign',
    'outside_route_lanes': 'outside lanes',
    'route_dev': 'left the route',
    'vehicle_blocked': 'blocked',
    'route_timeout': 'out of time',
    'scenario_timeouts': 'situation timed out',
    'yield_emergency_vehicle_infractions': 'did not yield',
}


def markdown(summary: Mapping[str, Any], seeds: int) -> str:
    """Return scores, infractions and abilities as three tables.

    Args:
        summary: as ``summarise`` returns it.
        seeds: how many there were.
    """
    policies = summary['policies']
    rows = [
        ['policy', 'episodes', 'driving score', '(over episodes)', 'success %', 'completion %'],
        *([name, *_scores(numbers)] for name, numbers in policies.items()),
    ]
    kinds = [kind for kind in INFRACTIONS if any(_count(p, kind) for p in policies.values())]
    counts = [
        ['infractions per km', *policies],
        *(
            [INFRACTIONS[kind], *(f'{_count(p, kind):.2f}' for p in policies.values())]
            for kind in kinds
        ),
    ]
    drawn = (
        f'95 % bootstrap interval of the mean, drawing the {seeds} seeds with all their episodes; '
        '`over episodes` draws each episode by itself'
        if seeds > 1
        else '95 % bootstrap interval of the mean, drawing each episode; one seed does not show '
        'how much seeds differ'
    )
    about = (
        f'Protocol {summary["protocol"]}. In brackets: {drawn}. Outside lanes: share of the way. '
        'Failed episodes count as they are.'
    )
    crashed = {name: len(p['crashed']) for name, p in policies.items() if p['crashed']}
    if crashed:
        counts_by_name = ', '.join(f'{name} {count}' for name, count in crashed.items())
        about += f' **Crashed episodes: {counts_by_name}; see `summary.json`.**'
    shown = [["Bench2Drive's abilities, success %", *policies], *ability_rows(policies)]
    words = _says_and_does(policies)
    return '\n'.join(
        [*_table(rows), '', about, '', *_table(counts), '', *_table(shown), '', *words]
    )


def _says_and_does(policies: Mapping[str, Any]) -> list[str]:
    """Return how often texts contradict, as a table; nothing where none was compared."""
    found = {
        name: numbers['says_and_does']
        for name, numbers in policies.items()
        if numbers.get('says_and_does')
    }
    kinds = sorted({kind for words in found.values() for kind in words['share']})
    if not found:
        return []
    rows = [
        ['says and does, % of texts', *found],
        ['texts compared', *(str(words['compared']) for words in found.values())],
        *(
            [
                kind.replace('_', ' '),
                *(f'{100.0 * words["share"].get(kind, 0.0):.2f}' for words in found.values()),
            ]
            for kind in kinds
        ),
    ]
    return [*_table(rows), '']


def _scores(numbers: Mapping[str, Any]) -> list[str]:
    return [
        f'{numbers["episodes"]}/{numbers["episodes_asked"]}',
        _interval(numbers['driving_score']),
        _range(numbers['driving_score_over_episodes']),
        _interval(numbers['success_percent']),
        _interval(numbers['route_completion_percent']),
    ]


def _interval(value: Mapping[str, float | None]) -> str:
    if value['mean'] is None:
        return '–'
    return f'{value["mean"]:.1f}' + (f' {_range(value)}' if value['low'] is not None else '')


def _range(value: Mapping[str, float | None]) -> str:
    return '–' if value['low'] is None else f'[{value["low"]:.1f}, {value["high"]:.1f}]'


def _count(numbers: Mapping[str, Any], kind: str) -> float:
    return float(numbers['infractions_per_km'].get(kind, 0.0))


def _table(rows: list[list[str]]) -> list[str]:
    head, *body = rows
    rule = ['---', *('---:' for _ in head[1:])]
    return [f'| {" | ".join(row)} |' for row in (head, rule, *body)]
