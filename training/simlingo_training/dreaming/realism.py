# SPDX-License-Identifier: Apache-2.0
"""Whether the car could drive a dream: accelerations and curvatures against the vehicle's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from rich.table import Table

from simlingo_core.types import SPEED_WAYPOINT_PERIOD_S
from simlingo_training.dreaming.paths import Array

SLOW_MPS = 1.0
MISSES = 'misses_the_object'
"""Of a crash: the car does not reach the object within 2.5 s."""


@dataclass(frozen=True, kw_only=True)
class VehicleLimits:
    """What the car of the data set can do, as seen at the waypoints, 0.25 s apart.

    The accelerations are those of full throttle and full brake of the vehicle model, the jerk is
    that of changing from one to the other; the curvature is that of full steering.

    Attributes:
        acceleration_mps2, deceleration_mps2: longitudinal.
        jerk_mps3: longitudinal.
        lateral_mps2: what the tyres hold on a dry road.
        curvature_per_m: of the way of its origin.
        curvature_rate_per_m_s: from straight to full steering in half a second.
    """

    acceleration_mps2: float = 7.3
    deceleration_mps2: float = 18.5
    jerk_mps3: float = 100.0
    lateral_mps2: float = 8.0
    curvature_per_m: float = 0.28
    curvature_rate_per_m_s: float = 0.56


@dataclass(frozen=True, kw_only=True)
class MotionFacts:
    """Largest values of one trajectory, all at least 0."""

    acceleration_mps2: float
    deceleration_mps2: float
    jerk_mps3: float
    lateral_mps2: float
    curvature_per_m: float
    curvature_rate_per_m_s: float


def motion_facts(waypoints_base_m: Array, speed_mps: float) -> MotionFacts:
    """Return what a trajectory demands of the car.

    Args:
        waypoints_base_m: shape (10, 2), 0.25 s apart.
        speed_mps: now.
    """
    steps = np.diff(np.vstack([np.zeros(2), waypoints_base_m]), axis=0)
    speeds = np.linalg.norm(steps, axis=1) / SPEED_WAYPOINT_PERIOD_S
    # The chords hold for the middles of the steps; the first change takes half a step.
    changes = np.diff(np.concatenate([[speed_mps], speeds]))
    periods = np.full(len(changes), SPEED_WAYPOINT_PERIOD_S)
    periods[0] /= 2.0
    accelerations = changes / periods
    jerks = np.diff(accelerations) / SPEED_WAYPOINT_PERIOD_S
    moves = speeds > SLOW_MPS
    headings = np.arctan2(steps[:, 1], steps[:, 0])
    turns = np.diff(headings)
    turns = np.arctan2(np.sin(turns), np.cos(turns))
    middle = 0.5 * (speeds[1:] + speeds[:-1])
    both = moves[1:] & moves[:-1]
    lengths = np.maximum(middle * SPEED_WAYPOINT_PERIOD_S, 0.1)
    curvatures = np.where(both, turns / lengths, 0.0)
    return MotionFacts(
        acceleration_mps2=float(max(0.0, accelerations.max())),
        deceleration_mps2=float(max(0.0, -accelerations.min())),
        jerk_mps3=float(np.abs(jerks).max()),
        lateral_mps2=float(np.abs(curvatures * middle**2).max()),
        curvature_per_m=float(np.abs(curvatures).max()),
        curvature_rate_per_m_s=float(np.abs(np.diff(curvatures)).max() / SPEED_WAYPOINT_PERIOD_S),
    )


def faults(facts: MotionFacts, limits: VehicleLimits) -> list[str]:
    """Return the names of the values that are beyond what the car can do."""
    return [
        name
        for name in MotionFacts.__dataclass_fields__
        if getattr(facts, name) > getattr(limits, name)
    ]


@dataclass
class RealismCount:
    """Counts dreams by mode, and those that the car could not drive, by what is beyond it.

    Attributes:
        made: dreams by mode.
        failed: dreams dropped by mode.
        reasons: faults by mode and value.
    """

    made: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, mode: str, found: list[str]) -> None:
        """Count one dream."""
        self.made[mode] += 1
        if found:
            self.failed[mode] += 1
            self.reasons.update((mode, name) for name in found)

    def update(self, other: RealismCount) -> None:
        """Add the counts of another episode."""
        self.made.update(other.made)
        self.failed.update(other.failed)
        self.reasons.update(other.reasons)

    def as_dict(self) -> Mapping[str, Mapping[str, float]]:
        """Return by mode: how many, the share that failed, and that share by value."""
        return {
            mode: {
                'made': count,
                'failed_share': round(self.failed[mode] / count, 4),
                **{
                    name: round(number / count, 4)
                    for (of_mode, name), number in sorted(self.reasons.items())
                    if of_mode == mode
                },
            }
            for mode, count in sorted(self.made.items())
        }


def realism_table(counts: RealismCount) -> Table:
    """Return a table by mode: dreams made, the share dropped, and what was beyond the car."""
    names = [*MotionFacts.__dataclass_fields__, MISSES]
    table = Table(title='Dreams that the car cannot drive are dropped: share of each mode')
    for heading in ('mode', 'made', 'dropped', *names):
        table.add_column(heading, justify='left' if heading == 'mode' else 'right')
    for mode, row in counts.as_dict().items():
        shares = [row.get(name, 0.0) for name in names]
        cells = [f'{value:.1%}' if value else '' for value in (row['failed_share'], *shares)]
        table.add_row(mode, str(row['made']), *cells)
    return table
