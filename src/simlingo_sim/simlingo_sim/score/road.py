# SPDX-License-Identifier: Apache-2.0
"""The road as the score reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simlingo_sim.state import StopSign, TrafficLight


@dataclass(frozen=True, kw_only=True)
class LaneSample:
    """The driving or parking lane nearest to a position.

    Attributes:
        distance_m: distance from its centre line.
        width_m: width of the lane.
        yaw_rad: driving direction of the lane in map.
        is_junction: whether it belongs to a junction.
    """

    distance_m: float
    width_m: float
    yaw_rad: float
    is_junction: bool


class Road(Protocol):
    """Lanes, lights and signs of a town."""

    @property
    def lights(self) -> Sequence[TrafficLight]:
        """All traffic lights."""
        ...

    @property
    def stop_signs(self) -> Sequence[StopSign]:
        """All stop signs."""
        ...

    def lane_at(self, position_map_m: NDArray[np.float64]) -> LaneSample | None:
        """Return the nearest driving or parking lane, None where there is none near."""
        ...

    def speed_limit_mps_at(self, position_map_m: NDArray[np.float64]) -> float:
        """Return the speed limit at a place on the road."""
        ...
