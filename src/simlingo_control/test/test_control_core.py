# SPDX-License-Identifier: Apache-2.0
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlingo_control.config import (
    ControlConfig,
    CreepConfig,
    SafetyConfig,
    StartConfig,
)
from simlingo_control.core import ControlCore
from simlingo_control.gains import PedalsConfig
from simlingo_core.errors import ConfigError, NonFiniteError
from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.status import SafetyLevel
from simlingo_core.types import DrivingPlan, EgoState
from simlingo_core.vehicle_model import MotionState, advance_ego

TICK = 0.05


def ego_at(t_s: float, x: float = 0.0, y: float = 0.0, speed: float = 5.0) -> EgoState:
    return EgoState(t_s=t_s, pose_map=Pose3.from_planar(Pose2(x, y, 0.0)), speed_mps=speed)


def plan_at(t_s: float, pose: Pose2 | None = None, speed: float = 6.0, path=None) -> DrivingPlan:
    straight = np.column_stack([np.arange(20.0), np.zeros(20)])
    waypoints = np.column_stack([speed * 0.25 * np.arange(1, 11), np.zeros(10)])
    return DrivingPlan(
        t_s=t_s,
        pose_map=Pose3.from_planar(pose or Pose2(0.0, 0.0, 0.0)),
        path_base_m=straight if path is None else path,
        speed_waypoints_base_m=waypoints,
        policy='test',
    )


def test_a_fresh_plan_is_followed() -> None:
    output = ControlCore().step(1.0, ego_at(1.0), plan_at(1.0))
    assert output.safety_level is SafetyLevel.NOMINAL
    assert output.reasons == ()
    assert output.command.throttle > 0.5
    assert output.command.brake == 0.0
    assert output.plan_age_s == 0.0
    assert output.margin_s == pytest.approx(0.6)
    assert output.target_speed_mps == pytest.approx(6.0)


@pytest.mark.parametrize(
    ('ego', 'plan', 'faults', 'level', 'reasons'),
    [
        (None, plan_at(1.0), (), SafetyLevel.EMERGENCY, ('ego_missing',)),
        (ego_at(0.7), plan_at(1.0), (), SafetyLevel.EMERGENCY, ('ego_stale',)),
        (ego_at(1.5), plan_at(1.0), (), SafetyLevel.EMERGENCY, ('ego_stale',)),
        (ego_at(1.0), None, (), SafetyLevel.MINIMAL_RISK_MANOEUVRE, ('plan_missing',)),
        (ego_at(1.0, speed=0.0), None, (), SafetyLevel.STOPPED, ('plan_missing',)),
        (ego_at(1.0), plan_at(0.6), (), SafetyLevel.DEGRADED, ('plan_late',)),
        (ego_at(1.0), plan_at(0.3), (), SafetyLevel.MINIMAL_RISK_MANOEUVRE, ('plan_stale',)),
        (ego_at(1.0), plan_at(-0.6), (), SafetyLevel.EMERGENCY, ('plan_stale',)),
        (ego_at(1.0), plan_at(1.2), (), SafetyLevel.MINIMAL_RISK_MANOEUVRE, ('plan_from_future',)),
        (ego_at(1.0, y=3.5), plan_at(1.0), (), SafetyLevel.MINIMAL_RISK_MANOEUVRE,
         ('pose_jumped', 'off_path')),
        (ego_at(1.0, x=19.5), plan_at(0.5), (), SafetyLevel.MINIMAL_RISK_MANOEUVRE,
         ('pose_jumped', 'path_ended')),
        (ego_at(1.0), plan_at(1.0), ('plan_not_finite',), SafetyLevel.MINIMAL_RISK_MANOEUVRE,
         ('plan_not_finite',)),
        (ego_at(1.0, speed=0.0), plan_at(1.0), ('camera_frozen',), SafetyLevel.STOPPED,
         ('camera_frozen',)),
    ],
)  # fmt: skip
def test_in_doubt_the_car_stops_and_says_why(ego, plan, faults, level, reasons) -> None:
    output = ControlCore().step(1.0, ego, plan, faults)
    assert (output.safety_level, output.reasons) == (level, reasons)
    if level is SafetyLevel.DEGRADED:
        assert output.command.throttle > 0.0
        return
    assert output.command.throttle == 0.0
    assert output.command.brake >= 0.3
    assert math.isnan(output.target_speed_mps)
    if level is not SafetyLevel.MINIMAL_RISK_MANOEUVRE:
        assert output.command.brake == 1.0


def test_a_smooth_stop_brakes_ever_harder_then_holds_and_recovers() -> None:
    core = ControlCore()
    core.step(0.0, ego_at(0.0), plan_at(0.0))
    brakes = []
    for i in range(1, 60):
        output = core.step(TICK * i, ego_at(TICK * i), plan_at(0.0), faults=('plan_not_finite',))
        brakes.append(output.command.brake)
    assert brakes[0] == pytest.approx(0.3)
    assert np.all(np.diff(brakes) >= 0.0)
    assert brakes[-1] == 1.0
    held = core.step(3.0, ego_at(3.0, speed=0.0), None)
    assert (held.safety_level, held.command.brake) == (SafetyLevel.STOPPED, 1.0)
    again = core.step(3.05, ego_at(3.05, speed=0.0), plan_at(3.05))
    assert (again.safety_level, again.command.brake) == (SafetyLevel.NOMINAL, 0.0)
    assert again.command.throttle > 0.0


def test_a_stale_plan_still_steers_along_its_path_and_a_missing_one_holds_the_wheel() -> None:
    arc = np.arange(20.0)
    left_turn = np.column_stack([15 * np.sin(arc / 15), 15 * (1 - np.cos(arc / 15))])
    plan = plan_at(0.0, path=left_turn)
    core = ControlCore()
    driven = core.step(0.0, ego_at(0.0), plan)
    assert driven.command.steer > 0.05
    stale = core.step(0.7, ego_at(0.7, x=3.0, y=0.3), plan)
    assert stale.safety_level is SafetyLevel.MINIMAL_RISK_MANOEUVRE
    assert stale.command.steer > 0.05
    missing = core.step(0.75, ego_at(0.75, x=3.2, y=0.3), None)
    assert missing.command.steer == stale.command.steer


def test_time_running_backwards_stops_for_one_tick() -> None:
    core = ControlCore()
    core.step(100.0, ego_at(100.0), plan_at(100.0))
    jumped = core.step(1.0, ego_at(1.0), plan_at(1.0))
    assert jumped.reasons == ('time_jumped',)
    assert core.step(1.05, ego_at(1.05), plan_at(1.05)).safety_level is SafetyLevel.NOMINAL
    with pytest.raises(NonFiniteError):
        core.step(math.nan, ego_at(1.1), plan_at(1.1))


@given(
    st.lists(
        st.tuples(
            st.floats(-1e300, 1e300), st.floats(-1e300, 1e300), st.floats(-3, 3),
            st.floats(-1e3, 1e3), st.floats(-0.5, 2.0), st.booleans(), st.booleans(),
        ),
        min_size=1, max_size=5,
    ),
    st.lists(st.floats(-1e3, 1e3), min_size=60, max_size=60),
    st.sampled_from(['parity', 'smooth']),
)  # fmt: skip
def test_whatever_comes_there_is_a_command(steps, numbers, mode) -> None:
    core = ControlCore(ControlConfig(pedals=PedalsConfig(mode=mode)))
    points = np.reshape(numbers, (30, 2))
    for i, (x, y, yaw, speed, age, has_ego, has_plan) in enumerate(steps):
        t_s = TICK * i
        pose = Pose3.from_planar(Pose2(x, y, yaw))
        ego = EgoState(t_s=t_s, pose_map=pose, speed_mps=speed) if has_ego else None
        plan = DrivingPlan(
            t_s=t_s - age, pose_map=pose, path_base_m=points[:20],
            speed_waypoints_base_m=points[20:], policy='fuzz',
        )  # fmt: skip
        output = core.step(t_s, ego, plan if has_plan else None)
        assert output.command.throttle == 0.0 or output.command.brake == 0.0
        if output.safety_level > SafetyLevel.DEGRADED:
            assert output.command.throttle == 0.0
            assert output.command.brake > 0.0
            assert output.reasons


def drive(core: ControlCore, *, latency_ticks: int, radius_m: float, speed: float, ticks: int):
    """Drive a left-hand circle with plans made every fourth tick that come late; no camera."""
    state = MotionState(Pose2(0.0, 0.0, 0.0), speed)
    waiting, plan, offsets, levels = [], None, [], []
    for tick in range(ticks):
        t_s = tick * TICK
        if tick % 4 == 0:
            pose = state.pose_map
            centre = math.atan2(pose.x_m, radius_m - pose.y_m)
            angles = centre + np.arange(20.0) / radius_m
            circle = np.column_stack([np.sin(angles), 1.0 - np.cos(angles)]) * radius_m
            path = pose.inverse_transform(circle)
            waiting.append((tick + latency_ticks, plan_at(t_s, pose, speed, path)))
        while waiting and waiting[0][0] <= tick:
            plan = waiting.pop(0)[1]
        ego = EgoState(
            t_s=t_s, pose_map=Pose3.from_planar(state.pose_map), speed_mps=state.speed_mps
        )
        output = core.step(t_s, ego, plan)
        levels.append(output.safety_level)
        state = advance_ego(state, output.command)
        pose = state.pose_map
        offsets.append(math.hypot(pose.x_m, radius_m - pose.y_m) - radius_m)
    return np.array(offsets), levels, state


@pytest.mark.parametrize('mode', ['parity', 'smooth'])
def test_late_plans_are_followed_nearly_as_well_as_fresh_ones(mode) -> None:
    config = ControlConfig(pedals=PedalsConfig(mode=mode))
    fresh, _, _ = drive(ControlCore(config), latency_ticks=0, radius_m=25, speed=6.0, ticks=200)
    late, levels, state = drive(
        ControlCore(config), latency_ticks=5, radius_m=25, speed=6.0, ticks=200
    )
    assert np.abs(fresh).max() < 0.5
    assert np.abs(late).max() < np.abs(fresh).max() + 0.2
    assert set(levels[5:]) <= {SafetyLevel.NOMINAL, SafetyLevel.DEGRADED}
    assert state.speed_mps == pytest.approx(6.0, abs=1.0)


def test_smooth_pedals_are_in_proportion_and_hold_a_standing_car() -> None:
    config = ControlConfig(pedals=PedalsConfig(mode='smooth'))
    slight = ControlCore(config).step(0.0, ego_at(0.0, speed=6.0), plan_at(0.0, speed=5.0))
    hard = ControlCore(config).step(0.0, ego_at(0.0, speed=9.0), plan_at(0.0, speed=5.0))
    assert 0.0 < slight.command.brake < hard.command.brake < 1.0
    standing = ControlCore(config).step(0.0, ego_at(0.0, speed=0.0), plan_at(0.0, speed=0.0))
    assert standing.command.brake == pytest.approx(0.6)
    assert standing.safety_level is SafetyLevel.NOMINAL


WAITING_M = np.array([0.0, 0.0, 0.0, 0.2, 0.8, 1.8, 3.2, 5.0, 6.8, 8.6])


def waiting_plan(t_s: float, ways_m=WAITING_M):
    """A plan that stands for a moment and drives then."""
    return replace(
        plan_at(t_s), speed_waypoints_base_m=np.column_stack([ways_m, np.zeros(len(ways_m))])
    )


def throttles_of(core: ControlCore, plans, speeds) -> list[float]:
    steps = enumerate(zip(plans, speeds, strict=True))
    return [
        core.step(TICK * i, ego_at(TICK * i, speed=speed), plan).command.throttle
        for i, (plan, speed) in steps
    ]


def test_a_car_that_has_stood_through_the_waiting_of_its_plans_sets_off() -> None:
    """Case R13: at an empty junction a model plans to wait and then go with every image."""
    config = ControlConfig(start=StartConfig(after_ticks=5, duration_ticks=4))
    plans = [waiting_plan(TICK * i) for i in range(12)]
    throttles = throttles_of(ControlCore(config), plans, [0.0] * 7 + [0.5] * 5)
    assert throttles[:5] == [0.0] * 5
    assert min(throttles[5:10]) > 0.0
    assert throttles[10:] == [0.0, 0.0]


def test_a_plan_that_stands_to_its_end_starts_nothing() -> None:
    config = ControlConfig(start=StartConfig(after_ticks=5, duration_ticks=4))
    red = [waiting_plan(TICK * i, 0.12 * WAITING_M) for i in range(12)]
    assert throttles_of(ControlCore(config), red, [0.0] * 12) == [0.0] * 12
    core = ControlCore(config)
    going = [waiting_plan(TICK * i) for i in range(7)]
    assert throttles_of(core, going, [0.0] * 7)[-1] > 0.0
    turned_red = core.step(TICK * 7, ego_at(TICK * 7, speed=0.3), red[7]).command
    assert (turned_red.throttle, turned_red.brake) == (0.0, 1.0)


def test_creep_starts_after_long_standing_and_never_against_the_plan_or_in_a_stop() -> None:
    config = ControlConfig(creep=CreepConfig(is_enabled=True, after_ticks=5, duration_ticks=3))
    hesitant = [waiting_plan(TICK * i, 0.3 * WAITING_M) for i in range(12)]
    speeds = [0.0] * 7 + [0.5] * 5
    throttles = throttles_of(ControlCore(config), hesitant, speeds)
    assert throttles == [0, 0, 0, 0, 0, 0.4, 0.4, 0.4, 0.4, 0, 0, 0]
    standing = [plan_at(TICK * i, speed=0.0) for i in range(12)]
    assert throttles_of(ControlCore(config), standing, [0.0] * 12) == [0.0] * 12
    assert throttles_of(ControlCore(config), [None] * 12, [0.0] * 12) == [0.0] * 12


def test_parity_rounds_the_speed_as_upstream_does() -> None:
    plan = plan_at(0.0, speed=5.0)  # 5.54 / 5 > 1.1, but 5.5 / 5 is not
    rounded = ControlCore().step(0.0, ego_at(0.0, speed=5.54), plan)
    exact_config = ControlConfig(pedals=PedalsConfig(rounds_speed=False))
    exact = ControlCore(exact_config).step(0.0, ego_at(0.0, speed=5.54), plan)
    assert (rounded.command.brake, exact.command.brake) == (0.0, 1.0)


def test_contradicting_settings_are_refused() -> None:
    with pytest.raises(ConfigError, match='rising order'):
        SafetyConfig(plan_age_limit_s=0.2)
    with pytest.raises(ConfigError, match='shortest'):
        replace(ControlConfig().steering, lookahead_shortest=110)


def test_the_output_explains_itself() -> None:
    core = ControlCore()
    assert core.step(0.0, None, None).explanation == (
        'brakes as hard as it can because of ego_missing'
    )
    standing = core.step(0.05, ego_at(0.05, speed=0.0), plan_at(0.0, speed=0.2))
    assert standing.explanation == (
        'follows the plan; the plan is 0.05 s old and asks for 0.2 m/s'
    )
    stale = core.step(0.9, ego_at(0.9), plan_at(0.0))
    assert stale.explanation == 'is stopping because of plan_stale; the plan is 0.90 s old'
