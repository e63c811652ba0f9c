# SPDX-License-Identifier: Apache-2.0
"""Kinds and arguments that several families of scenarios share."""

from __future__ import annotations

from simlingo_sim.situations.scenarios.arguments import Argument, Choice, Span, Word
from simlingo_sim.state import ActorKind

CARS = (ActorKind.CAR, ActorKind.SUV, ActorKind.VAN)
SMALL_CARS = (ActorKind.CAR, ActorKind.SUV)
KMH = 1.0 / 3.6

DISTANCE = Argument(name='distance', default=Span(0.0, 0.0), allowed=Span(0.0, 300.0))
"""Way from the trigger to the place."""
FREQUENCY = Argument(name='frequency', default=Span(14.0, 24.0), allowed=Span(8.0, 300.0))
"""Distances between oncoming vehicles."""
SPEED = Argument(
    name='speed', default=Span(60.0, 60.0), allowed=Span(10.0, 130.0), unit='km/h', scale=KMH
)
"""Of the vehicles around in CARLA; here they keep to the speed limit."""
RIGHT = Choice(name='direction', words=('right',))
"""Only on the right of the lane."""
SIDES = Choice(name='direction', words=('right', 'left'))
"""On which side the actors start."""
AS_IN_CARLA = (
    Argument(name='crossing_angle', default=Span(0.0, 0.0), allowed=Span(-90.0, 90.0), unit='deg'),
    Argument(name='offset', default=Span(0.0, 0.0), allowed=Span(-3.0, 3.0)),
    Word(name='blocker_model'),
)
"""Given by CARLA's files; here people cross at a right angle, cars invade by a fixed width."""
