# SPDX-License-Identifier: Apache-2.0
"""Something stands in the lane: over the lane beside it, or over the oncoming lane."""

from __future__ import annotations

import math
from dataclasses import replace

from simlingo_sim.situations.scenarios.arguments import Span
from simlingo_sim.situations.scenarios.behaviours import OncomingStream, OpenDoor, Stand
from simlingo_sim.situations.scenarios.description import Role, Scenario
from simlingo_sim.situations.scenarios.families.common import (
    CARS,
    DISTANCE,
    FREQUENCY,
    RIGHT,
    SMALL_CARS,
    SPEED,
)
from simlingo_sim.situations.scenarios.fitting import (
    IN_TOWN,
    LEFT_LANE,
    NO_LEFT_LANE,
    ONCOMING_LANE,
    WIDE_LANE,
    BetweenJunctions,
)
from simlingo_sim.situations.scenarios.spot import Anchor
from simlingo_sim.state import ActorKind

BESIDE_LANE = BetweenJunctions(before_m=34.0, after_m=42.0, needs=(IN_TOWN, LEFT_LANE))
TWO_WAYS = BetweenJunctions(
    before_m=34.0, after_m=46.0, needs=(IN_TOWN, NO_LEFT_LANE, ONCOMING_LANE)
)
ONCOMING = Role(
    behaviour=OncomingStream(), kinds=CARS, anchor=Anchor.ONCOMING, count=3,
    spacing_m=Span(14.0, 24.0),
)  # fmt: skip

PARKED_CAR = Role(
    behaviour=Stand(has_hazard_lights=True), kinds=CARS, left_m=Span(-0.8, -0.3), is_passed=True
)
ACCIDENT = (
    Role(
        behaviour=Stand(has_blue_lights=True),
        is_passed=True,
        kinds=(ActorKind.POLICE,),
        left_m=Span(-0.6, -0.3),
        ahead_m=Span(0.0, 0.0),
    ),
    Role(
        behaviour=Stand(has_hazard_lights=True),
        is_passed=True,
        kinds=SMALL_CARS,
        left_m=Span(-0.5, -0.1),
        ahead_m=Span(8.5, 9.0),
        turn_rad=Span(math.radians(-12.0), math.radians(12.0)),
    ),
    Role(
        behaviour=Stand(has_hazard_lights=True),
        is_passed=True,
        kinds=SMALL_CARS,
        left_m=Span(-0.5, -0.1),
        ahead_m=Span(15.0, 15.5),
        turn_rad=Span(math.radians(-8.0), math.radians(8.0)),
    ),
)
WORKS = (
    Role(
        behaviour=Stand(),
        is_passed=True,
        kinds=(ActorKind.CONSTRUCTION_SIGN,),
        left_m=Span(-0.4, -0.2),
        turn_rad=Span(math.pi, math.pi),
    ),
    Role(
        behaviour=Stand(),
        is_passed=True,
        kinds=(ActorKind.CONE,),
        left_m=Span(0.9, 0.9),
        ahead_m=Span(2.5, 2.5),
        count=6,
        spacing_m=Span(2.4, 2.4),
    ),
    Role(
        behaviour=Stand(),
        is_passed=True,
        kinds=(ActorKind.BARRIER,),
        left_m=Span(-0.3, -0.3),
        ahead_m=Span(3.0, 3.0),
        count=2,
        spacing_m=Span(11.0, 11.0),
    ),
)

PARKED_OBSTACLE = Scenario(
    name='ParkedObstacle',
    summary='a car is parked in the lane and must be passed over the lane beside it',
    place=BESIDE_LANE,
    roles=(PARKED_CAR,),
    arguments=(DISTANCE, RIGHT, SPEED),
    happens_within_m=30.0,
)
ACCIDENT_ON_LANE = Scenario(
    name='Accident',
    summary='police and two crashed cars stand in the lane and must be passed beside it',
    place=replace(BESIDE_LANE, after_m=56.0),
    roles=ACCIDENT,
    arguments=(DISTANCE, RIGHT, SPEED),
    happens_within_m=30.0,
    ends_after_m=26.0,
)
CONSTRUCTION = Scenario(
    name='ConstructionObstacle',
    summary='road works close the lane and must be passed over the lane beside it',
    place=replace(BESIDE_LANE, after_m=56.0),
    roles=WORKS,
    arguments=(DISTANCE, RIGHT, SPEED),
    happens_within_m=30.0,
    ends_after_m=26.0,
)


def over_oncoming_lane(scenario: Scenario, summary: str) -> Scenario:
    """Return the same obstacle on a street with one lane each way, and oncoming vehicles."""
    place = replace(TWO_WAYS, after_m=max(scenario.ends_after_m + 20.0, TWO_WAYS.after_m))
    return replace(
        scenario,
        name=f'{scenario.name}TwoWays',
        summary=summary,
        place=place,
        roles=(*scenario.roles, ONCOMING),
        arguments=(*scenario.arguments, FREQUENCY),
        clears_m=(25.0, 60.0),
    )


DOOR = Scenario(
    name='VehicleOpensDoorTwoWays',
    summary='a car at the edge of the road opens its door into the lane',
    place=replace(TWO_WAYS, needs=(*TWO_WAYS.needs, WIDE_LANE)),
    roles=(
        Role(
            behaviour=OpenDoor(),
            is_passed=True,
            kinds=SMALL_CARS,
            anchor=Anchor.EDGE,
            left_m=Span(-0.75, -0.68),
        ),
        ONCOMING,
    ),
    arguments=(DISTANCE, RIGHT, SPEED, FREQUENCY),
    clears_m=(25.0, 60.0),
)

FAMILY = (
    PARKED_OBSTACLE,
    over_oncoming_lane(
        PARKED_OBSTACLE, 'a car parked in the lane must be passed over the oncoming lane'
    ),
    ACCIDENT_ON_LANE,
    over_oncoming_lane(
        ACCIDENT_ON_LANE, 'an accident in the lane must be passed over the oncoming lane'
    ),
    CONSTRUCTION,
    over_oncoming_lane(
        CONSTRUCTION, 'road works in the lane must be passed over the oncoming lane'
    ),
    DOOR,
)
