# SPDX-License-Identifier: Apache-2.0
"""Means with bootstrap intervals over seeds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 2000
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean and the interval that 95 % of the resampled means lie in; NaN: not known."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        if math.isnan(self.low):
            return f'{self.mean:.1f}'
        return f'{self.mean:.1f} [{self.low:.1f}, {self.high:.1f}]'


def bootstrap_over_seeds(values_by_seed: Mapping[int, Sequence[float]]) -> Interval:
    """Return the mean over all episodes and its 95 % interval, drawing whole seeds anew.

    All episodes of a seed stay together, because they share the randomness that the interval is
    about.  With one seed the interval cannot be known: it is NaN.

    Args:
        values_by_seed: the values of each seed's episodes.
    """
    groups = [np.asarray(values, dtype=np.float64) for values in values_by_seed.values() if values]
    if not groups:
        return Interval(float('nan'), float('nan'), float('nan'))
    sums = np.array([group.sum() for group in groups])
    counts = np.array([len(group) for group in groups])
    mean = float(sums.sum() / counts.sum())
    if len(groups) == 1:
        return Interval(mean, math.nan, math.nan)
    # A fixed seed: the same results give the same interval.
    draws = np.random.default_rng(0).integers(len(groups), size=(RESAMPLES, len(groups)))
    means = sums[draws].sum(axis=1) / counts[draws].sum(axis=1)
    tail = 50.0 * (1.0 - CONFIDENCE)
    low, high = np.percentile(means, [tail, 100.0 - tail])
    return Interval(mean, float(low), float(high))
