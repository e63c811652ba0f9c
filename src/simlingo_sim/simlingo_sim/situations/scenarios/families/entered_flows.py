# SPDX-License-Identifier: Apache-2.0
"""Turns across one stream and into another, and across a lane of cyclists."""

from __future__ import annotations

from dataclasses import replace

from simlingo_sim.situations.scenarios.arguments import Span
from simlingo_sim.situations.scenarios.behaviours.junction_stream import JunctionStream
from simlingo_sim.situations.scenarios.description import Role
from simlingo_sim.situations.scenarios.families.junctions import (
    INTO_LEFT_TURN,
    LEFT,
    MERGED_M,
    ONCOMING,
    SIGNALIZED_LEFT,
    TURN_LEFT,
    flow,
    stream_of,
)
from simlingo_sim.situations.scenarios.junction_places import AtJunction
from simlingo_sim.state import ActorKind

STREAMS = (ONCOMING, INTO_LEFT_TURN)
ROLES = (stream_of(ONCOMING, count=3), stream_of(INTO_LEFT_TURN, count=3, late_s=1.5))

LEFT_INTO_FLOW = replace(
    TURN_LEFT,
    name='NonSignalizedJunctionLeftTurnEnterFlow',
    summary='a left turn across oncoming traffic and into the traffic of the other street',
    place=AtJunction(turns=LEFT, streams=STREAMS, has_light=False),
    roles=ROLES,
    drives_on_m=MERGED_M,
)
LEFT_INTO_FLOW_AT_LIGHT = replace(
    SIGNALIZED_LEFT,
    name='SignalizedJunctionLeftTurnEnterFlow',
    summary='the same at a green light; the traffic of the other street does not stop',
    place=AtJunction(turns=LEFT, streams=STREAMS, has_light=True),
    roles=ROLES,
    drives_on_m=MERGED_M,
)
CYCLISTS = replace(
    TURN_LEFT,
    name='CrossingBicycleFlow',
    summary='a left turn across oncoming cyclists',
    place=AtJunction(turns=LEFT, streams=(ONCOMING,)),
    roles=(
        Role(
            behaviour=JunctionStream(stream=ONCOMING, speed_mps=Span(4.5, 6.0)),
            kinds=(ActorKind.BICYCLE,),
            count=5,
            spacing_m=Span(5.0, 7.0),
        ),
    ),
    arguments=flow(4.5, 6.0),
)

FAMILY = (LEFT_INTO_FLOW, LEFT_INTO_FLOW_AT_LIGHT, CYCLISTS)
