# SPDX-License-Identifier: Apache-2.0
"""Bench2Drive's measures beyond the score: success rate, efficiency, smoothness.

The formulas are the benchmark's own.  Two of its quirks are arguments here, with what is right as
the default (reference facts: agent_spec §11.2): it takes the sample period for 0.1 s though logs
have 0.05 s, and checks the yaw rate twice instead of the yaw acceleration.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import savgol_filter

from simlingo_sim.score.infractions import InfractionKind
from simlingo_sim.score.scorer import EpisodeScore

SEGMENT_SAMPLES = 20
WINDOW, ORDER = 7, 2
LONGEST_PERCENTAGE = 1000.0
BOUNDS = {
    'longitudinal_acceleration': (-4.05, 2.40),
    'lateral_acceleration': (-4.89, 4.89),
    'jerk': (-8.37, 8.37),
    'longitudinal_jerk': (-4.13, 4.13),
    'yaw_acceleration': (-1.93, 1.93),
    'yaw_rate': (-0.95, 0.95),
}


def success_rate(scores: Sequence[EpisodeScore]) -> float:
    """Return the share of successful drives, 0 to 1; NaN without drives."""
    return float(np.mean([score.is_success for score in scores])) if scores else float('nan')


def efficiency(scores: Sequence[EpisodeScore]) -> float:
    """Return the mean speed relative to the traffic around, in percent; NaN without entries."""
    means = []
    for score in scores:
        entries = [
            infraction.percentage
            for infraction in score.infractions
            if infraction.kind is InfractionKind.MIN_SPEED
            and infraction.percentage <= LONGEST_PERCENTAGE
        ]
        if entries:
            means.append(np.mean(entries))
    return float(np.mean(means)) if means else float('nan')


def smoothness(
    acceleration_base_mps2: NDArray[np.float64],
    yaw_rate_radps: NDArray[np.float64],
    *,
    period_s: float = 0.05,
    is_yaw_acceleration_differentiated: bool = True,
) -> float:
    """Return the share of 20-sample segments in which every comfort bound holds.

    Args:
        acceleration_base_mps2: shape (N, 2), longitudinal and lateral, without gravity.
        yaw_rate_radps: shape (N,).
        period_s: of the samples; the benchmark itself assumes 0.1.
        is_yaw_acceleration_differentiated: False repeats the benchmark's mistake.
    """
    count = len(yaw_rate_radps)
    whole = count // SEGMENT_SAMPLES
    edges = [(i * SEGMENT_SAMPLES, (i + 1) * SEGMENT_SAMPLES) for i in range(whole)] or [
        (0, count)
    ]
    if count < WINDOW:
        return float('nan')
    good = []
    for first, last in edges:
        series = _comfort_series(
            acceleration_base_mps2[first:last],
            yaw_rate_radps[first:last],
            period_s,
            is_yaw_acceleration_differentiated,
        )
        good.append(
            all(
                bool(np.all((series[name] > low) & (series[name] < high)))
                for name, (low, high) in BOUNDS.items()
            )
        )
    return float(np.mean(good))


def _comfort_series(
    acceleration: NDArray[np.float64],
    yaw_rate: NDArray[np.float64],
    period_s: float,
    is_differentiated: bool,
) -> dict[str, NDArray[np.float64]]:
    def smooth(values: NDArray[np.float64], derivative: int = 0) -> NDArray[np.float64]:
        filtered: NDArray[np.float64] = savgol_filter(
            values, WINDOW, ORDER, deriv=derivative, delta=period_s
        )
        return filtered

    magnitude = np.hypot(acceleration[:, 0], acceleration[:, 1])
    return {
        'longitudinal_acceleration': smooth(acceleration[:, 0]),
        'lateral_acceleration': smooth(acceleration[:, 1]),
        'jerk': smooth(magnitude, 1),
        'longitudinal_jerk': smooth(acceleration[:, 0], 1),
        'yaw_acceleration': smooth(yaw_rate, 1 if is_differentiated else 0),
        'yaw_rate': smooth(yaw_rate),
    }
