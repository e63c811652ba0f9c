# SPDX-License-Identifier: Apache-2.0
"""From the moments of a drive to the numbers of a card."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from simlingo_bringup.plan_trace import STAGES, TraceRecorder
from simlingo_core.errors import BackendError

TICK_S = 0.05
MOST_AGE_S = 0.3
# A command that comes half a tick late has missed its deadline.
MOST_INTERVAL_S = 1.5 * TICK_S


def drive_measures(recorder: TraceRecorder) -> dict[str, Any]:
    """Return latency, plans and commands of a drive, in milliseconds of the listener's clock.

    ``latency_ms``: exposure to command, with ``stages_ms``; ``plans``: rate, intervals, age when
    used; ``commands``: rate, ``jitter_ms`` (standard deviation of the intervals), deadlines that
    were missed: the command came half a tick late, or its plan was older than 300 ms.

    Raises:
        BackendError: fewer than two plans or commands were seen.
    """
    plans = recorder.complete()
    times_s = [now_s for now_s, _ in recorder.judgements]
    if len(plans) < 2 or len(times_s) < 2:
        raise BackendError(
            f'{len(plans)} plans and {len(times_s)} commands were seen; expected two or more of '
            'each: look at simlingo up'
        )
    arrivals_s = [plan.plan_s for plan in plans if plan.plan_s is not None]
    plan_gaps_s, gaps_s = np.diff(arrivals_s), np.diff(times_s)
    ages_s = [age_s for _, age_s in recorder.judgements if math.isfinite(age_s)]
    late, old = gaps_s > MOST_INTERVAL_S, np.array(ages_s) > MOST_AGE_S
    return {
        'latency_ms': spread_ms([plan.total_s for plan in plans]),
        'exposure_to_plan_ms': spread_ms([plan.plan_latency_s for plan in plans]),
        'stages_ms': {
            name: spread_ms([plan.lengths_ms().get(name, 0.0) / 1e3 for plan in plans])
            for name in STAGES
        },
        'plans': {
            'per_second': float(1.0 / np.mean(plan_gaps_s)),
            'interval_ms': spread_ms(plan_gaps_s.tolist()),
            'age_ms': spread_ms(ages_s),
        },
        'commands': {
            'per_second': float(1.0 / np.mean(gaps_s)),
            'interval_ms': spread_ms(gaps_s.tolist()),
            'jitter_ms': 1e3 * float(np.std(gaps_s)),
            'late': int(late.sum()),
            'with_old_plan': int(old.sum()),
            'missed_percent': 100.0 * float(late.sum() + old.sum()) / len(gaps_s),
        },
    }


def spread_ms(values_s: Sequence[float]) -> dict[str, float]:
    """Return median, 99th percentile and worst, in milliseconds."""
    values_ms = 1e3 * np.array(values_s)
    return {
        'median': float(np.median(values_ms)),
        'p99': float(np.percentile(values_ms, 99)),
        'worst': float(values_ms.max()),
    }


def latency_ticks(latency_ms: float) -> int:
    """Return a latency as ticks of the schedule, rounded up."""
    return math.ceil(latency_ms / (1e3 * TICK_S) - 1e-9)
