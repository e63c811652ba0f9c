# SPDX-License-Identifier: Apache-2.0
"""A standing vehicle pulls out in front of the ego."""

from __future__ import annotations

from simlingo_sim.situations.scenarios.arguments import Span
from simlingo_sim.situations.scenarios.behaviours import CutIn, Stand
from simlingo_sim.situations.scenarios.description import Role, Scenario
from simlingo_sim.situations.scenarios.families.common import CARS, DISTANCE, RIGHT, SMALL_CARS
from simlingo_sim.situations.scenarios.fitting import (
    IN_TOWN,
    PARKING,
    RIGHT_LANE,
    BetweenJunctions,
)
from simlingo_sim.situations.scenarios.spot import Anchor

PARKING_CUT_IN = Scenario(
    name='ParkingCutIn',
    summary='a parked car pulls out in front of the ego',
    place=BetweenJunctions(before_m=26.0, after_m=58.0, needs=(IN_TOWN, PARKING)),
    roles=(Role(behaviour=CutIn(), kinds=SMALL_CARS, anchor=Anchor.PARKING),),
    arguments=(DISTANCE, RIGHT),
    ends_after_m=45.0,
    clears_m=(40.0, 58.0),
)
STATIC_CUT_IN = Scenario(
    name='StaticCutIn',
    summary='a car leaves a queue in the lane beside and cuts in front of the ego',
    place=BetweenJunctions(before_m=26.0, after_m=66.0, needs=(IN_TOWN, RIGHT_LANE)),
    roles=(
        Role(
            behaviour=CutIn(merge_m=12.0, ahead_m=34.0), kinds=SMALL_CARS, anchor=Anchor.RIGHT_LANE
        ),
        Role(
            behaviour=Stand(),
            kinds=CARS,
            anchor=Anchor.RIGHT_LANE,
            ahead_m=Span(13.0, 14.0),
            count=3,
            spacing_m=Span(7.5, 8.5),
        ),
    ),
    arguments=(DISTANCE, RIGHT),
    ends_after_m=45.0,
    clears_m=(40.0, 66.0),
)

FAMILY = (PARKING_CUT_IN, STATIC_CUT_IN)
