# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest

from simlingo_bringup.fixture.control.config import ControlConfig
from simlingo_bringup.fixture.course import plan_along_course, start_pose
from simlingo_bringup.fixture.matching import FrameMatcher
from simlingo_bringup.fixture.steering import follow_plan
from simlingo_bringup.fixture.world.course_world import CourseWorld
from simlingo_control.config import ControlNodeConfig
from simlingo_core.errors import ConfigError
from simlingo_core.geometry import Pose3
from simlingo_core.plan_buffer import KEPT_PLANS, PlanBuffer
from simlingo_core.schedule import Schedule
from simlingo_core.types import EgoState, VehicleCommand


def make_ego(tick):
    return EgoState(t_s=tick * 0.05, pose_map=Pose3.from_planar(start_pose(0.0)), speed_mps=5.0)


def test_the_car_stays_on_the_course_and_reaches_its_speed():
    world = CourseWorld(seed=1)
    for _ in range(600):
        world.step(follow_plan(world.ego, plan_along_course(world.ego, 7.0, 'test')))

    assert world.largest_deviation_m < 0.6
    assert world.ego.speed_mps == pytest.approx(7.0, abs=0.6)
    assert world.ego.pose_map.translation_m[0] > 150.0


def test_equal_drives_have_equal_hashes_and_others_do_not():
    def drive(seed, steer):
        world = CourseWorld(seed)
        for _ in range(10):
            world.step(VehicleCommand(steer=steer, throttle=0.5))
        return world.trajectory_hash

    assert drive(1, 0.1) == drive(1, 0.1)
    assert len({drive(1, 0.1), drive(2, 0.1), drive(1, 0.2)}) == 3


def test_the_image_shows_on_which_side_the_course_lies():
    world = CourseWorld(seed=0)
    for _ in range(20):
        world.step(VehicleCommand(steer=0.5, throttle=0.5))
    image = world.draw()

    assert image.shape == (512, 1024, 4)
    assert world.deviation_m > 0.1
    assert np.flatnonzero(image[-1, :, 0] == 255).min() > 512


def test_a_plan_starts_at_the_car_and_its_points_are_a_metre_apart():
    plan = plan_along_course(make_ego(8), 5.0, 'test')
    gaps_m = np.linalg.norm(np.diff(plan.path_base_m, axis=0), axis=1)

    assert plan.t_s == pytest.approx(0.4)
    assert plan.path_base_m[0] == pytest.approx([0.0, 0.0])
    assert gaps_m == pytest.approx(np.ones(19), abs=0.02)
    assert np.linalg.norm(plan.speed_waypoints_base_m[3]) == pytest.approx(5.0, abs=0.05)


def test_the_car_brakes_when_it_is_much_too_fast():
    ego = make_ego(0)

    assert follow_plan(ego, plan_along_course(ego, 1.0, 'test')).brake == 1.0
    assert follow_plan(ego, plan_along_course(ego, 4.5, 'test')).throttle == 0.0
    assert follow_plan(ego, plan_along_course(ego, 6.0, 'test')).throttle > 0.3


def test_the_plan_buffer_gives_the_plan_of_the_schedule_and_no_other():
    buffer = PlanBuffer(Schedule(4, 2))
    for tick in (0, 4):
        buffer.add(plan_along_course(make_ego(tick), 5.0, 'test'))

    assert buffer.due(1).plan is None
    assert buffer.due(5).plan.t_s == 0.0
    assert buffer.due(6).plan.t_s == pytest.approx(0.2)
    assert buffer.due(10).is_late


def test_the_plan_buffer_forgets_the_oldest():
    buffer = PlanBuffer(Schedule(1, 0))
    for tick in range(KEPT_PLANS + 1):
        buffer.add(plan_along_course(make_ego(tick), 5.0, 'test'))

    assert buffer.due(0).is_late
    assert not buffer.due(1).is_late


def test_a_latency_that_no_plan_buffer_holds_is_refused():
    with pytest.raises(ConfigError, match='plan_latency_ticks is 33'):
        ControlConfig(plan_period_ticks=4, plan_latency_ticks=33)
    assert ControlConfig(plan_period_ticks=4, plan_latency_ticks=32).schedule == Schedule(4, 32)


@pytest.mark.parametrize('config_class', [ControlConfig, ControlNodeConfig])
def test_in_lockstep_a_period_longer_than_the_queues_is_refused(config_class):
    with pytest.raises(ConfigError, match='plan_period_ticks is 11'):
        config_class(plan_period_ticks=11, lockstep=True)
    assert config_class(plan_period_ticks=11).plan_period_ticks == 11


def test_frames_are_complete_once_in_order_whatever_comes_first():
    matcher = FrameMatcher()

    assert matcher.add_image(4) == []
    assert matcher.add_ego(make_ego(8)) == []
    assert [ego.t_s for ego in matcher.add_image(8)] == [make_ego(8).t_s]
    assert [ego.t_s for ego in matcher.add_ego(make_ego(4))] == [make_ego(4).t_s]
    assert matcher.add_ego(make_ego(4)) == []


def test_configs_refuse_what_is_out_of_range():
    with pytest.raises(ConfigError, match='plan_age_limit_s'):
        dataclasses.replace(ControlConfig(), plan_age_limit_s=0.0)
