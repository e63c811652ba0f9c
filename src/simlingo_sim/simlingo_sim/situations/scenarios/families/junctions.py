# SPDX-License-Identifier: Apache-2.0
"""Junctions: turns across and into traffic, others who take priority, somebody behind the turn."""

from __future__ import annotations

from dataclasses import replace

from simlingo_core.types import RoadOption
from simlingo_sim.situations.scenarios.arguments import Argument, Choice, Location, Span, Word
from simlingo_sim.situations.scenarios.behaviours.junction_stream import JunctionStream
from simlingo_sim.situations.scenarios.behaviours.walk import WalkAcross
from simlingo_sim.situations.scenarios.description import Demand, Role, Scenario
from simlingo_sim.situations.scenarios.families.common import SIDES, SMALL_CARS
from simlingo_sim.situations.scenarios.junction_places import AtJunction, Stream
from simlingo_sim.situations.scenarios.passages import Origin
from simlingo_sim.situations.scenarios.spot import Anchor
from simlingo_sim.state import ActorKind

LEFT, RIGHT, STRAIGHT = (RoadOption.LEFT,), (RoadOption.RIGHT,), (RoadOption.STRAIGHT,)
ONCOMING = Stream(origins=(Origin.AHEAD,))
FROM_LEFT = Stream(origins=(Origin.LEFT,))
FROM_RIGHT = Stream(origins=(Origin.RIGHT,))
INTO_RIGHT_TURN = Stream(origins=(Origin.LEFT,), merges=True)
INTO_LEFT_TURN = Stream(origins=(Origin.RIGHT,), merges=True)

INTERVAL = Argument(
    name='source_dist_interval', default=Span(11.0, 16.0), allowed=Span(6.0, 300.0)
)
"""Distances between the vehicles of a stream."""
ENDS = (Location(name='start_actor_flow'), Location(name='end_actor_flow'))
MERGED_M = 90.0
"""So far a stream drives on in the ego's lane."""
ORIGIN = Choice(name='direction', words=('either', 'left', 'right'))
"""Where the vehicle comes from."""


def flow_speed(low_mps: float, high_mps: float) -> Argument:
    """Return the argument for the speed of a stream."""
    return Argument(
        name='flow_speed',
        default=Span(low_mps, high_mps),
        allowed=Span(2.0, 30.0),
        unit='m/s',
    )


def flow(low_mps: float, high_mps: float) -> tuple[Argument | Location, ...]:
    """Return the arguments of a stream; its ends are where the streets begin and end."""
    return (flow_speed(low_mps, high_mps), INTERVAL, *ENDS)


def stream_of(stream: Stream, count: int = 4, late_s: float = 0.0) -> Role:
    """Return the role of a stream of cars."""
    return Role(
        behaviour=JunctionStream(stream=stream, late_s=late_s),
        kinds=SMALL_CARS,
        count=count,
        spacing_m=Span(11.0, 16.0),
    )


TURN_LEFT = Scenario(
    name='NonSignalizedJunctionLeftTurn',
    summary='a left turn across oncoming traffic at a junction without lights',
    place=AtJunction(turns=LEFT, streams=(ONCOMING,), has_light=False),
    roles=(stream_of(ONCOMING),),
    arguments=flow(8.0, 9.0),
    ends_after_m=10.0,
    clears_m=(20.0, 20.0),
    demands=Demand.GIVE_WAY,
)
TURN_RIGHT = replace(
    TURN_LEFT,
    name='NonSignalizedJunctionRightTurn',
    summary='a right turn into a street whose traffic has priority, without lights',
    place=AtJunction(turns=RIGHT, streams=(INTO_RIGHT_TURN,), has_light=False),
    roles=(stream_of(INTO_RIGHT_TURN),),
    drives_on_m=MERGED_M,
)
SIGNALIZED_LEFT = replace(
    TURN_LEFT,
    name='SignalizedJunctionLeftTurn',
    summary='a left turn at a green light across oncoming traffic',
    place=AtJunction(turns=LEFT, streams=(ONCOMING,), has_light=True),
)
SIGNALIZED_RIGHT = replace(
    TURN_LEFT,
    name='SignalizedJunctionRightTurn',
    summary='a right turn at a light into traffic from the left that does not stop',
    place=AtJunction(turns=RIGHT, streams=(INTO_RIGHT_TURN,), has_light=True),
    roles=(stream_of(INTO_RIGHT_TURN),),
    drives_on_m=MERGED_M,
)
INTERURBAN = replace(
    TURN_LEFT,
    name='InterurbanActorFlow',
    summary='a left turn off a fast road across oncoming traffic',
    place=AtJunction(turns=LEFT, streams=(ONCOMING,), is_fast=True),
    arguments=flow(10.0, 12.0),
)
INTERURBAN_ADVANCED = replace(
    TURN_LEFT,
    name='InterurbanAdvancedActorFlow',
    summary='a left turn onto a fast road: across one stream and into another',
    place=AtJunction(turns=LEFT, streams=(FROM_LEFT, INTO_LEFT_TURN), is_fast=True),
    roles=(stream_of(FROM_LEFT, count=3), stream_of(INTO_LEFT_TURN, count=3, late_s=1.0)),
    arguments=(*flow(10.0, 12.0), Word(name='direction')),
    drives_on_m=MERGED_M,
)
ENTER_FLOW = replace(
    TURN_LEFT,
    name='EnterActorFlow',
    summary='a right turn into a fast road full of traffic',
    place=AtJunction(turns=RIGHT, streams=(INTO_RIGHT_TURN,), is_fast=True),
    roles=(stream_of(INTO_RIGHT_TURN, count=5),),
    drives_on_m=MERGED_M,
    arguments=flow(10.0, 12.0),
)

FROM_SIDES = Stream(origins=(Origin.LEFT, Origin.RIGHT))
CROSSED = AtJunction(turns=STRAIGHT, streams=(FROM_SIDES,), has_light=False)
TAKES_PRIORITY = Scenario(
    name='OppositeVehicleTakingPriority',
    summary='a vehicle drives into a junction without lights before the ego that goes straight on',
    place=CROSSED,
    roles=(
        Role(
            behaviour=JunctionStream(stream=FROM_SIDES, speed_mps=Span(9.0, 11.0)),
            kinds=(ActorKind.CAR, ActorKind.SUV, ActorKind.VAN),
        ),
    ),
    arguments=(ORIGIN,),
    ends_after_m=10.0,
    clears_m=(25.0, 20.0),
    demands=Demand.GIVE_WAY,
)
RUNS_RED_LIGHT = replace(
    TAKES_PRIORITY,
    name='OppositeVehicleRunningRedLight',
    summary='a vehicle with blue lights crosses although the light is green for the ego',
    place=replace(CROSSED, has_light=True),
    roles=(replace(TAKES_PRIORITY.roles[0], kinds=(ActorKind.POLICE, ActorKind.AMBULANCE)),),
)

BEHIND_TURN = Scenario(
    name='VehicleTurningRoutePedestrian',
    summary='a pedestrian crosses right behind the turn',
    place=AtJunction(turns=(*LEFT, *RIGHT), behind_m=6.0, before_end_m=20.0),
    roles=(
        Role(
            behaviour=WalkAcross(pace_mps=Span(1.4, 2.0)),
            kinds=(ActorKind.PEDESTRIAN,),
            anchor=Anchor.KERB,
            left_m=Span(-1.0, -0.7),
        ),
    ),
    arguments=(SIDES,),
    clears_m=(20.0, 12.0),
)
CYCLIST_BEHIND_TURN = replace(
    BEHIND_TURN,
    name='VehicleTurningRoute',
    summary='a cyclist crosses right behind the turn',
    roles=(
        Role(
            behaviour=WalkAcross(pace_mps=Span(2.5, 3.5)),
            kinds=(ActorKind.BICYCLE,),
            anchor=Anchor.KERB,
            left_m=Span(-1.6, -1.3),
        ),
    ),
)

FAMILY = (
    TURN_LEFT,
    TURN_RIGHT,
    SIGNALIZED_LEFT,
    SIGNALIZED_RIGHT,
    INTERURBAN,
    INTERURBAN_ADVANCED,
    ENTER_FLOW,
    TAKES_PRIORITY,
    RUNS_RED_LIGHT,
    BEHIND_TURN,
    CYCLIST_BEHIND_TURN,
)
