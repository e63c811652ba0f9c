# SPDX-License-Identifier: Apache-2.0
"""Sections of ``simlingo bench`` that belong to no other package.

A section is an entry point of the group ``simlingo.benches``: a function that takes ``quick`` (a
short, rough measurement) and returns rows.  A row is a mapping with ``name`` (key in the JSON),
``label`` (for people, with the unit), ``value`` and, where there is a target, ``at_most`` or
``at_least``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simlingo_core.errors import SimlingoError

Rows = Sequence[Mapping[str, Any]]

QUICK_S, FULL_S = 5.0, 60.0
STACK_FOLDER = Path('out/bench/stack')
STACK_LIMIT_S = 600.0


def transport(quick: bool) -> Rows:
    """Measure images from process to process and the cost of their conversions."""
    from simlingo_ros import bench

    result = bench.run(QUICK_S if quick else FULL_S)
    rows = []
    for name, label in bench.LABELS.items():
        row: dict[str, Any] = {'name': name, 'label': label, 'value': result[name]}
        if name in bench.TARGETS:
            row['at_most'] = bench.TARGETS[name]
        rows.append(row)
    return rows


def stack(_quick: bool) -> Rows:
    """Measure the mini driving over ROS in real time: one ``simlingo demo``, quick or not.

    Raises:
        SimlingoError: the episode ended without a summary.
    """
    command = [sys.executable, '-m', 'simlingo_bringup', 'demo', '--out', str(STACK_FOLDER)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=STACK_LIMIT_S)
    file = STACK_FOLDER / 'summary.json'
    if not file.is_file():
        raise SimlingoError(f'simlingo demo ended with {done.returncode}:\n{done.stderr[-2000:]}')
    return stack_rows(json.loads(file.read_text(encoding='utf-8')))


def stack_rows(summary: Mapping[str, Any]) -> Rows:
    """Return the rows of an episode's summary.

    Raises:
        SimlingoError: no plan was made in it.
    """
    age_ms, latency_ms = summary['plan_age_ms'], summary['plan_latency_ms']
    if age_ms['p99'] is None or latency_ms['p99'] is None:
        raise SimlingoError('no plan was made; look at the log of simlingo demo')
    return [
        _row('control_hz', 'commands [1/s]', summary['control_hz'], at_least=19.5),
        _row('plans_per_second', 'plans [1/s]', summary['plans_per_second']),
        _row('plan_age_median_ms', 'plan age when used, median [ms]', age_ms['median']),
        _row('plan_age_p99_ms', 'plan age when used, p99 [ms]', age_ms['p99'], at_most=300.0),
        _row(
            'plan_latency_p99_ms', 'exposure to plan, p99 [ms]', latency_ms['p99'], at_most=150.0
        ),
    ]


def _row(name: str, label: str, value: float, **target: float) -> Mapping[str, Any]:
    return {'name': name, 'label': label, 'value': value, **target}
