# SPDX-License-Identifier: Apache-2.0
"""The first situations under the names of Bench2Drive's scenarios."""

from __future__ import annotations

from simlingo_sim.situations.plain import NonSignalizedTurn, SequentialLaneChange, TJunction
from simlingo_sim.situations.rules import RedLight, StopSignOnTheWay
from simlingo_sim.situations.vehicles_ahead import BlockedLane, LeadVehicleBrakes


class HardBreakRoute(LeadVehicleBrakes):
    """A vehicle ahead brakes hard to a stop."""

    name = 'HardBreakRoute'


class EncounterRedLight(RedLight):
    """A traffic light on the route turns red."""

    name = 'VanillaSignalizedTurnEncounterRedLight'


class EncounterStopSign(StopSignOnTheWay):
    """The route passes a stop sign."""

    name = 'VanillaNonSignalizedTurnEncounterStopsign'


class BlockedIntersection(BlockedLane):
    """A vehicle blocks the lane behind a junction and must be waited for."""

    name = 'BlockedIntersection'


RENAMED = (
    HardBreakRoute,
    EncounterRedLight,
    EncounterStopSign,
    BlockedIntersection,
    TJunction,
    NonSignalizedTurn,
    SequentialLaneChange,
)
