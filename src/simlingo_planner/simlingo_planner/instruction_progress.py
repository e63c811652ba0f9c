# SPDX-License-Identifier: Apache-2.0
"""What an instruction asks of the car, compared with what the car does.

A model reads the same words with every image, and answers for the moment: "drive slower" means
slower than now, "the left lane" the one beside this one.  Given the words for too long, a car that
should go slower would come to a stop, and one that has changed lanes would change again.  So the
words end, or pause, when what they ask for has happened.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import ContractError
from simlingo_core.route import Route
from simlingo_core.types import DrivingPlan, Observation, RoadOption
from simlingo_core.understanding import Understanding
from simlingo_core.wordings import ManoeuvreKind

PAUSE_SHARE = 0.6
SLOWER_SHARE = 0.8
FASTER_SHARE, FASTER_MPS = 1.25, 1.0
TARGET_SPEED_MPS = 1.0
LANE_CHANGE_M = 2.8
STANDING_MPS = 0.3
STAND_S = 5.0
# Below this speed a car that should stop is held: a model may creep for ever.
HOLD_BELOW_MPS = 1.0
# What the speed cap does where the model does not: after so long it falls, so fast, so far.
GRACE_S = 2.0
SLOWER_MPS2, SLOWER_CAP_SHARE = 1.0, 0.7
STOP_MPS2 = 2.0
TARGET_SPEED_MPS2 = 1.5
_FAR_M = 60.0
_LEAST_AHEAD_M, _BEND_POINTS = 3.0, 21
_SIDES = {ManoeuvreKind.LANE_LEFT: 1.0, ManoeuvreKind.LANE_RIGHT: -1.0}


class InstructionProgress:
    """Follows one instruction from its first observation on.

    Args:
        asked: what the instruction asks for; without a kind it is never fulfilled.
        first: the observation at its beginning.
        lane_map_m: where the car would have driven without it, shape (n, 2); None: straight on.
        enforces: the cap falls until the car has done it; else it only keeps the speed down.

    Attributes:
        is_prompted: whether the model has to read the instruction now.
        fulfilled: what has been reached, in words; empty: not yet.
    """

    def __init__(
        self,
        asked: Understanding,
        first: Observation,
        lane_map_m: NDArray[np.float64] | None = None,
        *,
        enforces: bool = True,
    ) -> None:
        self._asked, self._enforces = asked, enforces
        self._first_s = self._last_s = first.t_s
        self._first_mps = self._last_mps = max(first.speed_mps, 0.0)
        self._slowest_mps = self._fastest_mps = self._first_mps
        self._nearest_mps = math.inf
        self._standing_since_s: float | None = None
        self._lane = _lane(first, lane_map_m)
        self._first_offset_m = self._moved_m = 0.0
        self._first_offset_m = self._offset_m(first)
        self.is_prompted = True
        self.fulfilled = ''

    @property
    def max_speed_mps(self) -> float:
        """Speed that the car must not exceed, whatever the model plans; inf: no limit.

        *Slower*: the speed at its beginning, after a while falling to 70 % of it.  *Stop*: the
        lowest speed since then, after a while falling to 0, and 0 below 1 m/s, so that the car
        stands at the end.  *Target speed*: it, approached from the speed at the beginning.
        """
        late_s = max(self._last_s - self._first_s - GRACE_S, 0.0) if self._enforces else 0.0
        match self._asked.kind:
            case ManoeuvreKind.SLOWER:
                falling_mps = self._first_mps - SLOWER_MPS2 * late_s
                return max(falling_mps, SLOWER_CAP_SHARE * self._first_mps)
            case ManoeuvreKind.STOP:
                cap_mps = min(self._slowest_mps, self._first_mps - STOP_MPS2 * late_s)
                return cap_mps if cap_mps >= HOLD_BELOW_MPS else 0.0
            case ManoeuvreKind.TARGET_SPEED if (
                self._enforces and self._asked.speed_mps is not None
            ):
                passed_s = self._last_s - self._first_s
                return max(self._asked.speed_mps, self._first_mps - TARGET_SPEED_MPS2 * passed_s)
            case _:
                return math.inf

    def update(self, observation: Observation) -> None:
        """Take the next observation."""
        speed_mps = self._last_mps = max(observation.speed_mps, 0.0)
        self._last_s = observation.t_s
        self._slowest_mps = min(self._slowest_mps, speed_mps)
        self._fastest_mps = max(self._fastest_mps, speed_mps)
        self._note_standing(observation)
        match self._asked.kind:
            case ManoeuvreKind.SLOWER:
                self.is_prompted = speed_mps > PAUSE_SHARE * self._first_mps
                if self._first_mps < STANDING_MPS:
                    self.fulfilled = 'the car stood already'
            case ManoeuvreKind.FASTER:
                if self._is_faster():
                    self.fulfilled = f'the car drives {speed_mps:.1f} m/s'
            case ManoeuvreKind.STOP:
                if self._stood_s(observation) >= STAND_S:
                    self.fulfilled = f'the car has stood for {STAND_S:g} s'
            case ManoeuvreKind.TARGET_SPEED if self._asked.speed_mps is not None:
                gap_mps = abs(speed_mps - self._asked.speed_mps)
                self._nearest_mps = min(self._nearest_mps, gap_mps)
            case ManoeuvreKind.LANE_LEFT | ManoeuvreKind.LANE_RIGHT as kind:
                self._moved_m = (self._offset_m(observation) - self._first_offset_m) * _SIDES[kind]
                if self._moved_m >= LANE_CHANGE_M:
                    self.fulfilled = f'the car has moved {self._moved_m:.1f} m to that side'

    def verdict(self) -> tuple[bool, str]:
        """Return whether the car has done it so far, and what was measured.

        Without a known kind nothing can be measured: done, with an empty text.
        """
        first = f'{self._first_mps:.1f} m/s at its beginning'
        match self._asked.kind:
            case ManoeuvreKind.SLOWER:
                is_done = self._slowest_mps <= SLOWER_SHARE * self._first_mps
                return is_done, f'the lowest speed was {self._slowest_mps:.1f} m/s, {first}'
            case ManoeuvreKind.FASTER:
                measured = f'the highest speed was {self._fastest_mps:.1f} m/s, {first}'
                return self._is_faster(), measured
            case ManoeuvreKind.STOP:
                is_done = self._standing_since_s is not None
                return is_done, f'the car drives {self._last_mps:.1f} m/s, {first}'
            case ManoeuvreKind.TARGET_SPEED:
                is_done = self._nearest_mps <= TARGET_SPEED_MPS
                return is_done, f'the speed came within {self._nearest_mps:.1f} m/s'
            case ManoeuvreKind.LANE_LEFT | ManoeuvreKind.LANE_RIGHT:
                is_done = self._moved_m >= LANE_CHANGE_M
                return is_done, f'the car has moved {self._moved_m:.1f} m to that side'
            case _:
                return True, ''

    def _is_faster(self) -> bool:
        wanted_mps = max(FASTER_SHARE * self._first_mps, self._first_mps + FASTER_MPS)
        return self._fastest_mps >= wanted_mps

    def _note_standing(self, observation: Observation) -> None:
        if observation.speed_mps >= STANDING_MPS:
            self._standing_since_s = None
        elif self._standing_since_s is None:
            self._standing_since_s = observation.t_s

    def _stood_s(self, observation: Observation) -> float:
        since_s = self._standing_since_s
        return 0.0 if since_s is None else observation.t_s - since_s

    def _offset_m(self, observation: Observation) -> float:
        """Return how far the car is to the left of the lane it came from."""
        return self._lane.project(observation.pose_map.planar.position_m)[1]


def plan_path_map_m(plan: DrivingPlan) -> NDArray[np.float64]:
    """Return the path of a plan in map, shape (20, 2)."""
    path: NDArray[np.float64] = plan.pose_map.planar.transform(plan.path_base_m)
    return path


def _lane(first: Observation, lane_map_m: NDArray[np.float64] | None) -> Route:
    """Return the lane as a line that bends to the target points, and then goes on straight."""
    ahead_map_m = first.pose_map.planar.transform(np.array([[0.0, 0.0], [1.0, 0.0]]))
    for points_map_m in (lane_map_m, ahead_map_m):
        if points_map_m is None:
            continue
        end = points_map_m[-1] - points_map_m[-2]
        length_m = float(np.hypot(*end))
        if length_m == 0.0:
            continue
        if points_map_m is lane_map_m:
            points_map_m = _with_target_points(points_map_m, first)
            end = points_map_m[-1] - points_map_m[-2]
            length_m = float(np.hypot(*end))
        longer = np.vstack([points_map_m, points_map_m[-1] + end * (_FAR_M / length_m)])
        try:
            return Route.without_repeats(longer, [RoadOption.LANE_FOLLOW] * len(longer))
        except ContractError:
            continue  # a plan of a standing car has its points in one place
    raise ContractError(f'the pose {first.pose_map} gives no direction')


def _with_target_points(
    path_map_m: NDArray[np.float64], first: Observation
) -> NDArray[np.float64]:
    """Return a path that bends on to the target points ahead of its end, without a kink."""
    points_map_m = first.pose_map.planar.transform(first.target_points_base_m)
    end_m, direction = path_map_m[-1], path_map_m[-1] - path_map_m[-2]
    direction = direction / np.hypot(*direction)
    ahead = [p for p in points_map_m if (p - end_m) @ direction > _LEAST_AHEAD_M]
    if not ahead or np.hypot(*(ahead[0] - end_m)) > _FAR_M:
        return path_map_m
    chord = ahead[0] - end_m
    chord_m = float(np.hypot(*chord))
    # The tangent at the far end mirrors that at the near one: an arc of a circle.
    unit = chord / chord_m
    far = 2.0 * (unit @ direction) * unit - direction
    share = np.linspace(0.0, 1.0, _BEND_POINTS)[1:, None]
    cubic, square = share**3, share**2
    bend = (
        (2 * cubic - 3 * square + 1) * end_m
        + (cubic - 2 * square + share) * (chord_m * direction)
        + (3 * square - 2 * cubic) * ahead[0]
        + (cubic - square) * (chord_m * far)
    )
    return np.vstack([path_map_m, bend])
