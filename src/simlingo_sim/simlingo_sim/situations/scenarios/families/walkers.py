# SPDX-License-Identifier: Apache-2.0
"""Somebody crosses the way on foot: from behind an obstacle, on a zebra, between parked cars."""

from __future__ import annotations

from simlingo_sim.situations.scenarios.arguments import Span
from simlingo_sim.situations.scenarios.behaviours import Stand, WalkAcross
from simlingo_sim.situations.scenarios.description import Role, Scenario
from simlingo_sim.situations.scenarios.families.common import (
    AS_IN_CARLA,
    CARS,
    DISTANCE,
    RIGHT,
    SIDES,
)
from simlingo_sim.situations.scenarios.fitting import IN_TOWN, PARKING, AtZebra, BetweenJunctions
from simlingo_sim.situations.scenarios.spot import Anchor
from simlingo_sim.state import ActorKind

BEHIND_KERB = Span(-1.3, -1.0)
"""Outside of the kerb: lateral places count towards the lane."""

DYNAMIC_OBJECT = Scenario(
    name='DynamicObjectCrossing',
    summary='somebody runs into the way from behind a billboard',
    place=BetweenJunctions(before_m=20.0, after_m=16.0, straight=False, needs=(IN_TOWN,)),
    roles=(
        Role(
            behaviour=Stand(),
            kinds=(ActorKind.BILLBOARD,),
            anchor=Anchor.KERB,
            left_m=Span(-1.7, -1.7),
            ahead_m=Span(-1.2, -1.0),
            turn_rad=Span(3.14, 3.14),
        ),
        Role(
            behaviour=WalkAcross(pace_mps=Span(1.6, 2.4)),
            kinds=(ActorKind.PEDESTRIAN, ActorKind.CHILD),
            anchor=Anchor.KERB,
            left_m=BEHIND_KERB,
        ),
    ),
    arguments=(DISTANCE, SIDES, *AS_IN_CARLA),
    clears_m=(35.0, 12.0),
)
PARKING_CROSSING = Scenario(
    name='ParkingCrossingPedestrian',
    summary='somebody steps into the way between parked cars',
    place=BetweenJunctions(before_m=20.0, after_m=16.0, needs=(IN_TOWN, PARKING)),
    roles=(
        Role(
            behaviour=Stand(),
            kinds=CARS,
            anchor=Anchor.PARKING,
            ahead_m=Span(-4.2, -4.0),
        ),
        Role(
            behaviour=WalkAcross(pace_mps=Span(1.4, 2.0)),
            kinds=(ActorKind.PEDESTRIAN, ActorKind.CHILD),
            anchor=Anchor.PARKING,
            left_m=Span(-1.0, -0.8),
        ),
        Role(
            behaviour=Stand(),
            kinds=CARS,
            anchor=Anchor.PARKING,
            ahead_m=Span(4.0, 4.2),
        ),
    ),
    arguments=(DISTANCE, RIGHT, *AS_IN_CARLA),
    clears_m=(35.0, 12.0),
)
PEDESTRIAN_CROSSING = Scenario(
    name='PedestrianCrossing',
    summary='several people cross at a zebra crossing',
    place=AtZebra(),
    roles=(
        Role(
            behaviour=WalkAcross(pace_mps=Span(1.2, 1.7), on_zebra=True),
            kinds=(ActorKind.PEDESTRIAN, ActorKind.CHILD),
            left_m=Span(-4.0, -4.0),
            ahead_m=Span(-0.9, -0.9),
            count=3,
            spacing_m=Span(0.9, 0.9),
        ),
    ),
    arguments=(DISTANCE, SIDES),
    clears_m=(30.0, 12.0),
)

FAMILY = (DYNAMIC_OBJECT, PARKING_CROSSING, PEDESTRIAN_CROSSING)
