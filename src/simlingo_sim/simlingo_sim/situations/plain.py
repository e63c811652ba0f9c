# SPDX-License-Identifier: Apache-2.0
"""Free driving: only the traffic, lights and signs of the town."""

from __future__ import annotations

import numpy as np

from simlingo_sim.situations.situation import CodedSituation
from simlingo_sim.situations.stage import Stage
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import Town

MOVED_M = 20.0


class FreeDriving(CodedSituation):
    """Nothing is staged."""

    name = 'free_driving'
    summary = 'ordinary traffic, nothing staged'

    @classmethod
    def find_place(
        cls, town: Town, planned: PlannedRoute, rng: np.random.Generator
    ) -> float | None:
        """Return the start: it is possible everywhere."""
        return 0.0

    def begin(self, stage: Stage) -> None:
        """Stage nothing."""

    def step(self, stage: Stage) -> None:
        """Mark it as happened and over once the ego has moved."""
        self.has_happened = self.has_happened or stage.ego_arc_m > MOVED_M
        self.is_over = self.has_happened


class TJunction(FreeDriving):
    """A turn at a junction with ordinary traffic; its lights and signs are the town's."""

    name = 'T_Junction'
    summary = 'a junction with ordinary traffic, nothing staged'


class NonSignalizedTurn(FreeDriving):
    """A turn at a junction without lights, with ordinary traffic."""

    name = 'VanillaNonSignalizedTurn'
    summary = 'a turn without lights in ordinary traffic, nothing staged'


class SequentialLaneChange(FreeDriving):
    """Lane changes of the route in ordinary traffic."""

    name = 'SequentialLaneChange'
    summary = 'lane changes of the route in ordinary traffic, nothing staged'
