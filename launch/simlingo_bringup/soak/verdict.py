# SPDX-License-Identifier: Apache-2.0
"""What grew during a soak."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import theilslopes

from simlingo_bringup.soak.samples import Sample

WARM_UP_SHARE = 0.25
"""Of the samples: caches and towns fill up in the beginning."""
FEWEST_SAMPLES = 8


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What counts as flat.

    Attributes:
        memory_mb_per_h: growth of one process, or ...
        memory_share_per_h: ... this share of what it holds, whichever is more.
        threads: more at the end than after the warm-up.
        handles: more at the end than after the warm-up.
        latency_ratio: of the median time of a plan, last quarter to first after the warm-up;
            infinite: not judged, as on a machine that others use.
    """

    memory_mb_per_h: float = 15.0
    memory_share_per_h: float = 0.03
    threads: float = 1.0
    handles: float = 2.0
    latency_ratio: float = 1.3


@dataclass(frozen=True, kw_only=True)
class Curve:
    """How one quantity went, after the warm-up.

    Attributes:
        name: of the process and the quantity.
        unit: of the values.
        first, last: medians of the first and the last quarter.
        per_h: slope (Theil and Sen's: half of the samples may be outliers).
        is_flat: within the limits.
    """

    name: str
    unit: str
    first: float
    last: float
    per_h: float
    is_flat: bool


def judge(samples: Sequence[Sample], limits: Limits) -> list[Curve]:
    """Return the curves of all processes and of the plans; too few samples: none."""
    kept = samples[math.floor(WARM_UP_SHARE * len(samples)) :]
    if len(kept) < FEWEST_SAMPLES:
        return []
    t_h = np.array([sample.t_s for sample in kept]) / 3600.0
    curves = []
    for name in sorted({p.name for sample in kept for p in sample.processes}):
        found = [{p.name: p for p in sample.processes}.get(name) for sample in kept]
        seen = np.array([process is not None for process in found])
        if seen.sum() < FEWEST_SAMPLES:
            continue
        held = [process for process in found if process is not None]
        memory = np.array([process.memory_mb for process in held])
        limit = max(limits.memory_mb_per_h, limits.memory_share_per_h * float(np.median(memory)))
        curves += [
            _curve(f'{name}: memory', 'MB', t_h[seen], memory, slope_limit=limit),
            _curve(
                f'{name}: threads',
                '',
                t_h[seen],
                np.array([float(process.threads) for process in held]),
                step_limit=limits.threads,
            ),
            _curve(
                f'{name}: handles',
                '',
                t_h[seen],
                np.array([float(process.handles) for process in held]),
                step_limit=limits.handles,
            ),
        ]
    latency = np.array([sample.latency_ms for sample in kept])
    seen = np.isfinite(latency)
    if seen.sum() >= FEWEST_SAMPLES:
        curves.append(
            _curve(
                'exposure to plan',
                'ms',
                t_h[seen],
                latency[seen],
                ratio_limit=limits.latency_ratio,
            )
        )
    return curves


def _curve(
    name: str,
    unit: str,
    t_h: np.ndarray,
    values: np.ndarray,
    *,
    slope_limit: float = math.inf,
    step_limit: float = math.inf,
    ratio_limit: float = math.inf,
) -> Curve:
    quarter = max(1, len(values) // 4)
    first, last = float(np.median(values[:quarter])), float(np.median(values[-quarter:]))
    per_h = float(theilslopes(values, t_h)[0])
    # A slope counts only when it has come to something: over minutes it says little.
    has_grown = per_h > slope_limit and last - first > slope_limit * (t_h[-1] - t_h[0]) / 2.0
    is_flat = not has_grown and last - first <= step_limit and last <= ratio_limit * first
    return Curve(name=name, unit=unit, first=first, last=last, per_h=per_h, is_flat=is_flat)
