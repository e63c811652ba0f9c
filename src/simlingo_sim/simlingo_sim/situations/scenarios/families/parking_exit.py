# SPDX-License-Identifier: Apache-2.0
"""The ego starts in a parking slot and must pull out into traffic."""

from __future__ import annotations

from simlingo_sim.situations.scenarios.arguments import Argument, Span
from simlingo_sim.situations.scenarios.behaviours import ParkAround, PassingStream
from simlingo_sim.situations.scenarios.description import Role, Scenario
from simlingo_sim.situations.scenarios.families.common import CARS, RIGHT, SMALL_CARS, SPEED
from simlingo_sim.situations.scenarios.fitting import AtParkedStart
from simlingo_sim.situations.scenarios.spot import Anchor

PARKING_EXIT = Scenario(
    name='ParkingExit',
    summary='the ego starts between parked cars and must wait for a gap in the traffic',
    place=AtParkedStart(),
    roles=(
        Role(behaviour=ParkAround(), kinds=SMALL_CARS, anchor=Anchor.PARKING),
        Role(behaviour=PassingStream(), kinds=CARS, count=4),
    ),
    arguments=(
        Argument(name='front_vehicle_distance', default=Span(9.0, 11.0), allowed=Span(7.0, 60.0)),
        Argument(name='behind_vehicle_distance', default=Span(3.0, 5.0), allowed=Span(1.0, 60.0)),
        Argument(name='flow_distance', default=Span(13.0, 17.0), allowed=Span(9.0, 100.0)),
        RIGHT,
        SPEED,
    ),
    starts_parked=True,
    ends_after_m=30.0,
    clears_m=(60.0, 45.0),
)

FAMILY = (PARKING_EXIT,)
