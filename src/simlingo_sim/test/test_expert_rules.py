# SPDX-License-Identifier: Apache-2.0
"""The expert's rules for scenarios: slow cyclists, open doors, invading cars, parking slots."""

import math
from dataclasses import replace

import numpy as np
import pytest
from road_world import EGO_EXTENT, RoadWorld, actor, started

from simlingo_core.geometry import Pose2
from simlingo_core.vehicle_model import MotionState
from simlingo_sim.expert.reason import RouteAction
from simlingo_sim.state import DOOR_M, ActorKind


def boxes_touch(world):
    """Return whether the ego's box reaches into another one on this straight road."""
    for other in world.actors:
        x_m, y_m = world.ego.pose_map.inverse_transform(other.pose_map.position_m)
        length_m, width_m = other.extent_m[0] + EGO_EXTENT[0], other.extent_m[1] + EGO_EXTENT[1]
        if abs(x_m) < length_m and abs(y_m) < width_m:
            return True
    return False


def drive(world, seconds):
    """Drive as the expert without touching anybody; return the actions."""
    expert = started(world)
    actions = set()
    for _ in range(round(seconds * 20)):
        world.step(expert.drive(world.frame))
        actions.add(expert.reason.route_action)
        assert not boxes_touch(world)
    return actions


def test_overtakes_slow_cyclists():
    riders = [
        replace(
            actor(k, ActorKind.BICYCLE, 40.0 + 6.0 * k, -0.7, speed=2.5), extent_m=(0.9, 0.3, 0.9)
        )
        for k in (5, 6)
    ]
    world = RoadWorld(*riders, passable=[5, 6])
    actions = drive(world, 24.0)
    assert world.ego.pose_map.x_m > max(a.pose_map.x_m for a in world.actors) + 5.0
    assert {RouteAction.PASS_OBSTACLE, RouteAction.RETURN_TO_LANE} <= actions


def test_follows_cyclists_that_need_not_be_passed():
    rider = replace(actor(5, ActorKind.BICYCLE, 60.0, -0.7, speed=2.5), extent_m=(0.9, 0.3, 0.9))
    world = RoadWorld(rider)
    assert RouteAction.PASS_OBSTACLE not in drive(world, 15.0)
    assert world.ego.pose_map.x_m < world.actors[0].pose_map.x_m


def test_keeps_clear_of_an_open_door():
    car = actor(5, ActorKind.CAR, 80.0, -2.4, role='scenario')
    world = RoadWorld(replace(car, open_door_rad=math.radians(65.0)), passable=[5])
    expert = started(world)
    beside = []
    for _ in range(400):
        world.step(expert.drive(world.frame))
        if abs(world.ego.pose_map.x_m - 80.0) < 4.0:
            beside.append(world.ego.pose_map.y_m)
    door_m = -2.4 + car.extent_m[1] + DOOR_M * math.sin(math.radians(65.0))
    assert min(beside) - EGO_EXTENT[1] > door_m + 0.3


def test_keeps_right_for_oncoming_cars_that_reach_into_the_lane():
    car = actor(5, ActorKind.CAR, 150.0, 1.6, yaw=math.pi, speed=7.0)
    world = RoadWorld(car, passable=[5])
    assert RouteAction.KEEP_RIGHT in drive(world, 16.0)
    assert world.ego.pose_map.x_m > 100.0
    assert abs(world.ego.pose_map.y_m) < 0.3


@pytest.mark.parametrize('speed', [8.0, 0.0])
def test_leaves_a_parking_slot_behind_passing_cars(speed):
    cars = [actor(k, ActorKind.CAR, -12.0 * (k - 4), 0.0, speed=speed) for k in (5, 6, 7)]
    world = RoadWorld(*(cars if speed else []))
    world.ego = MotionState(Pose2(2.0, -2.9, 0.0), 0.0)
    actions = drive(world, 20.0)
    assert RouteAction.LEAVE_PARKING in actions
    assert world.ego.pose_map.x_m > 40.0
    assert abs(world.ego.pose_map.y_m) < 0.3


def test_an_open_door_widens_the_box_on_its_side():
    car = actor(5, ActorKind.CAR, 0.0, 0.0)
    left = replace(car, open_door_rad=math.pi / 2).corners_map_m()
    np.testing.assert_allclose([left[:, 1].max(), left[:, 1].min()], [0.9 + DOOR_M, -0.9])
    np.testing.assert_allclose(car.corners_map_m()[:, 1].max(), 0.9)
