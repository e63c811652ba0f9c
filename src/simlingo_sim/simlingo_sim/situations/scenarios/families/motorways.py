# SPDX-License-Identifier: Apache-2.0
"""Several lanes one way: merging, leaving, changing lanes, cutting in, making way."""

from __future__ import annotations

from dataclasses import replace

from simlingo_sim.situations.scenarios.arguments import Argument, Location, Span
from simlingo_sim.situations.scenarios.behaviours.lane_stream import LaneStream
from simlingo_sim.situations.scenarios.behaviours.overtake import ComeFromBehind, CutInFromRamp
from simlingo_sim.situations.scenarios.description import Demand, Role, Scenario
from simlingo_sim.situations.scenarios.families.common import SMALL_CARS
from simlingo_sim.situations.scenarios.families.junctions import flow
from simlingo_sim.situations.scenarios.lane_change_places import AtLaneChange, Purpose
from simlingo_sim.situations.scenarios.motorway_places import AlongLanes
from simlingo_sim.situations.scenarios.spot import Anchor
from simlingo_sim.state import ActorKind

CARS_BESIDE = Role(behaviour=LaneStream(), kinds=SMALL_CARS, count=6, spacing_m=Span(11.0, 15.0))

MERGE = Scenario(
    name='MergerIntoSlowTraffic',
    summary='from the ramp into slow traffic on a motorway',
    place=AtLaneChange(purposes=(Purpose.ENTER,)),
    roles=(CARS_BESIDE,),
    arguments=flow(9.0, 10.0),
    ends_after_m=40.0,
    clears_m=(40.0, 40.0),
    drives_on_m=180.0,
    demands=Demand.GIVE_WAY,
)
MERGE_V2 = replace(MERGE, name='MergerIntoSlowTrafficV2')
EXIT = replace(
    MERGE,
    name='HighwayExit',
    summary='through faster traffic on the right lane to the exit of a motorway',
    place=AtLaneChange(purposes=(Purpose.LEAVE,)),
    arguments=flow(11.0, 13.0),
)
LANE_CHANGE = replace(
    MERGE,
    name='LaneChange',
    summary='a lane change of the route beside traffic in the other lane',
    place=AtLaneChange(purposes=(Purpose.OTHER,)),
    roles=(replace(CARS_BESIDE, behaviour=LaneStream(stays_beside=True)),),
    arguments=flow(10.0, 12.0),
)
CUT_IN = Scenario(
    name='HighwayCutIn',
    summary='a car changes from the right into the lane, just before the ego, and slows down',
    place=AlongLanes(before_m=95.0, after_m=60.0, from_start_m=110.0, sides=('right',)),
    roles=(
        Role(
            behaviour=CutInFromRamp(),
            kinds=(ActorKind.CAR, ActorKind.SUV, ActorKind.VAN),
            anchor=Anchor.RIGHT_LANE,
        ),
    ),
    arguments=(Location(name='other_actor_location'), Location(name='end_location')),
    ends_after_m=50.0,
    clears_m=(100.0, 100.0),
)
EMERGENCY = Scenario(
    name='YieldToEmergencyVehicle',
    summary='an emergency vehicle comes from behind and must be let past',
    place=AlongLanes(before_m=20.0, after_m=200.0, from_start_m=60.0),
    roles=(Role(behaviour=ComeFromBehind(), kinds=(ActorKind.AMBULANCE, ActorKind.POLICE)),),
    arguments=(Argument(name='distance', default=Span(30.0, 45.0), allowed=Span(10.0, 300.0)),),
    ends_after_m=1000.0,
    ends_with_roles=True,
    distance_moves_place=False,
    clears_m=(80.0, 150.0),
    demands=Demand.MAKE_WAY,
)

FAMILY = (MERGE, MERGE_V2, EXIT, LANE_CHANGE, CUT_IN, EMERGENCY)
