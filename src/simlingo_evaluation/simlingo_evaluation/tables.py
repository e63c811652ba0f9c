# SPDX-License-Identifier: Apache-2.0
"""The numbers of a campaign as tables on the console."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from simlingo_evaluation.statistics import Interval
from simlingo_sim.score.abilities import ABILITIES

_SMOOTHNESS = ('smooth % (official)', 'smooth % (corrected)')
_HEADLINE = ('driving_score', 'success_percent', 'route_completion_percent')


def print_tables(summary: dict[str, Any], console: Console, *, failures: int = 12) -> None:
    """Print the numbers for people; at most ``failures`` failures for each policy."""
    console.print(_overall_table(summary))
    console.print(_situation_table(summary))
    console.print(_ability_table(summary['policies']))
    for line in says_and_does_lines(summary['policies']):
        console.print(line, highlight=False, markup=False)
    for name, policy in summary['policies'].items():
        _print_failures(name, policy, console, failures)


def says_and_does_lines(policies: dict[str, Any]) -> list[str]:
    """Return one line on the texts of each policy that was compared."""
    lines = []
    for name, numbers in policies.items():
        if words := numbers.get('says_and_does'):
            kinds = [f'{k} {100.0 * v:.2f} %' for k, v in words['share'].items()] or ['none']
            left = [f'{k} {100.0 * v:.2f} %' for k, v in words['share_trusted'].items() if v]
            lines.append(
                f'{name}: {words["compared"]} texts, contradictions: {", ".join(kinds)}; while '
                f'plans were trusted ({words["trusted"]} texts): {", ".join(left) or "none"}'
            )
    return lines


def _overall_table(summary: dict[str, Any]) -> Table:
    overall = Table(
        title=f'closed loop, protocol {summary["protocol"]}; [95 % over seeds, if several]'
    )
    for heading in (
        'policy',
        'episodes',
        'driving score',
        'success %',
        'completion %',
        *_SMOOTHNESS,
    ):
        overall.add_column(heading, justify='left' if heading == 'policy' else 'right')
    for name, policy in summary['policies'].items():
        overall.add_row(
            name,
            f'{policy["episodes"]}/{policy["episodes_asked"]}',
            *(_text(policy[key]) for key in _HEADLINE),
            _plain(policy['smoothness_official_percent']),
            _plain(policy['smoothness_corrected_percent']),
        )
    return overall


def _print_failures(name: str, policy: dict[str, Any], console: Console, most: int) -> None:
    for failure in policy['failures'][:most]:
        console.print(f'[bold]{name}[/bold] {_failure_text(failure)}', highlight=False)
    if len(policy['failures']) > most:
        console.print(f'{name}: {len(policy["failures"]) - most} more failures in summary.json')
    if policy['crashed']:
        console.print(
            f'[bold red]{name}: {len(policy["crashed"])} episodes crashed[/bold red]; '
            'mend the cause and run again with --retry-crashed:',
            highlight=False,
        )
    for crash in policy['crashed']:
        console.print(f'[bold]{name}[/bold] {_failure_text(crash)}', highlight=False)


def _failure_text(failure: dict[str, Any]) -> str:
    return (
        f'route {failure["route"]} seed {failure["seed"]} '
        f'({", ".join(failure["situations"])}): {failure["status"]}, '
        f'{failure["driving_score"]}: {failure["cause"]} {failure["strip"]}'
    )


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


def _ability_table(policies: dict[str, Any]) -> Table:
    table = Table(title="by Bench2Drive's abilities: success %")
    table.add_column('ability')
    for policy in policies:
        table.add_column(policy, justify='right')
    for row in ability_rows(policies):
        table.add_row(*row)
    return table


def ability_rows(policies: Mapping[str, Any]) -> list[list[str]]:
    """Return one row for each ability, and one of their mean; no mean unless all were shown."""
    columns = [policy['abilities'] for policy in policies.values()]
    rows = [
        [
            name.replace('_', ' ').lower(),
            *(
                f'{_plain(shown[name]["success_percent"])} (n={shown[name]["count"]})'
                for shown in columns
            ),
        ]
        for name in ABILITIES
    ]
    means = []
    for shown in columns:
        shares = [numbers['success_percent'] for numbers in shown.values()]
        known = [share for share in shares if share is not None]
        means.append(_plain(sum(known) / len(shares) if len(known) == len(shares) else None))
    return [*rows, ['mean', *means]]


def _text(value: dict[str, float | None]) -> str:
    mean, low, high = value['mean'], value['low'], value['high']
    if mean is None:
        return '-'
    # One seed has no interval.
    return str(Interval(mean, *(math.nan if x is None else x for x in (low, high))))


def _plain(value: float | None) -> str:
    return '-' if value is None else f'{value:.1f}'
