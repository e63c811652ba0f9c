# SPDX-License-Identifier: Apache-2.0
import itertools
import math

import numpy as np
import pytest

from simlingo_core.errors import NonFiniteError
from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.route import Route
from simlingo_core.types import EgoState, RoadOption
from simlingo_perception.config import PerceptionConfig
from simlingo_perception.observation_builder import ObservationBuilder, Problem

STRAIGHT = Route(
    np.column_stack([np.arange(201.0), np.zeros(201)]),
    [RoadOption.LANE_FOLLOW] * 100 + [RoadOption.LEFT] * 101,
)


def ego_at(t_s: float, x: float = 0.0, y: float = 0.0, yaw: float = 0.0) -> EgoState:
    return EgoState(t_s=t_s, pose_map=Pose3.from_planar(Pose2(x, y, yaw)), speed_mps=5.0)


def feed(builder: ObservationBuilder, t_s: float, x: float, jpeg: bytes, speed: float = 5.0):
    builder.add_ego(ego_at(t_s, x))
    builder.add_speed(t_s, speed)
    builder.add_image(t_s, jpeg)
    return builder.take()


@pytest.fixture
def builder() -> ObservationBuilder:
    builder = ObservationBuilder()
    builder.set_route(STRAIGHT)
    return builder


@pytest.mark.parametrize('order', list(itertools.permutations(range(3))))
def test_the_order_of_arrival_does_not_matter(builder, order) -> None:
    adders = [
        lambda: builder.add_ego(ego_at(1.0, 20.0, 1.0, 0.1)),
        lambda: builder.add_speed(1.0, 4.5),
        lambda: builder.add_image(1.0, b'image'),
    ]
    for i, index in enumerate(order):
        adders[index]()
        observation = builder.take()
        assert (observation is None) == (i < 2)
    assert observation.t_s == 1.0
    assert observation.image_jpeg == b'image'
    assert observation.speed_mps == 4.5
    pose = Pose2(20.0, 1.0, 0.1)
    expected = pose.inverse_transform([[52.0, 0.0], [100.0, 0.0]])
    np.testing.assert_allclose(observation.target_points_base_m, expected, atol=1e-9)
    assert observation.route_progress == pytest.approx(0.1)
    assert observation.command_distance_m == pytest.approx(math.hypot(32.0, 1.0))
    assert builder.take() is None, 'an observation is given once'


def test_images_get_the_pose_of_their_own_stamp(builder) -> None:
    for i in range(6):
        builder.add_ego(ego_at(0.05 * i, float(i)))
        builder.add_speed(0.05 * i, 5.0)
    builder.add_image(0.15, b'late image')
    assert builder.take().pose_map.planar.x_m == 3.0
    builder.add_image(0.17, b'between the ticks')
    assert builder.take() is None


def test_the_command_is_in_force_until_the_junction_is_crossed() -> None:
    follow, left = RoadOption.LANE_FOLLOW, RoadOption.LEFT
    route = Route(STRAIGHT.points_map_m, [follow] * 100 + [left] * 10 + [follow] * 91)
    builder = ObservationBuilder()
    builder.set_route(route)
    found = []
    for i in range(150):
        observation = feed(builder, 0.05 * i, float(i), b'%d' % i)
        is_crossing = observation.command_distance_m == 0.0
        found.append((observation.command, observation.next_command, is_crossing))
    changes = [key for key, _ in itertools.groupby(found)]
    # 0 m: the next target is the junction at 100 m; behind it lies the plain road again.
    assert changes == [(follow, left, False), (left, follow, False), (left, follow, True)]


def test_a_frozen_image_gives_nothing_while_the_car_moves(builder) -> None:
    taken = [feed(builder, 0.2 * i, float(i), b'same') is not None for i in range(8)]
    assert taken == [True] * 5 + [False] * 3
    assert builder.problems(1.4) == ('image_frozen',)
    assert feed(builder, 1.6, 8.0, b'other') is not None
    standing = [feed(builder, 1.8 + 0.2 * i, 8.0, b'same', speed=0.0) for i in range(8)]
    assert None not in standing


def test_it_says_what_is_missing_stale_or_wrong(builder) -> None:
    fresh = ObservationBuilder()
    missing = ('image_missing', 'ego_missing', 'speed_missing', 'route_missing')
    assert fresh.problems(0.0) == missing
    feed(builder, 1.0, 0.0, b'a')
    assert builder.problems(1.0) == ()
    builder.add_ego(ego_at(1.5))
    assert builder.problems(1.5) == ('image_stale', 'speed_stale')
    builder.add_speed(1.5, 5.0)
    builder.add_image(1.52, b'b')
    assert builder.take() is None
    assert builder.problems(1.55) == ('stamps_differ',)
    builder.add_ego(ego_at(1.6, 30.0, 25.0))
    assert 'off_route' in builder.problems(1.6)


def test_no_route_no_observation() -> None:
    builder = ObservationBuilder()
    assert feed(builder, 0.0, 0.0, b'a') is None
    builder.set_route(STRAIGHT)
    assert feed(builder, 0.05, 0.0, b'b') is not None


def test_nan_is_refused_and_leaves_the_rest_alone(builder) -> None:
    feed(builder, 1.0, 0.0, b'a')
    with pytest.raises(NonFiniteError):
        builder.add_speed(1.05, math.nan)
    with pytest.raises(NonFiniteError):
        builder.add_image(math.nan, b'b')
    builder.add_ego(ego_at(1.05, 0.2))
    builder.add_image(1.05, b'b')
    assert builder.take() is None, 'the bad speed is not there'
    builder.add_speed(1.05, 5.0)
    assert builder.take() is not None


def test_time_running_backwards_begins_a_new_drive(builder) -> None:
    assert feed(builder, 100.0, 180.0, b'a').route_progress > 0.8
    again = feed(builder, 0.0, 0.0, b'b')
    assert again.route_progress == 0.0
    assert again.target_points_base_m[0, 0] == pytest.approx(52.0)


def test_the_first_image_of_a_new_drive_may_come_before_its_pose(builder) -> None:
    assert feed(builder, 100.0, 180.0, b'a') is not None
    builder.add_image(0.0, b'b')
    builder.add_speed(0.0, 1.0)
    assert builder.take() is None
    builder.add_ego(ego_at(0.0))
    assert builder.take().image_jpeg == b'b'


def test_a_round_trip_begins_at_its_start() -> None:
    angles = np.linspace(0.0, 2 * np.pi, 200)
    circle = np.column_stack([50 * np.sin(angles), 50 - 50 * np.cos(angles)])
    circle[-1] += [-0.2, 0.0]
    builder = ObservationBuilder()
    builder.set_route(Route(circle, [RoadOption.LANE_FOLLOW] * 200))
    assert feed(builder, 0.0, -0.05, b'a').route_progress < 0.01


def test_a_camera_that_froze_stays_frozen_while_the_car_stands() -> None:
    builder = ObservationBuilder(PerceptionConfig(frozen_images_limit=2))
    builder.set_route(STRAIGHT)
    speeds = (5.0, 5.0, 5.0, 5.0, 0.0, 0.0)
    given = [
        feed(builder, 0.05 * tick, 0.0, b'the same image', speed) is not None
        for tick, speed in enumerate(speeds)
    ]
    t_s = 0.05 * 5
    assert given == [True, True, False, False, False, False]
    assert Problem.IMAGE_FROZEN in builder.problems(t_s)

    builder.add_image(t_s, b'another image')

    assert builder.take() is not None
    assert Problem.IMAGE_FROZEN not in builder.problems(t_s)
