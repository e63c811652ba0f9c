# SPDX-License-Identifier: Apache-2.0
"""Which frame is answered when, without ROS and without a clock."""

import numpy as np
import pytest

from simlingo_control.config import ControlNodeConfig
from simlingo_control.safety import is_routine
from simlingo_control.session import ControlSession
from simlingo_core.baselines import plan_along
from simlingo_core.geometry import Pose3
from simlingo_core.status import SafetyLevel
from simlingo_core.types import DrivingPlan, EgoState, Observation


def ego_at(tick: int, speed_mps: float = 5.0) -> EgoState:
    return EgoState(t_s=0.05 * tick, pose_map=Pose3.identity(), speed_mps=speed_mps)


def plan_at(tick: int) -> DrivingPlan:
    observation = Observation(
        t_s=0.05 * tick,
        image_jpeg=b'',
        pose_map=Pose3.identity(),
        speed_mps=5.0,
        target_points_base_m=np.array([[20.0, 0.0], [60.0, 0.0]]),
    )
    return plan_along(observation, [[600.0, 0.0]], 6.0, 'test')


@pytest.fixture
def lockstep() -> ControlSession:
    return ControlSession(ControlNodeConfig(lockstep=True), 0.0)


@pytest.fixture
def real_time() -> ControlSession:
    return ControlSession(ControlNodeConfig(), 0.0)


def test_in_lockstep_a_frame_waits_for_the_plan_that_is_due(lockstep) -> None:
    assert lockstep.take_ego(ego_at(0), 0.0) is None
    first = lockstep.take_plan(plan_at(0))
    assert first.t_s == 0.0
    assert first.output.reasons == ('plan_missing',)
    for tick in (1, 2, 3, 4, 5):
        assert lockstep.take_ego(ego_at(tick), 0.1).t_s == pytest.approx(0.05 * tick)
    assert lockstep.take_ego(ego_at(6), 0.2) is None, 'the plan of tick 4 is due'
    answer = lockstep.take_plan(plan_at(4))
    assert (answer.t_s, answer.output.safety_level) == (ego_at(6).t_s, SafetyLevel.NOMINAL)


def test_in_lockstep_a_frame_that_comes_again_gets_the_same_answer(lockstep) -> None:
    lockstep.take_ego(ego_at(0), 0.0)
    answer = lockstep.take_plan(plan_at(0))
    again = lockstep.take_ego(ego_at(0), 0.1)
    assert again.is_repeated
    assert again.output is answer.output


def test_in_lockstep_a_plan_that_takes_too_long_brakes_the_car(lockstep) -> None:
    lockstep.take_ego(ego_at(0), 0.0)
    lockstep.take_plan(plan_at(0))
    lockstep.take_ego(ego_at(6), 1.0)
    assert lockstep.watch(8.9) == (None, None)
    answer, error = lockstep.watch(9.1)
    assert 'plan_not_in_time' in answer.output.reasons
    assert 'tick 4 has not come' in str(error)
    assert lockstep.is_plan_missed
    assert lockstep.take_ego(ego_at(7), 9.2) is not None, 'nobody waits for it twice'
    lockstep.take_plan(plan_at(4))
    assert lockstep.take_ego(ego_at(8), 9.3).output.reasons == ()
    assert not lockstep.is_plan_missed


def test_in_real_time_silence_and_bad_input_brake_the_car(real_time) -> None:
    answer, error = real_time.watch(0.4)
    assert answer.output.safety_level is SafetyLevel.EMERGENCY
    assert error is None, 'a stack may be there before its world'
    real_time.take_plan(plan_at(20))
    assert real_time.take_ego(ego_at(20), 1.0).output.reasons == ()
    real_time.refuse_plan()
    assert real_time.take_ego(ego_at(21), 1.1).output.reasons == ('plan_invalid',)
    real_time.take_plan(plan_at(20))
    assert real_time.refuse_ego(1.1, 1.2).output.reasons == ('odometry_invalid',)
    answer, error = real_time.watch(2.0)
    assert answer.output.reasons == ('ego_missing', 'odometry_missing')
    assert 'no odometry for 0.8 s' in str(error)


def test_when_time_runs_backwards_the_plans_of_the_old_episode_are_dropped(real_time) -> None:
    real_time.take_plan(plan_at(200))
    real_time.take_ego(ego_at(200), 0.0)
    answer = real_time.take_ego(ego_at(0), 0.1)
    assert set(answer.output.reasons) == {'time_jumped', 'plan_missing'}


def test_another_commander_is_in_every_answer(real_time) -> None:
    real_time.take_plan(plan_at(0))
    real_time.foreign = ('other_commander:/rogue',)
    answer = real_time.take_ego(ego_at(0), 0.0)
    assert answer.output.safety_level is SafetyLevel.EMERGENCY
    assert answer.output.reasons == ('other_commander:/rogue',)


@pytest.mark.parametrize(
    ('reasons', 'has_driven', 'has_world', 'is_quiet'),
    [
        (['ego_missing', 'odometry_missing'], False, True, True),  # before the world is there
        (['plan_missing'], False, True, True),  # before the first plan
        (['ego_missing', 'odometry_missing'], True, False, True),  # the world has ended
        (['ego_missing', 'control_ends'], True, True, True),
        (['ego_missing', 'odometry_missing'], True, True, False),
        (['plan_missing'], True, True, False),
        (['plan_stale'], True, False, False),
        (['other_commander: /joy'], False, True, False),
    ],
)
def test_a_stop_at_an_orderly_start_or_end_is_no_warning(
    reasons, has_driven, has_world, is_quiet
) -> None:
    assert is_routine(reasons, has_driven=has_driven, has_world=has_world) == is_quiet


def test_somebody_can_stop_the_car_at_once_and_let_it_go_again(real_time) -> None:
    real_time.take_plan(plan_at(0))
    assert real_time.take_ego(ego_at(1), 0.05).output.safety_level is SafetyLevel.NOMINAL
    real_time.is_stop_requested = True
    output = real_time.take_ego(ego_at(2), 0.10).output
    assert (output.safety_level, output.reasons) == (SafetyLevel.EMERGENCY, ('emergency_stop',))
    assert (output.command.throttle, output.command.brake) == (0.0, 1.0)
    real_time.is_stop_requested = False
    assert real_time.take_ego(ego_at(3), 0.15).output.safety_level is SafetyLevel.NOMINAL
