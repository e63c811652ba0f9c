# SPDX-License-Identifier: Apache-2.0
"""Forecast collisions with vehicles whose ways are known, and room for those with priority."""

import math

import numpy as np
import pytest
from road_world import RoadWorld, actor

from simlingo_core.geometry import Pose2
from simlingo_core.route import Route
from simlingo_core.types import RoadOption
from simlingo_core.vehicle_model import MotionState
from simlingo_sim.expert.config import ExpertConfig
from simlingo_sim.expert.dense_route import SPACING_M, DenseRoute
from simlingo_sim.expert.hazards import forecast_collisions
from simlingo_sim.expert.lateral import LateralPid
from simlingo_sim.expert.scene import SceneReader
from simlingo_sim.situations.situation import Way
from simlingo_sim.state import ActorKind

SPEED_MPS = 3.0
INTO_THE_ROAD = Route(
    np.array([[90.0, 30.0], [90.0, 8.0], [82.0, 0.0], [40.0, 0.0]]),
    [RoadOption.LANE_FOLLOW] * 4,
)


def collisions(other, ways=None, priority_ids=()):
    """Return the ids of those that an ego at x = 62 m will hit within 6 s."""
    world = RoadWorld(other)
    world.ego = MotionState(Pose2(62.0, 0.0, 0.0), SPEED_MPS)
    route = DenseRoute(world.planned)
    route.index += round(62.0 / SPACING_M)
    scene = SceneReader().read(world.state, route, ways=ways or {})
    ids = frozenset(priority_ids)
    found = forecast_collisions(scene, LateralPid(), SPEED_MPS, ExpertConfig(), 6.0, ids)
    return [collision.neighbour.actor.id for collision in found]


def test_a_vehicle_is_forecast_along_its_way():
    coming = actor(5, ActorKind.CAR, 90.0, 17.0, yaw=-math.pi / 2, speed=SPEED_MPS)
    assert collisions(coming) == []
    assert collisions(coming, {5: Way(path=INTO_THE_ROAD, arc_m=13.0)}) == [5]


@pytest.mark.parametrize(('left_m', 'is_near'), [(2.0, True), (2.6, False)])
def test_those_with_priority_get_more_room(left_m, is_near):
    passing = actor(5, ActorKind.CAR, 80.0, left_m, yaw=math.pi, speed=SPEED_MPS)
    assert collisions(passing) == []
    assert collisions(passing, priority_ids=[5]) == ([5] if is_near else [])
