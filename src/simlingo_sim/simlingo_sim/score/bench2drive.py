# SPDX-License-Identifier: Apache-2.0
"""Bench2Drive's measures beyond the score: success rate and efficiency.

Formulas of the benchmark's own tools (reference facts: agent_spec §11); smoothness has a module
of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simlingo_sim.score.infractions import InfractionKind
from simlingo_sim.score.scorer import EpisodeScore

HIGHEST_PERCENTAGE = 1000.0


def success_rate(scores: Sequence[EpisodeScore]) -> float:
    """Return the share of successful episodes, 0 to 1; NaN without episodes."""
    return float(np.mean([score.is_success for score in scores])) if scores else float('nan')


def efficiency(scores: Sequence[EpisodeScore]) -> float:
    """Return the mean speed relative to the traffic around, in percent; NaN without entries.

    Mean over the episodes of the mean over their minimum-speed entries; entries above 1000 % are
    left out.
    """
    means = []
    for score in scores:
        entries = [
            infraction.percentage
            for infraction in score.infractions
            if infraction.kind is InfractionKind.MIN_SPEED
            and infraction.percentage <= HIGHEST_PERCENTAGE
        ]
        if entries:
            means.append(np.mean(entries))
    return float(np.mean(means)) if means else float('nan')
