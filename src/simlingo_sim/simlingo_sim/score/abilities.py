# SPDX-License-Identifier: Apache-2.0
"""Bench2Drive's five abilities, and which situations show them.

Source: ``ability_benchmark.py`` 0.0.4 (reference facts: carla_ros_interface §6.4).
"""

from __future__ import annotations

from collections.abc import Mapping

TRAFFIC_SIGNS = 'Traffic_Signs'

_JUNCTION_TURNS = (
    'NonSignalizedJunctionLeftTurn NonSignalizedJunctionRightTurn '
    'NonSignalizedJunctionLeftTurnEnterFlow SignalizedJunctionLeftTurn '
    'SignalizedJunctionRightTurn SignalizedJunctionLeftTurnEnterFlow '
)
ABILITIES: Mapping[str, frozenset[str]] = {
    name: frozenset(scenarios.split())
    for name, scenarios in {
        'Overtaking': 'Accident AccidentTwoWays ConstructionObstacle ConstructionObstacleTwoWays '
        'HazardAtSideLaneTwoWays HazardAtSideLane ParkedObstacleTwoWays ParkedObstacle '
        'VehicleOpensDoorTwoWays',
        'Merging': _JUNCTION_TURNS + 'CrossingBicycleFlow EnterActorFlow HighwayExit '
        'InterurbanActorFlow HighwayCutIn InterurbanAdvancedActorFlow MergerIntoSlowTrafficV2 '
        'MergerIntoSlowTraffic ParkingExit SequentialLaneChange',
        'Emergency_Brake': 'BlockedIntersection DynamicObjectCrossing HardBreakRoute '
        'OppositeVehicleTakingPriority OppositeVehicleRunningRedLight ParkingCutIn '
        'PedestrianCrossing ParkingCrossingPedestrian StaticCutIn VehicleTurningRoute '
        'VehicleTurningRoutePedestrian ControlLoss',
        'Give_Way': 'InvadingTurn YieldToEmergencyVehicle',
        TRAFFIC_SIGNS: _JUNCTION_TURNS + 'BlockedIntersection OppositeVehicleTakingPriority '
        'OppositeVehicleRunningRedLight PedestrianCrossing VehicleTurningRoute '
        'VehicleTurningRoutePedestrian EnterActorFlow CrossingBicycleFlow T_Junction '
        'VanillaNonSignalizedTurn VanillaSignalizedTurnEncounterGreenLight '
        'VanillaSignalizedTurnEncounterRedLight VanillaNonSignalizedTurnEncounterStopsign',
    }.items()
}
"""Scenario types of each ability."""

LIKE: Mapping[str, str] = {
    'lead_vehicle_brakes': 'HardBreakRoute',
    'red_light': 'VanillaSignalizedTurnEncounterRedLight',
    'stop_sign': 'VanillaNonSignalizedTurnEncounterStopsign',
    'crossing_traffic': 'NonSignalizedJunctionLeftTurn',
    'crossing_pedestrian': 'DynamicObjectCrossing',
    'parked_obstacle': 'ParkedObstacleTwoWays',
    'blocked_lane': 'BlockedIntersection',
    'LaneChange': 'SequentialLaneChange',
}
"""Situations that the benchmark does not name, each with the type that it is like."""


def abilities_of(situation: str) -> tuple[str, ...]:
    """Return the abilities that a situation shows, in the order of the table; often several."""
    name = LIKE.get(situation, situation)
    return tuple(ability for ability, types in ABILITIES.items() if name in types)
