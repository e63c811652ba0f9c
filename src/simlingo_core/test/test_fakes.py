# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest

from simlingo_core.baselines import StraightPolicy, plan_along, stop_plan
from simlingo_core.capabilities import PolicyCapabilities
from simlingo_core.errors import BackendError, WorldError
from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.protocols import (
    LanguagePolicy,
    Policy,
    World,
    capabilities_of,
    check_instruction,
)
from simlingo_core.testing import (
    FakeWorld,
    RoutePolicy,
    ScriptedPolicy,
    SlowPolicy,
    TalkingPolicy,
    curve_route,
    junction_route,
    round_trip_route,
    straight_route,
)
from simlingo_core.types import Instruction, Observation, RoadOption, VehicleCommand
from simlingo_core.wordings import ManoeuvreKind

GAS = VehicleCommand(throttle=0.8, steer=0.1)


def observe(pose: Pose2, t_s: float = 0.0) -> Observation:
    return Observation(
        t_s=t_s,
        image_jpeg=b'',
        pose_map=Pose3.from_planar(pose),
        speed_mps=3.0,
        target_points_base_m=np.ones((2, 2)),
    )


def test_the_fakes_implement_their_protocols() -> None:
    assert isinstance(FakeWorld(straight_route()), World)
    for policy in (StraightPolicy(), RoutePolicy(straight_route()), ScriptedPolicy([])):
        assert isinstance(policy, Policy)
        assert not isinstance(policy, LanguagePolicy)
    assert isinstance(SlowPolicy(StraightPolicy(), [0.1], lambda _: None), Policy)
    assert isinstance(TalkingPolicy(StraightPolicy()), LanguagePolicy)


def test_the_world_repeats_itself_to_the_last_bit() -> None:
    world = FakeWorld(curve_route(), speed_mps=3.0, image_width=64, image_height=32)
    first = [world.reset(), *(world.step(GAS) for _ in range(20))]
    second = [world.reset(), *(world.step(GAS) for _ in range(20))]
    for a, b in zip(first, second, strict=True):
        assert (a.tick, a.t_s, a.speedometer_mps) == (b.tick, b.t_s, b.speedometer_mps)
        np.testing.assert_array_equal(a.ego.pose_map.matrix(), b.ego.pose_map.matrix())
        np.testing.assert_array_equal(a.image_bgra, b.image_bgra)
    assert [frame.tick for frame in first] == list(range(21))
    assert not np.array_equal(first[0].image_bgra, first[1].image_bgra)


def test_the_world_s_sensors_agree_with_its_truth() -> None:
    world = FakeWorld(straight_route(start_map=Pose2(5.0, 6.0, 0.5)), speed_mps=4.0)
    frame = world.step(GAS, with_image=False)
    assert frame.image_bgra is None
    assert frame.speedometer_mps == frame.ego.speed_mps > 4.0
    assert frame.imu.orientation_yaw_rad == pytest.approx(frame.ego.pose_map.planar.yaw_rad)
    assert frame.imu.acceleration_base_mps2[2] == pytest.approx(9.81)
    assert frame.imu.angular_velocity_base_radps[2] == frame.ego.yaw_rate_radps > 0.0
    assert world.step(GAS).image_bgra.shape == (512, 1024, 4)
    world.close()
    with pytest.raises(WorldError, match='closed'):
        world.step(GAS)
    with pytest.raises(WorldError, match='multiples of 4'):
        FakeWorld(straight_route(), image_width=30)


def test_the_episode_ends_with_the_route_or_after_max_ticks() -> None:
    world = FakeWorld(straight_route(30.0), speed_mps=10.0)
    ticks = 0
    while not world.step(VehicleCommand(throttle=0.5), with_image=False).is_done:
        ticks += 1
    assert 40 < ticks < 60
    short = FakeWorld(straight_route(), max_ticks=3)
    done = [short.step(VehicleCommand(), with_image=False).is_done for _ in range(3)]
    assert done == [False, False, True]


def test_the_straight_policy_drives_straight_at_its_speed() -> None:
    plan = StraightPolicy(8.0).plan(observe(Pose2(1, 2, 3)), Instruction(id='7', text='go'))
    np.testing.assert_allclose(plan.path_base_m[:, 0], np.arange(20), atol=2e-3)
    np.testing.assert_allclose(plan.path_base_m[:, 1], 0.0)
    speeds = np.diff(plan.speed_waypoints_base_m[:, 0]) / 0.25
    np.testing.assert_allclose(speeds, 8.0, atol=2e-3)
    assert (plan.instruction_id, plan.policy) == ('7', 'straight')


def test_the_route_policy_leads_back_to_its_route_and_stops_at_the_end() -> None:
    route = junction_route(RoadOption.RIGHT)
    policy = RoutePolicy(route)
    pose = Pose2(30.0, 1.0, 0.2)
    in_map = pose.transform(policy.plan(observe(pose)).path_base_m)
    np.testing.assert_allclose(in_map[0], [30.0, 1.0], atol=1e-9)
    np.testing.assert_allclose(in_map[3:, 1], 0.0, atol=1e-6)
    end = Pose2(*route.points_map_m[-1], -math.pi / 2)
    for arc in np.arange(30.0, route.length_m, 5.0):
        policy.plan(observe(Pose2(*route.position_at(arc), 0.0)))
    assert policy.plan(observe(end)).target_speed_mps == 0.0
    policy.reset()
    assert policy.plan(observe(Pose2(0, 0, 0))).target_speed_mps == pytest.approx(6.0, rel=1e-3)


def test_the_scripted_policy_plays_its_script_again_and_again() -> None:
    first = plan_along(observe(Pose2(0, 0, 0)), [[30.0, 0.0]], 5.0, 'first')
    policy = ScriptedPolicy([first, BackendError('out of memory')])
    plan = policy.plan(observe(Pose2(9, 9, 1), t_s=4.0))
    assert (plan.t_s, plan.pose_map.planar.x_m) == (4.0, 9.0)
    assert plan.target_speed_mps == pytest.approx(5.0, rel=1e-3)
    with pytest.raises(BackendError, match='out of memory'):
        policy.plan(observe(Pose2(0, 0, 0)))
    assert policy.plan(observe(Pose2(0, 0, 0))).policy == 'scripted'


def test_the_slow_policy_uses_its_delays_in_turn() -> None:
    waited: list[float] = []
    policy = SlowPolicy(StraightPolicy(), [0.1, 0.5], waited.append)
    for _ in range(3):
        policy.plan(observe(Pose2(0, 0, 0)))
    policy.reset()
    policy.plan(observe(Pose2(0, 0, 0)))
    assert waited == [0.1, 0.5, 0.1, 0.1]
    assert policy.name == 'straight'


def test_the_talking_policy_yields_word_by_word() -> None:
    policy = TalkingPolicy(StraightPolicy(), 'I stop.')
    assert list(policy.describe(observe(Pose2(0, 0, 0)))) == ['I', ' stop.']
    answer = ''.join(policy.answer(observe(Pose2(0, 0, 0)), 'How fast?'))
    assert answer == 'You asked: How fast? I drive 3.0 m/s.'


@pytest.mark.parametrize(
    ('route', 'turned'),
    [
        (straight_route(), 0.0),
        (curve_route(angle_rad=-1.0), -1.0),
        (junction_route(RoadOption.LEFT), math.pi / 2),
        (junction_route(RoadOption.RIGHT), -math.pi / 2),
        (junction_route(RoadOption.STRAIGHT), 0.0),
    ],
)
def test_routes_have_their_shape_and_points_a_metre_apart(route, turned) -> None:
    assert float(route.heading_at(route.length_m)) == pytest.approx(turned, abs=0.05)
    hops = np.diff(route.arc_m)
    assert hops.min() > 0.9
    assert hops.max() < 1.1


def test_a_round_trip_ends_where_it_began() -> None:
    route = round_trip_route()
    gap = np.linalg.norm(route.points_map_m[0] - route.points_map_m[-1])
    assert gap == pytest.approx(1.0, abs=0.01)


def test_a_policy_without_capabilities_counts_as_trained_in_everything() -> None:
    assert capabilities_of(StraightPolicy()) == PolicyCapabilities.everything()
    check_instruction(StraightPolicy(), Instruction(id='1', text='x' * 500))


def test_capabilities_tell_known_kinds_from_free_text() -> None:
    stops = PolicyCapabilities(manoeuvres=frozenset({ManoeuvreKind.STOP}))
    assert stops.follows(ManoeuvreKind.STOP)
    assert not stops.follows(ManoeuvreKind.FASTER)
    assert not stops.follows(None)
    assert PolicyCapabilities.everything().follows(None)


def test_a_stop_plan_stands_still_and_has_a_reason() -> None:
    plan = stop_plan(observe(Pose2(3.0, 1.0, 0.5)), 'route', 'off_route')
    assert (plan.stop_reason, plan.max_speed_mps, plan.target_speed_mps) == ('off_route', 0.0, 0.0)
    assert plan.policy == 'route'
