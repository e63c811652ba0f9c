# SPDX-License-Identifier: Apache-2.0
"""What an instruction wants of the drive, watched until the car has done it.

A model is told the same words with every image, and answers for the moment: "drive slower" means
slower than now, "the left lane" the one beside this one.  Told for too long, a car that shall go
slower would come to a stop, and one that has changed lanes would change again.  So the words end,
or pause, when what they ask for has happened.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import ContractError
from simlingo_core.route import Route
from simlingo_core.types import DrivingPlan, Observation, RoadOption
from simlingo_core.wordings import ManoeuvreKind, kind_of

SLOWER_SHARE = 0.6
FASTER_SHARE, FASTER_MPS = 1.25, 1.0
LANE_CHANGE_M = 2.8
STANDING_MPS = 0.3
STAND_S = 3.0
_FAR_M = 60.0
_SIDES = {ManoeuvreKind.LANE_LEFT: 1.0, ManoeuvreKind.LANE_RIGHT: -1.0}


class InstructionProgress:
    """Follows one instruction from its first observation on.

    Args:
        text: of the instruction; words it does not know are never fulfilled, only over in time.
        first: the observation at its beginning.
        lane_map_m: where the car would have driven without it, shape (n, 2); None: straight on.
    """

    def __init__(
        self, text: str, first: Observation, lane_map_m: NDArray[np.float64] | None = None
    ) -> None:
        self._kind = kind_of(text)
        self._first_mps = first.speed_mps
        self._standing_since_s: float | None = None
        self._lane = _lane(first, lane_map_m)
        self._first_offset_m = self._offset_m(first)
        self.is_prompted = True
        """Whether the model has to hear it now."""
        self.fulfilled = ''
        """What has been reached, in words; empty: not yet."""

    def look(self, seen: Observation) -> None:
        """Compare the drive with the progress."""
        match self._kind:
            case ManoeuvreKind.SLOWER:
                is_slow = seen.speed_mps <= SLOWER_SHARE * self._first_mps
                # A car that stood has nothing to compare with; it may hear it all the time.
                self.is_prompted = not is_slow or self._first_mps < STANDING_MPS
            case ManoeuvreKind.FASTER:
                if seen.speed_mps >= max(
                    FASTER_SHARE * self._first_mps, self._first_mps + FASTER_MPS
                ):
                    self.fulfilled = f'the car drives {seen.speed_mps:.1f} m/s'
            case ManoeuvreKind.STOP:
                self._look_for_stand(seen)
            case ManoeuvreKind.LANE_LEFT | ManoeuvreKind.LANE_RIGHT as kind:
                moved_m = (self._offset_m(seen) - self._first_offset_m) * _SIDES[kind]
                if moved_m >= LANE_CHANGE_M:
                    self.fulfilled = f'the car has moved {moved_m:.1f} m to that side'

    def _look_for_stand(self, seen: Observation) -> None:
        if seen.speed_mps >= STANDING_MPS:
            self._standing_since_s = None
        elif self._standing_since_s is None:
            self._standing_since_s = seen.t_s
        elif seen.t_s - self._standing_since_s >= STAND_S:
            self.fulfilled = f'the car has stood for {STAND_S:g} s'

    def _offset_m(self, seen: Observation) -> float:
        """Return how far the car is to the left of the lane it came from."""
        return self._lane.project(seen.pose_map.planar.position_m)[1]


def plan_path_map_m(plan: DrivingPlan) -> NDArray[np.float64]:
    """Return the path of a plan in map, shape (20, 2)."""
    path: NDArray[np.float64] = plan.pose_map.planar.transform(plan.path_base_m)
    return path


def _lane(first: Observation, lane_map_m: NDArray[np.float64] | None) -> Route:
    """Return the lane as a line that goes on straight beyond its end."""
    ahead_map_m = first.pose_map.planar.transform(np.array([[0.0, 0.0], [1.0, 0.0]]))
    for points_map_m in (lane_map_m, ahead_map_m):
        if points_map_m is None:
            continue
        end = points_map_m[-1] - points_map_m[-2]
        length_m = float(np.hypot(*end))
        if length_m == 0.0:
            continue
        longer = np.vstack([points_map_m, points_map_m[-1] + end * (_FAR_M / length_m)])
        try:
            return Route.without_repeats(longer, [RoadOption.LANE_FOLLOW] * len(longer))
        except ContractError:
            continue  # a plan of a standing car has its points in one place
    raise ContractError(f'the pose {first.pose_map} gives no direction')
