# SPDX-License-Identifier: Apache-2.0
"""Whether the car followed an instruction, measured on its track by the kind of manoeuvre.

Slow down: mean speed of the next 5 s at most 0.8 of that of the second before.  Stop: below
0.3 m/s within 8 s.  Change lane: 2.5 m or more to the side asked for within 8 s.  Other kinds are
not measured.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.understanding import kind_of
from simlingo_core.wordings import ManoeuvreKind

SLOWER_SHARE, SLOWER_WINDOW_S = 0.8, 5.0
BEFORE_S = 1.0
SLOWEST_BEFORE_MPS = 1.0
STOP_MPS, STOP_WINDOW_S = 0.3, 8.0
LANE_M, LANE_WINDOW_S = 2.5, 8.0


@dataclass(kw_only=True)
class Track:
    """What the measures need of an episode; lists of equal length.

    Attributes:
        t_s: simulation time, increasing.
        speed_mps: of the car.
        offset_m: lateral offset to the route, positive to the left.
    """

    t_s: list[float] = field(default_factory=list)
    speed_mps: list[float] = field(default_factory=list)
    offset_m: list[float] = field(default_factory=list)

    def add(self, t_s: float, speed_mps: float, offset_m: float) -> None:
        """Append one tick."""
        self.t_s.append(t_s)
        self.speed_mps.append(speed_mps)
        self.offset_m.append(offset_m)

    def between(
        self, first_s: float, last_s: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return speeds and lateral offsets at times in (first_s, last_s]."""
        times_s = np.array(self.t_s)
        chosen = (times_s > first_s + 1e-6) & (times_s <= last_s + 1e-6)
        return np.array(self.speed_mps)[chosen], np.array(self.offset_m)[chosen]

    def covers(self, last_s: float) -> bool:
        """Tell whether the episode lasted that long."""
        return bool(self.t_s) and self.t_s[-1] >= last_s - TICK_PERIOD_S


@dataclass(frozen=True, kw_only=True)
class Following:
    """The verdict on one instruction.

    Attributes:
        is_followed: None: it cannot be measured.
        measure: share of the speed before, m/s or m; NaN: nothing was measured.
        description: what was measured, in words.
    """

    is_followed: bool | None
    measure: float = float('nan')
    description: str = ''

    @property
    def outcome(self) -> str:
        """The verdict in words."""
        names = {True: 'followed', False: 'not followed', None: 'not measured'}
        return names[self.is_followed]


def judge_following(text: str, track: Track, given_s: float) -> Following:
    """Judge whether an instruction was followed.

    Args:
        text: of the instruction.
        track: of the episode.
        given_s: simulation time at which it was given.
    """
    match kind_of(text):
        case ManoeuvreKind.SLOWER:
            return _judge_slower(track, given_s)
        case ManoeuvreKind.STOP:
            return _judge_stop(track, given_s)
        case ManoeuvreKind.LANE_LEFT:
            return _judge_lane(track, given_s, 1.0)
        case ManoeuvreKind.LANE_RIGHT:
            return _judge_lane(track, given_s, -1.0)
        case _:
            return Following(is_followed=None, description='no measure for this manoeuvre')


def mean_speed_mps(track: Track, first_s: float, last_s: float) -> float:
    """Return the mean speed in (first_s, last_s]; NaN: the track has nothing there."""
    speeds = track.between(first_s, last_s)[0]
    return float(speeds.mean()) if len(speeds) else float('nan')


def _judge_slower(track: Track, given_s: float) -> Following:
    before_mps = mean_speed_mps(track, given_s - BEFORE_S, given_s)
    if not before_mps >= SLOWEST_BEFORE_MPS or not track.covers(given_s + SLOWER_WINDOW_S):
        return Following(
            is_followed=None, description='the car stood, or the episode ended too soon'
        )
    share = mean_speed_mps(track, given_s, given_s + SLOWER_WINDOW_S) / before_mps
    description = f'mean speed of {SLOWER_WINDOW_S:g} s was {share:.2f} of the speed before'
    return Following(is_followed=share <= SLOWER_SHARE, measure=share, description=description)


def _judge_stop(track: Track, given_s: float) -> Following:
    speeds = track.between(given_s, given_s + STOP_WINDOW_S)[0]
    lowest_mps = float(speeds.min()) if len(speeds) else float('nan')
    description = f'lowest speed within {STOP_WINDOW_S:g} s was {lowest_mps:.2f} m/s'
    if lowest_mps < STOP_MPS:
        return Following(is_followed=True, measure=lowest_mps, description=description)
    is_known = track.covers(given_s + STOP_WINDOW_S)
    return Following(
        is_followed=False if is_known else None, measure=lowest_mps, description=description
    )


def _judge_lane(track: Track, given_s: float, sign: float) -> Following:
    before = track.between(given_s - BEFORE_S, given_s)[1]
    offsets = track.between(given_s, given_s + LANE_WINDOW_S)[1]
    if not len(before) or not len(offsets):
        return Following(is_followed=None, description='the episode ended too soon')
    moved_m = float((sign * (offsets - before[-1])).max())
    description = f'moved {moved_m:.1f} m to the side asked for within {LANE_WINDOW_S:g} s'
    if moved_m >= LANE_M:
        return Following(is_followed=True, measure=moved_m, description=description)
    is_known = track.covers(given_s + LANE_WINDOW_S)
    return Following(
        is_followed=False if is_known else None, measure=moved_m, description=description
    )
