# SPDX-License-Identifier: Apache-2.0
"""The result of a soak: curves, a table, numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from simlingo_bringup.soak.samples import Sample
from simlingo_bringup.soak.verdict import Curve
from simlingo_core.files import write_atomically

SUMMARY_FILE, CURVES_FILE, TABLE_FILE = 'summary.json', 'curves.png', 'table.md'


def write_results(
    folder: Path, samples: Sequence[Sample], curves: Sequence[Curve], facts: dict[str, Any]
) -> str:
    """Write ``summary.json``, ``table.md`` and ``curves.png``; return the table."""
    table = markdown(curves, facts)
    write_atomically(folder / TABLE_FILE, table)
    content = {**facts, 'curves': [vars(curve) for curve in curves]}
    write_atomically(folder / SUMMARY_FILE, json.dumps(content, indent=1))
    if samples:
        draw(folder / CURVES_FILE, samples)
    return table


def markdown(curves: Sequence[Curve], facts: dict[str, Any]) -> str:
    """Return what is printed: facts first, then one line for each quantity."""
    lines = [f'{name}: {value}' for name, value in facts.items()]
    lines += [
        '',
        '| what | after the warm-up | at the end | per hour | |',
        '|---|---|---|---|---|',
    ]
    lines += [
        f'| {curve.name} | {curve.first:.1f} {curve.unit} | {curve.last:.1f} {curve.unit} | '
        f'{curve.per_h:+.2f} | {"flat" if curve.is_flat else "GREW"} |'
        for curve in curves
    ]
    return '\n'.join(lines) + '\n'


def draw(path: Path, samples: Sequence[Sample]) -> None:
    """Draw memory, threads, handles and plan times over the time."""
    # Not at the top: it takes a second to import.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.0, 11.0), layout='constrained')
    axes = figure.subplots(4, 1, sharex=True)
    t_min = np.array([sample.t_s for sample in samples]) / 60.0
    names = sorted({p.name for sample in samples for p in sample.processes})
    for axis, key, label in zip(
        axes,
        ('memory_mb', 'threads', 'handles'),
        ('memory [MB]', 'threads', 'handles'),
        strict=False,
    ):
        for name in names:
            values = [
                next((getattr(p, key) for p in sample.processes if p.name == name), np.nan)
                for sample in samples
            ]
            axis.plot(t_min, values, label=name, linewidth=1.0)
        axis.set_ylabel(label)
        axis.set_ylim(bottom=0.0)
    axes[3].plot(t_min, [sample.latency_ms for sample in samples], label='median')
    axes[3].plot(t_min, [sample.load * 10.0 for sample in samples], ':', label='10 × load')
    axes[3].set_ylabel('exposure to plan [ms]')
    axes[3].set_xlabel('minutes')
    axes[3].set_ylim(bottom=0.0)
    for axis in (axes[0], axes[3]):
        axis.legend(fontsize=7, ncols=3, loc='upper right')
    figure.savefig(path, dpi=80)
