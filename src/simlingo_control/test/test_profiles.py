# SPDX-License-Identifier: Apache-2.0
"""The profile ``upstream`` and the default one; the golden numbers are in ``tests/golden``."""

from dataclasses import replace

import numpy as np
import pytest

from simlingo_control.config import ControlConfig, ControlNodeConfig, CreepConfig, SafetyConfig
from simlingo_control.core import ControlCore
from simlingo_control.gains import PedalsConfig
from simlingo_core.errors import ConfigError
from simlingo_core.geometry import Pose3
from simlingo_core.types import DrivingPlan, EgoState
from simlingo_ros.settings import build, list_settings

TICK_S = 0.05
# Upstream's 800 would only make the test slow.
CREEP_AFTER_TICKS = 40
WAITING_M = np.array([0.0, 0.0, 0.0, 0.2, 0.8, 1.8, 3.2, 5.0, 6.8, 8.6])


def plan_of(ways_m, t_s: float) -> DrivingPlan:
    return DrivingPlan(
        t_s=t_s,
        pose_map=Pose3.identity(),
        path_base_m=np.column_stack([np.arange(20.0), np.zeros(20)]),
        speed_waypoints_base_m=np.column_stack([ways_m, np.zeros(10)]),
        policy='test',
    )


def pedals_of(profile: str, ways_m, speeds_mps) -> list[tuple[float, float]]:
    config = ControlConfig(profile=profile, creep=CreepConfig(after_ticks=CREEP_AFTER_TICKS))
    core, pedals = ControlCore(config), []
    for tick, speed_mps in enumerate(speeds_mps):
        t_s = TICK_S * tick
        ego = EgoState(t_s=t_s, pose_map=Pose3.identity(), speed_mps=speed_mps)
        command = core.step(t_s, ego, plan_of(ways_m, t_s)).command
        pedals.append((command.throttle, command.brake))
    return pedals


def test_upstream_creeps_after_long_standing_whatever_the_plan_says() -> None:
    """Case G5: the profile has upstream's creep, to the tick."""
    creep = ControlConfig(profile='upstream').creep
    assert (creep.after_ticks, creep.duration_ticks, creep.throttle) == (800, 15, 0.4)
    # 0.049 rounds to 0.0 and counts as standing, 0.05 rounds to 0.1 and does not (agent_spec 7.3).
    speeds_mps = [0.0, 0.05, *[0.049] * 43, *[0.5] * 20]
    pedals = pedals_of('upstream', np.zeros(10), speeds_mps)
    standing, creeping = (0.0, 1.0), (0.4, 0.0)
    assert pedals[:42] == [standing] * 42
    # Armed anew at each standing tick, then for 14 ticks more.
    assert pedals[42:59] == [creeping] * 17
    assert pedals[59:] == [standing] * 6


def test_upstream_starts_nothing_else_and_the_default_starts_but_never_creeps_against_a_plan():
    """Case G5: the default profile is another one, and says so."""
    speeds_mps = [0.0] * CREEP_AFTER_TICKS
    assert pedals_of('upstream', WAITING_M, speeds_mps) == [(0.0, 1.0)] * CREEP_AFTER_TICKS
    started = pedals_of('default', WAITING_M, speeds_mps)
    assert started[:30] == [(0.0, 1.0)] * 30
    assert started[30][0] > 0.0
    assert pedals_of('default', np.zeros(10), [0.0] * 60) == [(0.0, 1.0)] * 60


def test_a_profile_shows_its_effect_in_the_settings_and_refuses_what_contradicts_it() -> None:
    upstream = build(ControlNodeConfig, {'profile': 'upstream', 'creep.from_mps': 0.3})
    assert not upstream.start.is_enabled
    assert upstream.creep.from_mps == 0.0
    assert ControlConfig().start.is_enabled
    with pytest.raises(ConfigError, match='smooth'):
        ControlConfig(profile='upstream', pedals=PedalsConfig(mode='smooth'))


def test_every_setting_of_the_core_can_be_set_over_ros_and_reaches_the_core() -> None:
    """Case G7: settings of the core and parameters of the node, compared."""
    core, node = list_settings(ControlConfig), list_settings(ControlNodeConfig)
    assert set(core) <= set(node)
    assert {'start.after_ticks', 'start.is_enabled', 'creep.from_mps'} <= set(core)
    config = build(ControlNodeConfig, {'start.after_ticks': 5})
    assert config.start.after_ticks == 5
    plans = [plan_of(WAITING_M, TICK_S * tick) for tick in range(6)]
    control = ControlCore(config)
    outputs = [
        control.step(
            plan.t_s, EgoState(t_s=plan.t_s, pose_map=Pose3.identity(), speed_mps=0.0), plan
        )
        for plan in plans
    ]
    assert outputs[-1].command.throttle > 0.0


def test_a_car_that_stands_for_long_by_its_plan_says_so() -> None:
    core = ControlCore(ControlConfig(safety=replace(SafetyConfig(), standing_warning_s=5.0)))
    for tick in range(300):
        t_s = TICK_S * tick
        ego = EgoState(t_s=t_s, pose_map=Pose3.identity(), speed_mps=0.0)
        output = core.step(t_s, ego, plan_of(np.zeros(10), t_s))
    assert output.standing_s == pytest.approx(15.0)
    assert 'the car has stood for 15 s' in output.explanation
    ego = EgoState(t_s=15.0, pose_map=Pose3.identity(), speed_mps=3.0)
    assert core.step(15.0, ego, plan_of(np.zeros(10), 15.0)).standing_s == 0.0
