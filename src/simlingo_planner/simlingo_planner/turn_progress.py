# SPDX-License-Identifier: Apache-2.0
"""A turn by words, compared with how the heading changes over junctions."""

from __future__ import annotations

import math

import numpy as np

from simlingo_core.geometry import wrap_angle_rad
from simlingo_core.intents import Direction, Turn
from simlingo_core.types import Observation, RoadOption

CROSSING = (RoadOption.LEFT, RoadOption.RIGHT, RoadOption.STRAIGHT)
# Of the way from the line before a junction to the street behind it.
ACROSS_M = 32.0
TURNED_RAD = math.radians(35.0)
TURNED_AROUND_RAD = math.radians(135.0)


class TurnProgress:
    """Follows one turn from its first observation on.

    Args:
        turn: that is asked for.
        first: the observation at its beginning.
        is_overridden: no route was planned anew; the first junction decides.

    Attributes:
        fulfilled: what was measured when the car had done it; empty: not yet.
        is_missed: the car has gone elsewhere at the only junction that counts.
        measured: what was seen so far.
    """

    def __init__(self, turn: Turn, first: Observation, *, is_overridden: bool = False) -> None:
        self._turn, self._is_overridden = turn, is_overridden
        self._first_yaw_rad = self._before_yaw_rad = first.pose_map.planar.yaw_rad
        # A junction that is being crossed already is not the one meant.
        self._is_waiting = _crosses(first)
        self._way_m: float | None = None
        self._last_map_m = first.pose_map.planar.position_m
        self.fulfilled = ''
        self.is_missed = False
        self.measured = 'no junction was crossed'

    def update(self, observation: Observation) -> None:
        """Take the next observation."""
        place_map_m, yaw_rad = observation.pose_map.planar.position_m, _yaw_rad(observation)
        step_m = float(np.hypot(*(place_map_m - self._last_map_m)))
        self._last_map_m = place_map_m
        if self._turn.direction is Direction.AROUND:
            turned_rad = abs(wrap_angle_rad(yaw_rad - self._first_yaw_rad))
            self.measured = f'the heading has changed by {math.degrees(turned_rad):.0f} degrees'
            if turned_rad > TURNED_AROUND_RAD:
                self.fulfilled = self.measured
            return
        if not _crosses(observation):
            self._is_waiting = False
        if self._way_m is not None:
            self._way_m += step_m
            if self._way_m >= ACROSS_M:
                self._judge(wrap_angle_rad(yaw_rad - self._before_yaw_rad))
                self._way_m, self._is_waiting = None, True
        elif _crosses(observation) and not self._is_waiting:
            # The command stays for a while behind a junction, so the way tells when it is over.
            self._way_m, self._before_yaw_rad = 0.0, yaw_rad

    def _judge(self, turned_rad: float) -> None:
        """Compare the change of heading over a junction with what is asked for."""
        gone = Direction.STRAIGHT
        if abs(turned_rad) > TURNED_RAD:
            gone = Direction.LEFT if turned_rad > 0.0 else Direction.RIGHT
        self.measured = (
            f'the car went {gone.value} at the last junction ({math.degrees(turned_rad):.0f} '
            'degrees to the left)'
        )
        if gone is self._turn.direction:
            self.fulfilled = self.measured
        else:
            self.is_missed = self._is_overridden or self._turn.direction is Direction.STRAIGHT


def _crosses(observation: Observation) -> bool:
    return observation.command in CROSSING and observation.command_distance_m == 0.0


def _yaw_rad(observation: Observation) -> float:
    return observation.pose_map.planar.yaw_rad
