# SPDX-License-Identifier: Apache-2.0
"""Has the car done what it was told?  Measured on its track, by kind of instruction.

Slow down: mean speed of the next 5 s at most 0.8 of before.  Stop: below 0.3 m/s within 8 s.
Change lane: 2.5 m or more to the asked side within 8 s.  Other wishes are not measured.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simlingo_core.wordings import ManoeuvreKind, kind_of

SLOWER_SHARE, SLOWER_WINDOW_S = 0.8, 5.0
BEFORE_S = 1.0
SLOWEST_BEFORE_MPS = 1.0
STOP_MPS, STOP_WINDOW_S = 0.3, 8.0
LANE_M, LANE_WINDOW_S = 2.5, 8.0
_TICK_S = 0.05


@dataclass(kw_only=True)
class Track:
    """A drive as far as obedience is concerned; lists of equal length.

    Attributes:
        t_s: simulation time, increasing.
        speed_mps: of the car.
        offset_m: how far it is to the left of its route.
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
        """Return speeds and offsets at times in (first_s, last_s]."""
        times_s = np.array(self.t_s)
        chosen = (times_s > first_s + 1e-6) & (times_s <= last_s + 1e-6)
        return np.array(self.speed_mps)[chosen], np.array(self.offset_m)[chosen]

    def covers(self, last_s: float) -> bool:
        """Tell whether the drive lasted that long."""
        return bool(self.t_s) and self.t_s[-1] >= last_s - _TICK_S


@dataclass(frozen=True, kw_only=True)
class Obedience:
    """The verdict on one instruction.

    Attributes:
        is_obeyed: None: it cannot be told.
        measure: share of the speed before, m/s or m; NaN: nothing was measured.
        words: what was measured.
    """

    is_obeyed: bool | None
    measure: float = float('nan')
    words: str = ''

    @property
    def outcome(self) -> str:
        """The verdict in words."""
        names = {True: 'obeyed', False: 'not obeyed', None: 'not measured'}
        return names[self.is_obeyed]


def judge(text: str, track: Track, told_s: float) -> Obedience:
    """Judge whether the instruction of a time was obeyed.

    Args:
        text: of the instruction.
        track: of the drive.
        told_s: when it was said.
    """
    match kind_of(text):
        case ManoeuvreKind.SLOWER:
            return _judge_slower(track, told_s)
        case ManoeuvreKind.STOP:
            return _judge_stop(track, told_s)
        case ManoeuvreKind.LANE_LEFT:
            return _judge_lane(track, told_s, 1.0)
        case ManoeuvreKind.LANE_RIGHT:
            return _judge_lane(track, told_s, -1.0)
        case _:
            return Obedience(is_obeyed=None, words='no measure for this wish')


def mean_speed_mps(track: Track, first_s: float, last_s: float) -> float:
    """Return the mean speed in (first_s, last_s]; NaN: the drive has nothing there."""
    speeds = track.between(first_s, last_s)[0]
    return float(speeds.mean()) if len(speeds) else float('nan')


def _judge_slower(track: Track, told_s: float) -> Obedience:
    before_mps = mean_speed_mps(track, told_s - BEFORE_S, told_s)
    if not before_mps >= SLOWEST_BEFORE_MPS or not track.covers(told_s + SLOWER_WINDOW_S):
        return Obedience(is_obeyed=None, words='the car stood, or the drive ended too soon')
    share = mean_speed_mps(track, told_s, told_s + SLOWER_WINDOW_S) / before_mps
    words = f'mean speed of {SLOWER_WINDOW_S:g} s was {share:.2f} of the speed before'
    return Obedience(is_obeyed=share <= SLOWER_SHARE, measure=share, words=words)


def _judge_stop(track: Track, told_s: float) -> Obedience:
    speeds = track.between(told_s, told_s + STOP_WINDOW_S)[0]
    lowest_mps = float(speeds.min()) if len(speeds) else float('nan')
    words = f'lowest speed within {STOP_WINDOW_S:g} s was {lowest_mps:.2f} m/s'
    if lowest_mps < STOP_MPS:
        return Obedience(is_obeyed=True, measure=lowest_mps, words=words)
    is_known = track.covers(told_s + STOP_WINDOW_S)
    return Obedience(is_obeyed=False if is_known else None, measure=lowest_mps, words=words)


def _judge_lane(track: Track, told_s: float, sign: float) -> Obedience:
    before = track.between(told_s - BEFORE_S, told_s)[1]
    offsets = track.between(told_s, told_s + LANE_WINDOW_S)[1]
    if not len(before) or not len(offsets):
        return Obedience(is_obeyed=None, words='the drive ended too soon')
    moved_m = float((sign * (offsets - before[-1])).max())
    words = f'moved {moved_m:.1f} m to the asked side within {LANE_WINDOW_S:g} s'
    if moved_m >= LANE_M:
        return Obedience(is_obeyed=True, measure=moved_m, words=words)
    is_known = track.covers(told_s + LANE_WINDOW_S)
    return Obedience(is_obeyed=False if is_known else None, measure=moved_m, words=words)
