# SPDX-License-Identifier: Apache-2.0
"""The first situations under the names of Bench2Drive's scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

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

BENCH2DRIVE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        'lead_vehicle_brakes': HardBreakRoute.name,
        'red_light': EncounterRedLight.name,
        'stop_sign': EncounterStopSign.name,
        'blocked_lane': BlockedIntersection.name,
        'crossing_pedestrian': 'DynamicObjectCrossing',
        'parked_obstacle': 'ParkedObstacleTwoWays',
    }
)
"""What the first situations are called there; ``crossing_traffic`` is several scenarios."""
