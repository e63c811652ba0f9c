# SPDX-License-Identifier: Apache-2.0
"""Sections of ``simlingo bench`` that belong to no other package.

A section is an entry point of the group ``simlingo.benches``: a function that takes ``quick`` (a
short, rough measurement) and returns rows.  A row is a mapping with ``name`` (key in the JSON),
``label`` (for people, with the unit), ``value`` and, where there is a target, ``at_most`` or
``at_least``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Rows = Sequence[Mapping[str, Any]]

QUICK_S, FULL_S = 5.0, 60.0


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
