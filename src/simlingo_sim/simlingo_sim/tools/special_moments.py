# SPDX-License-Identifier: Apache-2.0
"""Moments that show the road users and furniture which are off by default."""

from __future__ import annotations

import numpy as np

from simlingo_core.errors import WorldError
from simlingo_sim.state import ActorKind as Kind
from simlingo_sim.tools.staging import Moment, MomentBuilder
from simlingo_sim.town.town import LaneKind, Town

SHORTEST_LANE_M = 90.0
EGO_AT_M = 20.0
DOOR_RAD = 1.1


def special_moments(town: Town, rng: np.random.Generator) -> list[Moment]:
    """Return moments with every special road user and object ahead of the ego.

    Args:
        town: the town.
        rng: source of models, colours and parked cars.

    Raises:
        WorldError: the town has no driving lane long enough.
    """
    parking = {lane.edge_id for lane in town.lanes if lane.kind is LaneKind.PARKING}
    lanes = [
        lane
        for lane in town.lanes
        if lane.kind is LaneKind.DRIVING
        and not lane.in_junction
        and lane.edge_id not in parking
        and lane.length_m > SHORTEST_LANE_M
    ]
    if not lanes:
        raise WorldError(
            f'{town.name} has no driving lane of {SHORTEST_LANE_M:g} m without parking'
        )
    # The widest street has room for all of them.
    lane = max(lanes, key=lambda one: (one.index, one.id))

    def ahead() -> MomentBuilder:
        return MomentBuilder(town, lane, EGO_AT_M, rng)

    blue = {'has_blue_lights': True}
    bus = ahead().put(Kind.BUS, 20).put(Kind.MOTORCYCLE, 11, -1.2).put(Kind.BICYCLE, 16, -4.2)
    emergency = ahead().put(Kind.POLICE, 11, **blue).put(Kind.AMBULANCE, 18, -3.5, **blue)
    people = ahead().put(Kind.CHILD, 12, 0.8, 90, 1.3).put(Kind.PEDESTRIAN, 12, -0.6, 90, 1.3)
    people.put(Kind.DOG, 11, -1.8, 90, 1.3)
    doors = ahead().put(Kind.CAR, 11, -3.8, speed_mps=0.0, open_door_rad=DOOR_RAD)
    doors.put(Kind.VAN, 22, -3.8, speed_mps=0.0, open_door_rad=-DOOR_RAD)
    works = ahead().put(Kind.CONSTRUCTION_SIGN, 11, 0.9, 180, 0.0).put(Kind.BARRIER, 14, -0.6)
    works.put(Kind.CONE, 11, -1.5).put(Kind.CONE, 13, 1.6)
    posters = ahead()
    for step in range(3):
        posters.put(Kind.BILLBOARD, 12 + 6.0 * step, -9.3, 180)
        posters.put(Kind.BILLBOARD, 18 + 6.0 * step, 12.6, 180)
    return [
        bus.moment('bus at 20 m, motorcycle, cyclist on the lane'),
        emergency.moment('police car at 11 m, ambulance, blue lights'),
        people.moment('child, pedestrian and dog at 12 m'),
        doors.moment('open doors at 11 m and 22 m'),
        works.moment('construction sign, barrier, cones'),
        posters.moment('billboards'),
    ]
