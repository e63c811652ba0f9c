# SPDX-License-Identifier: Apache-2.0
"""The expert on a straight road of its own: one thing at a time, with known answers."""

import math

import numpy as np
import pytest
from road_world import EGO_EXTENT, LIMIT_MPS, LINE_X_M, RoadWorld, actor, started, straight

from simlingo_core.errors import WorldError
from simlingo_core.geometry import Pose3
from simlingo_core.route import Route
from simlingo_core.types import Instruction, Observation, RoadOption
from simlingo_sim.expert import Expert
from simlingo_sim.expert.reason import RouteAction, SpeedAction
from simlingo_sim.expert.route_follower import RouteFollower
from simlingo_sim.state import (
    ActorKind,
    LightState,
)
from simlingo_sim.town.route_planner import PlannedRoute


def test_free_road_is_driven_at_its_share_of_the_limit():
    world = RoadWorld()
    trace = world.drive(started(world), 15.0)
    assert trace[-1, 1] == pytest.approx(0.72 * LIMIT_MPS, abs=0.4)
    assert np.abs(trace[:, 2]).max() < 0.05


@pytest.mark.parametrize('light', [LightState.RED, LightState.YELLOW, LightState.OFF])
def test_stops_in_front_of_its_line_while_the_light_is_not_green(light):
    world = RoadWorld(light=True)
    world.light = light
    expert = started(world)
    world.drive(expert, 25.0)
    assert world.ego.speed_mps == pytest.approx(0.0, abs=0.05)
    assert LINE_X_M - 3.5 < world.front_m < LINE_X_M - 0.5
    assert expert.reason.light_hazard
    assert expert.reason.reduction.kind == 'traffic_light'
    assert expert.reason.reduction.id == 7
    assert expert.reason.speed_action is SpeedAction.REMAIN_STOPPED
    world.light = LightState.GREEN
    world.drive(expert, 15.0)
    assert world.front_m > LINE_X_M + 20.0


def test_a_yellow_light_right_ahead_is_passed():
    world = RoadWorld(light=True)
    expert = started(world)
    world.drive(expert, 20.0, until_m=LINE_X_M - EGO_EXTENT[0] - 8.0)
    world.light = LightState.YELLOW
    trace = world.drive(expert, 3.0)
    assert trace[:, 1].min() > 8.0
    assert world.front_m > LINE_X_M


def test_stops_at_a_stop_sign_and_then_goes_on():
    world = RoadWorld(stop=True)
    trace = world.drive(started(world), 30.0)
    standing = trace[trace[:, 1] < 0.1]
    standing = standing[standing[:, 0] > 10.0]
    assert len(standing) > 25
    assert (standing[:, 0] + EGO_EXTENT[0] > LINE_X_M - 4.0).all()
    assert (standing[:, 0] + EGO_EXTENT[0] < LINE_X_M).all()
    assert world.front_m > LINE_X_M + 20.0


def test_stops_behind_a_standing_car_and_follows_a_slow_one():
    world = RoadWorld(actor(5, ActorKind.CAR, 90.0, 0.0))
    expert = started(world)
    world.drive(expert, 25.0)
    gap_m = 90.0 - 2.25 - world.front_m
    assert 2.0 < gap_m < 6.0
    assert expert.reason.reduction.id == 5
    world = RoadWorld(actor(5, ActorKind.CAR, 40.0, 0.0, speed=4.0))
    trace = world.drive(started(world), 25.0)
    assert trace[-1, 1] == pytest.approx(4.0, abs=0.7)


def test_parked_cars_beside_the_lane_are_no_reason_to_slow_down():
    world = RoadWorld(
        *(actor(k, ActorKind.CAR, 10.0 * k, -2.85, role='parked') for k in range(2, 9))
    )
    trace = world.drive(started(world), 15.0)
    assert trace[-1, 1] == pytest.approx(0.72 * LIMIT_MPS, abs=0.4)


def test_lets_a_pedestrian_cross():
    walker = actor(5, ActorKind.PEDESTRIAN, 70.0, -9.0, yaw=math.pi / 2, speed=1.2)
    world = RoadWorld(walker)
    expert = started(world)
    nearest = math.inf
    for _ in range(400):
        world.step(expert.drive(world.frame))
        pose = world.actors[0].pose_map
        x_m, y_m = world.ego.pose_map.inverse_transform(pose.position_m)
        gap = math.hypot(max(abs(x_m) - EGO_EXTENT[0], 0.0), max(abs(y_m) - EGO_EXTENT[1], 0.0))
        nearest = min(nearest, gap)
    assert nearest > 0.8
    assert world.front_m > 100.0


def test_a_pedestrian_on_the_sidewalk_is_passed():
    walker = actor(5, ActorKind.PEDESTRIAN, 70.0, -4.0, speed=1.2)
    world = RoadWorld(walker)
    trace = world.drive(started(world), 12.0)
    assert trace[-1, 1] == pytest.approx(0.72 * LIMIT_MPS, abs=0.4)


def test_brakes_for_a_car_that_will_cross():
    world = RoadWorld(actor(5, ActorKind.CAR, 60.0, -60.0, yaw=math.pi / 2, speed=9.0))
    expert = started(world)
    hazards = []
    nearest = math.inf
    for _ in range(300):
        world.step(expert.drive(world.frame))
        hazards.append(expert.reason.vehicle_affecting_id)
        other = world.actors[0].pose_map
        nearest = min(
            nearest,
            math.hypot(other.x_m - world.ego.pose_map.x_m, other.y_m - world.ego.pose_map.y_m),
        )
    assert 5 in hazards
    assert nearest > EGO_EXTENT[0] + 0.9


def test_passes_an_obstacle_and_comes_back():
    world = RoadWorld(actor(5, ActorKind.CAR, 90.0, -0.6, role='scenario'), passable=[5])
    expert = started(world)
    actions = set()
    trace = []
    for _ in range(500):
        world.step(expert.drive(world.frame))
        actions.add(expert.reason.route_action)
        trace.append((world.ego.pose_map.x_m, world.ego.pose_map.y_m))
    trace = np.array(trace)
    beside = trace[np.abs(trace[:, 0] - 90.0) < 4.0]
    assert (beside[:, 1] - EGO_EXTENT[1] > 0.3 + 0.3).all()
    assert trace[-1, 0] > 130.0
    assert abs(trace[-1, 1]) < 0.2
    assert {RouteAction.PASS_OBSTACLE, RouteAction.RETURN_TO_LANE} <= actions


def test_waits_for_oncoming_traffic_before_passing():
    obstacle = actor(5, ActorKind.CAR, 90.0, -0.6, role='scenario')
    flow = [
        actor(k, ActorKind.CAR, 40.0 + 25.0 * k, 3.5, yaw=math.pi, speed=8.0) for k in range(6, 11)
    ]
    world = RoadWorld(obstacle, *flow, passable=[5])
    expert = started(world)
    waited = False
    for _ in range(1000):
        world.step(expert.drive(world.frame))
        waited |= expert.reason.route_action is RouteAction.WAIT_FOR_GAP
        for other in world.actors[1:]:
            x_m, y_m = world.ego.pose_map.inverse_transform(other.pose_map.position_m)
            assert abs(x_m) > 4.7 or abs(y_m) > 1.85
    assert waited
    assert world.ego.pose_map.x_m > 110.0


def test_gives_up_passing_when_somebody_sets_off_towards_it():
    obstacle = actor(5, ActorKind.CAR, 60.0, -0.6, role='scenario')
    waiting = actor(6, ActorKind.CAR, 100.0, 3.5, yaw=math.pi, role='scenario')
    world = RoadWorld(obstacle, waiting, passable=[5])
    expert = started(world)
    actions = []
    for _ in range(800):
        world.step(expert.drive(world.frame))
        if world.ego.pose_map.x_m > 25.0 and world.actors[1].speed_mps == 0.0:
            assert expert.reason.route_action is RouteAction.PASS_OBSTACLE
            world.actors[1] = actor(6, ActorKind.CAR, 100.0, 3.5, yaw=math.pi, speed=8.0)
        actions.append(expert.reason.route_action)
        if world.actors[1].pose_map.x_m > world.ego.pose_map.x_m:
            assert world.ego.pose_map.y_m < 0.9, 'it stays out of the way of the other'
    first = actions.index(RouteAction.WAIT_FOR_GAP)
    assert RouteAction.PASS_OBSTACLE in actions[:first]
    assert RouteAction.PASS_OBSTACLE in actions[first:]
    assert world.ego.pose_map.x_m > 90.0


def test_slows_down_for_a_curve():
    angles = np.linspace(0.0, math.pi / 2, 20)
    curve = np.stack([60.0 + 12.0 * np.sin(angles), 12.0 - 12.0 * np.cos(angles)], axis=1)
    start = np.stack([np.arange(60.0), np.zeros(60)], axis=1)
    end = np.stack([np.full(40, 72.0), 13.0 + np.arange(40.0)], axis=1)
    points = np.concatenate([start, curve, end])
    count = len(points)
    planned = PlannedRoute(
        route=Route(points, [RoadOption.LANE_FOLLOW] * count),
        limits_mps=np.full(count, LIMIT_MPS),
        widths_m=np.full(count, 3.5),
        is_junction=np.zeros(count, dtype=bool),
    )
    world = RoadWorld(planned=planned)
    trace = world.drive(started(world), 12.0)
    inside = trace[(trace[:, 0] > 62.0) & (trace[:, 2] < 8.0)]
    assert inside[:, 1].max() ** 2 / 12.0 < 3.5
    offsets = [abs(planned.route.project([x, y])[1]) for x, _, y in trace]
    assert max(offsets) < 0.5


def observation(world):
    return Observation(
        t_s=world.tick * 0.05,
        image_jpeg=b'',
        pose_map=Pose3.from_planar(world.ego.pose_map),
        speed_mps=world.ego.speed_mps,
        target_points_base_m=np.zeros((2, 2)),
    )


def test_plan_on_a_free_road():
    world = RoadWorld()
    expert = started(world)
    world.drive(expert, 10.0)
    plan = expert.plan(observation(world), Instruction(id='i1', text='go'))
    speed = world.ego.speed_mps
    np.testing.assert_allclose(plan.path_base_m[:, 0], np.arange(20.0), atol=0.02)
    np.testing.assert_allclose(plan.path_base_m[:, 1], 0.0, atol=0.1)
    steps = np.diff(plan.speed_waypoints_base_m[:, 0]) / 0.25
    assert steps == pytest.approx(np.full(9, speed), abs=0.5)
    assert plan.target_speed_mps == pytest.approx(speed, abs=0.5)
    assert (plan.policy, plan.instruction_id) == ('expert', 'i1')


def test_plan_before_a_red_light_ends_at_its_line():
    world = RoadWorld(light=True)
    world.light = LightState.RED
    expert = started(world)
    world.drive(expert, 20.0, until_m=LINE_X_M - 20.0)
    plan = expert.plan(observation(world))
    reach_m = plan.speed_waypoints_base_m[:, 0].max()
    assert 10.0 < reach_m < 20.0 - EGO_EXTENT[0]
    steps = np.diff(plan.speed_waypoints_base_m[:, 0])
    assert steps[-1] < steps[0]


def test_deciding_twice_in_a_tick_gives_the_same_decision():
    world = RoadWorld(actor(5, ActorKind.CAR, 60.0, 0.0))
    expert = started(world)
    world.drive(expert, 4.0)
    assert expert.decide() is expert.decide()


def test_refuses_to_drive_without_a_route_or_in_the_past():
    world = RoadWorld()
    with pytest.raises(WorldError, match='reset'):
        Expert(world).drive(world.frame)
    expert = started(world)
    old = world.frame
    world.step(expert.drive(old))
    with pytest.raises(WorldError, match='pass the newest frame'):
        expert.drive(old)
    world.planned = straight(100)
    with pytest.raises(WorldError, match='reset the expert'):
        expert.drive(world.frame)


def test_reason_turns_into_json_types():
    world = RoadWorld(actor(5, ActorKind.CAR, 40.0, 0.0), light=True)
    expert = started(world)
    world.drive(expert, 6.0)
    data = expert.reason.as_dict()
    assert data['speed_reduced_by_obj_type'] == 'car'
    assert data['speed_reduced_by_obj_id'] == 5
    assert data['speed_reduced_by_obj_distance'] > 0.0
    assert data['light'] == 'green'
    assert data['route_action'] == 'follow_route'


def test_route_follower_sees_neither_lights_nor_cars():
    world = RoadWorld(actor(5, ActorKind.CAR, 90.0, 0.0), light=True, stop=True)
    world.light = LightState.RED
    trace = world.drive(started(world, RouteFollower), 15.0)
    assert trace[60:, 1].min() > 8.0
    assert world.ego.pose_map.x_m > 110.0
