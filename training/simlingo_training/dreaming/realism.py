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
"""Of a crash: the car does not reach the object within 2.5 s, or hits another one before."""


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


def motion_facts(waypoints_base_m: Array, speed_mps: float) -> list[MotionFacts]:
    """Return what each of some trajectories demands of the car.

    Args:
        waypoints_base_m: shape (N, 10, 2), 0.25 s apart.
        speed_mps: now, the same for all.
    """
    if len(waypoints_base_m) == 0:
        return []
    steps = waypoints_base_m.copy()
    steps[:, 1:] -= waypoints_base_m[:, :-1]
    speeds = np.linalg.norm(steps, axis=2) / SPEED_WAYPOINT_PERIOD_S
    # The chords hold for the middles of the steps; the first change takes half a step.
    accelerations = np.empty_like(speeds)
    accelerations[:, 0] = (speeds[:, 0] - speed_mps) / (SPEED_WAYPOINT_PERIOD_S / 2.0)
    accelerations[:, 1:] = (speeds[:, 1:] - speeds[:, :-1]) / SPEED_WAYPOINT_PERIOD_S
    jerks = (accelerations[:, 1:] - accelerations[:, :-1]) / SPEED_WAYPOINT_PERIOD_S
    middle = 0.5 * (speeds[:, 1:] + speeds[:, :-1])
    curvatures = _curvatures(steps, speeds, middle)
    rates = (curvatures[:, 1:] - curvatures[:, :-1]) / SPEED_WAYPOINT_PERIOD_S
    columns = (
        np.maximum(accelerations.max(axis=1), 0.0),
        np.maximum(-accelerations.min(axis=1), 0.0),
        np.abs(jerks).max(axis=1),
        np.abs(curvatures * middle**2).max(axis=1),
        np.abs(curvatures).max(axis=1),
        np.abs(rates).max(axis=1),
    )
    names = MotionFacts.__dataclass_fields__
    rows = np.stack(columns, axis=1).tolist()
    return [MotionFacts(**dict(zip(names, row, strict=True))) for row in rows]


def _curvatures(steps: Array, speeds: Array, middle: Array) -> Array:
    """Return the curvature between every two steps where the car moves, shape (N, 9)."""
    headings = np.arctan2(steps[..., 1], steps[..., 0])
    turns = headings[:, 1:] - headings[:, :-1]
    turns = np.arctan2(np.sin(turns), np.cos(turns))
    moves = speeds > SLOW_MPS
    lengths = np.maximum(middle * SPEED_WAYPOINT_PERIOD_S, 0.1)
    return np.where(moves[:, 1:] & moves[:, :-1], turns / lengths, 0.0)


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
