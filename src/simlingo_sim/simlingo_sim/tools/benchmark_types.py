# SPDX-License-Identifier: Apache-2.0
"""The 44 scenario types of Bench2Drive with the kinds of arguments that its route file gives.

Source: reference facts, carla_ros_interface §6.1 and §6.2.  ``synthetic_routes`` makes a file of
that form for tests: every type, every kind of argument, two weathers on each route.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from simlingo_core.geometry import Pose2
from simlingo_sim.town.route_files import RouteSpec, SituationSpec, WeatherPoint

Texts = Mapping[str, Mapping[str, str]]

_DISTANCE = {'distance': {'value': '40'}}
_RIGHT = {'direction': {'value': 'right'}}
_LEFT = {'direction': {'value': 'left'}}
_SPEED = {'speed': {'value': '60'}}
_FREQUENCY = {'frequency': {'from': '60', 'to': '130'}}
_FLOW = {
    'start_actor_flow': {'x': '10.0', 'y': '20.0', 'z': '0.0'},
    'end_actor_flow': {'x': '30.0', 'y': '20.0', 'z': '0.0'},
    'flow_speed': {'value': '10'},
    'source_dist_interval': {'from': '25', 'to': '50'},
}
_TURN = {k: _FLOW[k] for k in ('flow_speed', 'source_dist_interval')}
_OBSTACLE = {**_DISTANCE, **_RIGHT, **_SPEED}
_TWO_WAYS = {**_DISTANCE, **_FREQUENCY}
_CYCLISTS = {
    **_DISTANCE,
    'bicycle_speed': {'value': '10'},
    'bicycle_drive_distance': {'value': '50'},
}

TYPES: Mapping[str, Texts] = MappingProxyType(
    {
        'Accident': _OBSTACLE,
        'AccidentTwoWays': _TWO_WAYS,
        'BlockedIntersection': {},
        'ConstructionObstacle': _OBSTACLE,
        'ConstructionObstacleTwoWays': _TWO_WAYS,
        'ControlLoss': {},
        'CrossingBicycleFlow': _FLOW,
        'DynamicObjectCrossing': {
            **_DISTANCE,
            **_RIGHT,
            'blocker_model': {'value': 'static.prop.advertisement'},
            'crossing_angle': {'value': '2'},
        },
        'EnterActorFlow': _FLOW,
        'HardBreakRoute': {},
        'HazardAtSideLane': {**_CYCLISTS, **_SPEED},
        'HazardAtSideLaneTwoWays': {**_CYCLISTS, **_FREQUENCY},
        'HighwayCutIn': {
            'other_actor_location': {'x': '10.0', 'y': '20.0', 'z': '0.0'},
            'end_location': {'x': '90.0', 'y': '20.0', 'z': '0.0'},
        },
        'HighwayExit': _FLOW,
        'InterurbanActorFlow': _FLOW,
        'InterurbanAdvancedActorFlow': {**_FLOW, **_LEFT},
        'InvadingTurn': {**_DISTANCE, 'offset': {'value': '0.25'}},
        'MergerIntoSlowTraffic': _FLOW,
        'MergerIntoSlowTrafficV2': _FLOW,
        'NonSignalizedJunctionLeftTurn': _TURN,
        'NonSignalizedJunctionLeftTurnEnterFlow': _TURN,
        'NonSignalizedJunctionRightTurn': _TURN,
        'OppositeVehicleRunningRedLight': _LEFT,
        'OppositeVehicleTakingPriority': _LEFT,
        'ParkedObstacle': _OBSTACLE,
        'ParkedObstacleTwoWays': _TWO_WAYS,
        'ParkingCrossingPedestrian': {**_DISTANCE, **_RIGHT, 'crossing_angle': {'value': '0'}},
        'ParkingCutIn': _RIGHT,
        'ParkingExit': {
            'front_vehicle_distance': {'value': '9'},
            'behind_vehicle_distance': {'value': '9'},
            **_RIGHT,
        },
        'PedestrianCrossing': {},
        'SequentialLaneChange': {},
        'SignalizedJunctionLeftTurn': _TURN,
        'SignalizedJunctionLeftTurnEnterFlow': _TURN,
        'SignalizedJunctionRightTurn': _TURN,
        'StaticCutIn': {**_DISTANCE, **_RIGHT},
        'T_Junction': {},
        'VanillaNonSignalizedTurn': {},
        'VanillaNonSignalizedTurnEncounterStopsign': {},
        'VanillaSignalizedTurnEncounterGreenLight': {},
        'VanillaSignalizedTurnEncounterRedLight': {},
        'VehicleOpensDoorTwoWays': _TWO_WAYS,
        'VehicleTurningRoute': {},
        'VehicleTurningRoutePedestrian': {},
        'YieldToEmergencyVehicle': _DISTANCE,
    }
)
"""Arguments as they stand in the file, by type."""


def synthetic_routes(
    along: Sequence[RouteSpec], per_type: int = 5, *, trigger_m: float = 60.0
) -> list[RouteSpec]:
    """Return routes in the form of Bench2Drive's file: one scenario and two weathers each.

    Args:
        along: towns and waypoints to use, in turn.
        per_type: routes of each type.
        trigger_m: way from the first waypoint towards the second to the trigger.
    """
    routes = []
    for number in range(per_type * len(TYPES)):
        name = list(TYPES)[number % len(TYPES)]
        base = along[number % len(along)]
        first, second = base.waypoints_map_m[0], base.waypoints_map_m[1]
        ahead = (second - first) / float(((second - first) ** 2).sum() ** 0.5)
        place = first + trigger_m * ahead
        trigger = Pose2(float(place[0]), float(place[1]), 0.0)
        weathers = tuple(
            WeatherPoint(route_percentage=share, values={'cloudiness': 5.0, 'wetness': share})
            for share in (0.0, 100.0)
        )
        situation = SituationSpec(name=name, trigger_map=trigger, arguments=TYPES[name])
        routes.append(
            replace(base, id=str(1711 + number), situations=(situation,), weathers=weathers)
        )
    return routes
