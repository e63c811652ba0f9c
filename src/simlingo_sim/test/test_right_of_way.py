# SPDX-License-Identifier: Apache-2.0
"""The expert gives way in lane changes, and makes way for an emergency vehicle."""

from types import SimpleNamespace

import numpy as np
import pytest
from road_world import EGO_EXTENT, LIMIT_MPS, RoadWorld, actor, staged, started

from simlingo_core.geometry import Pose2
from simlingo_core.route import Route
from simlingo_core.types import RoadOption
from simlingo_sim.expert.reason import RouteAction
from simlingo_sim.state import ActorKind
from simlingo_sim.town.route_planner import PlannedRoute

LANE_M = 3.5
CHANGE_M = (80.0, 110.0)


def with_lane_change(length_m=260):
    """A straight route that changes to the lane on the left."""
    x_m = np.arange(length_m + 1.0)
    share = np.clip((x_m - CHANGE_M[0]) / (CHANGE_M[1] - CHANGE_M[0]), 0.0, 1.0)
    points = np.stack([x_m, LANE_M * (0.5 - 0.5 * np.cos(np.pi * share))], axis=1)
    inside = (x_m >= CHANGE_M[0]) & (x_m <= CHANGE_M[1])
    options = [RoadOption.CHANGE_LANE_LEFT if i else RoadOption.LANE_FOLLOW for i in inside]
    count = len(points)
    return PlannedRoute(
        route=Route(points, options),
        limits_mps=np.full(count, LIMIT_MPS),
        widths_m=np.full(count, LANE_M),
        is_junction=np.zeros(count, dtype=bool),
    )


def is_hit(world):
    """Return whether the ego overlaps another car; all head east."""
    ego = world.ego.pose_map
    return any(
        abs(a.pose_map.x_m - ego.x_m) < a.extent_m[0] + EGO_EXTENT[0]
        and abs(a.pose_map.y_m - ego.y_m) < a.extent_m[1] + EGO_EXTENT[1]
        for a in world.actors
    )


def test_lets_the_traffic_of_the_other_lane_pass_before_it_changes():
    cars = [
        actor(k, ActorKind.CAR, 4.0 - 14.0 * k, LANE_M, speed=9.0, role='scenario')
        for k in range(5)
    ]
    world = RoadWorld(*cars, planned=with_lane_change())
    world.situations = (staged(tuple(range(5)), others_have_priority=True),)
    expert = started(world)
    slowest_mps = 20.0
    while world.ego.pose_map.x_m < 150.0:
        assert world.tick < 1000
        world.step(expert.drive(world.frame))
        assert not is_hit(world)
        if 30.0 < world.ego.pose_map.x_m < CHANGE_M[1]:
            slowest_mps = min(slowest_mps, world.ego.speed_mps)
    assert slowest_mps < 4.0
    assert world.ego.pose_map.y_m == pytest.approx(LANE_M, abs=0.5)


def with_left_lane(world):
    """Give the fake town a lane on the left of y = 0."""
    lane = SimpleNamespace(pose_map=Pose2(0.0, 0.0, 0.0))
    left = SimpleNamespace(pose_map=Pose2(0.0, LANE_M, 0.0))
    world.town.map = SimpleNamespace(
        lane_point=lambda x, y: lane, left=lambda _: left, right=lambda _: None
    )
    return world


def test_makes_way_for_an_emergency_vehicle_and_comes_back():
    ambulance = actor(9, ActorKind.AMBULANCE, -40.0, 0.0, speed=14.0, role='scenario')
    world = with_left_lane(RoadWorld(ambulance))
    world.situations = (staged((9,), make_way_for_id=9),)
    expert = started(world)
    actions = set()
    while world.ego.pose_map.x_m < 190.0:
        assert world.tick < 1000
        world.step(expert.drive(world.frame))
        actions.add(expert.reason.route_action)
        assert not is_hit(world)
    assert world.actors[0].pose_map.x_m > world.ego.pose_map.x_m
    assert world.ego.pose_map.y_m == pytest.approx(0.0, abs=0.5)
    assert {RouteAction.CHANGE_LANE_LEFT, RouteAction.RETURN_TO_LANE} <= actions


def test_stays_in_its_lane_while_the_lane_beside_is_taken():
    ambulance = actor(9, ActorKind.AMBULANCE, -40.0, 0.0, speed=12.0, role='scenario')
    beside = actor(5, ActorKind.CAR, 0.0, LANE_M, speed=9.5)
    world = with_left_lane(RoadWorld(ambulance, beside))
    world.situations = (staged((9,), make_way_for_id=9),)
    trace = world.drive(started(world), 8.0)
    assert np.abs(trace[:, 2]).max() < 0.5
