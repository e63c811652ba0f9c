# SPDX-License-Identifier: Apache-2.0
"""A speed cap in the plan holds, whatever its points say."""

from dataclasses import replace

import numpy as np
import pytest

from simlingo_control.config import ControlConfig, CreepConfig, StartConfig
from simlingo_control.core import ControlCore
from simlingo_control.gains import PedalsConfig
from simlingo_control.pedals import make_speed_controller
from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.status import SafetyLevel
from simlingo_core.types import DrivingPlan, EgoState
from simlingo_core.vehicle_model import MotionState, advance_ego

TICK_S = 0.05


def fast_plan(state: MotionState, t_s: float, max_speed_mps: float, stop_reason: str = ''):
    return DrivingPlan(
        t_s=t_s,
        pose_map=Pose3.from_planar(state.pose_map),
        path_base_m=np.column_stack([np.arange(20.0), np.zeros(20)]),
        speed_waypoints_base_m=np.column_stack([11.0 * 0.25 * np.arange(1, 11), np.zeros(10)]),
        policy='test',
        max_speed_mps=max_speed_mps,
        stop_reason=stop_reason,
    )


def drive(core: ControlCore, speed_mps: float, cap_mps: float, ticks: int, **changes):
    """Return the speeds under plans for 11 m/s, and the last output."""
    state, speeds = MotionState(Pose2(0.0, 0.0, 0.0), speed_mps), []
    for tick in range(ticks):
        t_s = TICK_S * tick
        plan = fast_plan(state, t_s, cap_mps, **changes)
        ego = EgoState(
            t_s=t_s, pose_map=Pose3.from_planar(state.pose_map), speed_mps=state.speed_mps
        )
        output = core.step(t_s, ego, plan)
        state = advance_ego(state, output.command)
        speeds.append(state.speed_mps)
    return np.array(speeds), output


@pytest.mark.parametrize('mode', ['parity', 'smooth'])
def test_the_speed_never_rises_above_the_cap(mode) -> None:
    core = ControlCore(ControlConfig(pedals=PedalsConfig(mode=mode)))
    speeds, output = drive(core, 8.0, 8.0, 200)
    assert speeds.max() <= 8.0
    assert speeds[-1] > 7.0
    assert output.safety_level is SafetyLevel.NOMINAL
    assert 'an instruction allows 8.0 m/s' in output.explanation


def test_a_cap_below_the_speed_brakes_the_car_to_it() -> None:
    speeds, _ = drive(ControlCore(), 8.0, 4.0, 200)
    assert speeds[-1] == pytest.approx(4.0, abs=0.5)


def test_under_a_cap_of_zero_nothing_starts_or_creeps() -> None:
    config = ControlConfig(
        start=StartConfig(after_ticks=5), creep=CreepConfig(after_ticks=5, from_mps=0.0)
    )
    speeds, output = drive(ControlCore(config), 0.0, 0.0, 100)
    assert speeds.max() == 0.0
    assert output.command.brake > 0.0


def test_a_plan_with_a_reason_to_stop_stops_the_car_and_names_it() -> None:
    speeds, output = drive(ControlCore(), 8.0, np.inf, 120, stop_reason='off_route')
    assert speeds[-1] == pytest.approx(0.0)
    assert output.safety_level is SafetyLevel.STOPPED
    assert output.reasons == ('off_route',)


def test_without_a_cap_the_pedals_are_those_of_the_mode() -> None:
    state = MotionState(Pose2(0.0, 0.0, 0.0), 7.3)
    ego = EgoState(t_s=0.0, pose_map=Pose3.identity(), speed_mps=7.3)
    pedals = make_speed_controller(PedalsConfig()).step(11.0, 7.3, TICK_S)
    command = ControlCore().step(0.0, ego, fast_plan(state, 0.0, np.inf)).command
    assert (command.throttle, command.brake) == (pedals.throttle, pedals.brake)


def test_below_a_cap_a_plan_that_wavers_does_not_press_both_pedals_in_turn() -> None:
    """As a model plans that was asked to drive slower: now faster than the car, now slower."""
    core, state = ControlCore(), MotionState(Pose2(0.0, 0.0, 0.0), 8.0)
    commands, speeds = [], []
    for tick in range(200):
        t_s, share = TICK_S * tick, (0.7, 1.4)[tick // 4 % 2]
        ways_m = share * state.speed_mps * 0.25 * np.arange(1, 11)
        plan = replace(
            fast_plan(state, t_s, 8.0),
            speed_waypoints_base_m=np.column_stack([ways_m, np.zeros(10)]),
        )
        ego = EgoState(
            t_s=t_s, pose_map=Pose3.from_planar(state.pose_map), speed_mps=state.speed_mps
        )
        commands.append(core.step(t_s, ego, plan).command)
        state = advance_ego(state, commands[-1])
        speeds.append(state.speed_mps)
    assert max(command.brake for command in commands) < 0.6
    assert max(command.throttle for command in commands) < 0.5
    assert speeds[-1] < 8.0


def test_an_emergency_stop_brakes_fully_and_then_stands() -> None:
    state = MotionState(Pose2(0.0, 0.0, 0.0), 8.0)
    ego = EgoState(t_s=0.0, pose_map=Pose3.from_planar(state.pose_map), speed_mps=8.0)
    output = ControlCore().step(0.0, ego, fast_plan(state, 0.0, 0.0, 'emergency_stop'))
    assert (output.command.brake, output.safety_level) == (1.0, SafetyLevel.EMERGENCY)
    speeds, output = drive(ControlCore(), 8.0, 0.0, 80, stop_reason='emergency_stop')
    assert output.safety_level is SafetyLevel.STOPPED
    assert speeds[-1] == pytest.approx(0.0, abs=1e-6)
