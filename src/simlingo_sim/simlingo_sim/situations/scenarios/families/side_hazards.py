# SPDX-License-Identifier: Apache-2.0
"""Something moves in a part of the lane: cyclists on the right, oncoming cars on the left."""

from __future__ import annotations

from dataclasses import replace

from simlingo_sim.situations.scenarios.arguments import Argument, Span
from simlingo_sim.situations.scenarios.behaviours import OncomingStream, Ride, Stand
from simlingo_sim.situations.scenarios.description import Role, Scenario
from simlingo_sim.situations.scenarios.families.common import (
    AS_IN_CARLA,
    DISTANCE,
    FREQUENCY,
    KMH,
    RIGHT,
    SMALL_CARS,
    SPEED,
)
from simlingo_sim.situations.scenarios.families.obstacles import BESIDE_LANE, ONCOMING, TWO_WAYS
from simlingo_sim.situations.scenarios.fitting import NO_PARKING, WIDE_LANE
from simlingo_sim.situations.scenarios.spot import Anchor
from simlingo_sim.state import ActorKind

CYCLISTS = Role(
    behaviour=Ride(),
    is_passed=True,
    kinds=(ActorKind.BICYCLE,),
    left_m=Span(-0.9, -0.6),
    count=2,
    spacing_m=Span(5.0, 7.0),
)
BICYCLE_SPEED = Argument(
    name='bicycle_speed', default=Span(7.0, 11.0), allowed=Span(2.0, 15.0), unit='km/h', scale=KMH
)
BICYCLE_WAY = Argument(
    name='bicycle_drive_distance', default=Span(30.0, 30.0), allowed=Span(5.0, 300.0)
)

SIDE = Scenario(
    name='HazardAtSideLane',
    summary='slow cyclists in the lane must be passed over the lane beside it',
    place=replace(BESIDE_LANE, after_m=70.0),
    roles=(CYCLISTS,),
    arguments=(DISTANCE, RIGHT, SPEED, BICYCLE_SPEED, BICYCLE_WAY),
    ends_after_m=55.0,
    clears_m=(40.0, 60.0),
)
SIDE_TWO_WAYS = replace(
    SIDE,
    name='HazardAtSideLaneTwoWays',
    summary='slow cyclists in the lane must be passed over the oncoming lane',
    place=replace(TWO_WAYS, after_m=70.0),
    roles=(CYCLISTS, replace(ONCOMING, count=2)),
    arguments=(*SIDE.arguments, FREQUENCY),
)
INVADING_TURN = Scenario(
    name='InvadingTurn',
    summary='oncoming cars avoid cones and reach into the lane: keep to the right',
    place=replace(TWO_WAYS, straight=False, needs=(*TWO_WAYS.needs, WIDE_LANE, NO_PARKING)),
    roles=(
        Role(
            behaviour=Stand(),
            kinds=(ActorKind.CONE,),
            anchor=Anchor.ONCOMING,
            left_m=Span(0.9, 0.9),
            ahead_m=Span(-12.0, -12.0),
            count=6,
            spacing_m=Span(5.0, 5.0),
        ),
        Role(
            behaviour=OncomingStream(speed_mps=7.0, meets_m=-4.0, starts_m=45.0),
            is_passed=True,
            kinds=SMALL_CARS,
            anchor=Anchor.ONCOMING,
            left_m=Span(-1.95, -1.85),
            count=3,
            spacing_m=Span(12.0, 18.0),
        ),
    ),
    arguments=(DISTANCE, FREQUENCY, *AS_IN_CARLA),
    ends_after_m=20.0,
    clears_m=(40.0, 60.0),
)

FAMILY = (SIDE, SIDE_TWO_WAYS, INVADING_TURN)
