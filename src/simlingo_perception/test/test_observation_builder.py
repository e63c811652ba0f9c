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
    builder.add_ego(ego_at(t_s, x), speed)
    builder.add_image(t_s, jpeg)
    return builder.take()


@pytest.fixture
def builder() -> ObservationBuilder:
    builder = ObservationBuilder()
    builder.set_route(STRAIGHT)
    return builder


@pytest.mark.parametrize('image_comes_first', [True, False])
def test_the_order_of_arrival_does_not_matter(builder, image_comes_first) -> None:
    adders = [
        lambda: builder.add_ego(ego_at(1.0, 20.0, 1.0, 0.1), 4.5),
        lambda: builder.add_image(1.0, b'image'),
    ]
    for i, add in enumerate(reversed(adders) if image_comes_first else adders):
        add()
        observation = builder.take()
        assert (observation is None) == (i < 1)
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
    builder.add_image(0.15, b'late image')
    assert builder.take().pose_map.planar.x_m == 3.0


def test_the_command_is_in_force_until_the_junction_is_crossed() -> None:
    """Case G3: the observation carries it."""
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
    assert fresh.problems(0.0) == ('image_missing', 'ego_missing', 'route_missing')
    feed(builder, 1.0, 0.0, b'a')
    assert builder.problems(1.0) == ()
    builder.add_ego(ego_at(1.5))
    assert builder.problems(1.5) == ('image_stale',)
    builder.add_image(1.52, b'b')
    assert builder.take() is None
    assert builder.problems(1.55) == ('stamps_differ',)
    builder.add_ego(ego_at(1.6, 20.0, 12.0))
    assert builder.problems(1.6) == ('far_from_route',)
    builder.add_ego(ego_at(1.65, 20.0, 35.0))
    assert builder.problems(1.65) == ('off_route',)


def test_no_route_no_observation() -> None:
    builder = ObservationBuilder()
    assert feed(builder, 0.0, 0.0, b'a') is None
    builder.set_route(STRAIGHT)
    assert feed(builder, 0.05, 0.0, b'b') is not None


def test_nan_is_refused_and_leaves_the_rest_alone(builder) -> None:
    feed(builder, 1.0, 0.0, b'a')
    with pytest.raises(NonFiniteError):
        builder.add_ego(ego_at(1.05, 0.2), math.nan)
    with pytest.raises(NonFiniteError):
        builder.add_image(math.nan, b'b')
    builder.add_image(1.05, b'b')
    assert builder.take() is None, 'the bad speed is not there'
    builder.add_ego(ego_at(1.05, 0.2))
    assert builder.take() is not None


def test_time_running_backwards_begins_a_new_episode(builder) -> None:
    assert feed(builder, 100.0, 180.0, b'a').route_progress > 0.8
    again = feed(builder, 0.0, 0.0, b'b')
    assert again.route_progress == 0.0
    assert again.target_points_base_m[0, 0] == pytest.approx(52.0)


def test_the_first_image_of_a_new_episode_may_come_before_its_pose(builder) -> None:
    assert feed(builder, 100.0, 180.0, b'a') is not None
    builder.add_image(0.0, b'b')
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


# ---- case 22: image and odometry with different stamps ---------------------------------------


def test_an_image_between_two_odometries_gets_the_pose_in_between(builder) -> None:
    builder.add_ego(ego_at(1.0, 10.0, 0.0, 0.1))
    builder.add_image(1.02, b'image')
    assert builder.take() is None, 'the odometry after the image is waited for'
    builder.add_ego(ego_at(1.05, 10.5, 0.5, 0.2), 6.0)
    observation = builder.take()
    assert observation.t_s == 1.02
    assert (observation.pose_map.planar.x_m, observation.pose_map.planar.y_m) == pytest.approx(
        (10.2, 0.2)
    )
    assert observation.pose_map.planar.yaw_rad == pytest.approx(0.14, abs=1e-5)
    assert observation.speed_mps == pytest.approx(5.4)


@pytest.mark.parametrize(
    ('stamps_s', 'x_m'),
    [
        ((1.02, 1.07), 10.0),  # the image is older than all: the first one is near enough
        ((0.96, 1.20), 10.0),  # too far apart to interpolate: the nearer one
        ((0.90, 1.11), None),  # none within 50 ms
        ((1.06, 1.11), None),
        ((0.95, 1.05), 15.0),  # one was lost at 20 Hz
    ],
)
def test_the_nearest_odometry_counts_within_the_tolerance(builder, stamps_s, x_m) -> None:
    builder.add_image(1.0, b'image')
    for t_s, x in zip(stamps_s, (10.0, 20.0), strict=True):
        builder.add_ego(ego_at(t_s, x))
    observation = builder.take()
    found_m = None if observation is None else observation.pose_map.planar.x_m
    assert found_m == (None if x_m is None else pytest.approx(x_m))


def test_poses_before_and_after_a_jump_are_not_mixed(builder) -> None:
    builder.add_ego(ego_at(1.0, 119.0))
    builder.add_image(1.02, b'image')
    builder.add_ego(ego_at(1.05, 0.0))
    assert builder.take().pose_map.planar.x_m == 119.0


# ---- case 7 and R6: the car is put elsewhere, or off its route -------------------------------


def ahead_m(builder: ObservationBuilder, t_s: float, x: float) -> list[float] | None:
    """Feed a pose; return how far ahead the two target points lie."""
    observation = feed(builder, t_s, x, b'%f' % t_s)
    return None if observation is None else observation.target_points_base_m[:, 0].tolist()


LONG = Route(np.column_stack([np.arange(401.0), np.zeros(401)]), [RoadOption.LANE_FOLLOW] * 401)


@pytest.mark.parametrize(
    ('from_m', 'to_m'), [(119.0, 0.0), (20.0, 250.0), (119.0, 95.0), (20.0, 45.0)]
)
def test_a_car_put_elsewhere_on_its_route_is_found_at_once(from_m, to_m) -> None:
    """Case 7: the car is put 119 m back, or 230 m on, while the clock goes on."""
    builder = ObservationBuilder()
    builder.set_route(LONG)
    for i in range(int(from_m)):
        feed(builder, 0.05 * i, float(i), b'%d' % i)
    t_s = 0.05 * int(from_m)
    found = ahead_m(builder, t_s, to_m)
    fresh = ObservationBuilder()
    fresh.set_route(LONG)
    for i in range(int(to_m) + 1):
        feed(fresh, 0.05 * i, float(i), b'%d' % i)
    assert found == pytest.approx(ahead_m(fresh, 0.05 * (to_m + 1), to_m))
    assert 0.0 < found[0] < 70.0
    assert builder.problems(t_s) == ()


def test_a_car_put_beside_its_route_is_off_route_and_the_distance_is_known(builder) -> None:
    """Case R6: beside its route the car is off it, with the distance."""
    assert feed(builder, 0.0, 20.0, b'a') is not None
    builder.add_ego(ego_at(0.05, 20.0, -210.0))
    builder.add_image(0.05, b'b')
    assert builder.take().is_off_route
    assert builder.problems(0.05) == ('off_route',)
    assert builder.route_offset_m == pytest.approx(-210.0)
    found_again = feed(builder, 0.1, 150.0, b'c')
    assert not found_again.is_off_route
    assert found_again.route_progress == pytest.approx(0.75)


def test_a_car_that_comes_back_to_a_later_part_of_its_route_is_found_there() -> None:
    # A rectangle of 100 m by 40 m; the car takes a short cut across it.
    corners = [(0, 0), (100, 0), (100, 40), (0, 40)]
    points = [(0.0, 0.0)]
    for (x0, y0), (x1, y1) in itertools.pairwise(corners):
        steps = int(abs(x1 - x0) + abs(y1 - y0))
        points += [(x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps)
                   for i in range(1, steps + 1)]  # fmt: skip
    builder = ObservationBuilder()
    builder.set_route(Route(points, [RoadOption.LANE_FOLLOW] * len(points)))
    for i in range(10):
        feed(builder, 0.05 * i, float(i), b'%d' % i)
    for i in range(41):
        yaw = math.pi / 2 if i < 40 else math.pi
        builder.add_ego(ego_at(0.5 + 0.05 * i, 10.0, float(i), yaw))
    builder.add_image(0.5 + 0.05 * 40, b'back')
    observation = builder.take()
    assert observation.route_progress == pytest.approx(230.0 / 240.0)


def test_the_same_route_again_starts_from_where_the_car_is(builder) -> None:
    """Case 7: publishing the route again starts it anew."""
    for i in range(120):
        feed(builder, 0.05 * i, float(i), b'%d' % i)
    builder.set_route(STRAIGHT)
    again = feed(builder, 6.0, 120.0, b'again')
    assert again.route_progress == pytest.approx(0.6)
    assert 0.0 < again.target_points_base_m[0, 0] < 60.0
    builder.set_route(None)
    assert feed(builder, 6.05, 120.0, b'without') is None
    assert builder.problems(6.05) == ('route_missing',)
