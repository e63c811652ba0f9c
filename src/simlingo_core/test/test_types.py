# SPDX-License-Identifier: Apache-2.0
import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given

from simlingo_core.checks import finite_array, finite_number
from simlingo_core.errors import ConfigError, ContractError, NonFiniteError
from simlingo_core.frame import Frame, GnssReading, ImuReading
from simlingo_core.geometry import Pose3
from simlingo_core.schedule import Schedule
from simlingo_core.testing import strategies
from simlingo_core.types import (
    Commentary,
    DrivingPlan,
    EgoState,
    Instruction,
    InstructionKind,
    Observation,
    RoadOption,
    VehicleCommand,
)

POSE = Pose3.identity()
EGO = EgoState(t_s=1.0, pose_map=POSE, speed_mps=2.0)
IMU = ImuReading(
    acceleration_base_mps2=np.zeros(3),
    angular_velocity_base_radps=np.zeros(3),
    orientation_yaw_rad=0.0,
)
GNSS = GnssReading(latitude_deg=1.0, longitude_deg=2.0, altitude_m=3.0)
EXAMPLES = [
    EGO,
    Observation(
        t_s=1.0, image_jpeg=b'', pose_map=POSE, speed_mps=2.0, target_points_base_m=np.ones((2, 2))
    ),
    DrivingPlan(
        t_s=1.0, pose_map=POSE, path_base_m=np.ones((20, 2)),
        speed_waypoints_base_m=np.ones((10, 2)), max_speed_mps=2.0, policy='p', confidence=0.5,
    ),
    VehicleCommand(),
    Instruction(id='a', text='stop'),
    Commentary(t_s=1.0, text='I stop.'),
    IMU,
    GNSS,
    Frame(tick=0, t_s=0.0, ego=EGO, image_bgra=None, imu=IMU, gnss=GNSS, speedometer_mps=0.0),
]  # fmt: skip
NUMBERS = [
    (example, field.name)
    for example in EXAMPLES
    for field in dataclasses.fields(example)
    if isinstance(getattr(example, field.name), float | np.ndarray)
]


def test_the_list_of_numbers_is_complete() -> None:
    assert len(NUMBERS) == 28


@pytest.mark.parametrize('bad', [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(('example', 'name'), NUMBERS)
def test_no_field_of_any_type_takes_a_number_that_is_not_finite(example, name, bad) -> None:
    good = getattr(example, name)
    value = bad
    if isinstance(good, np.ndarray):
        value = good.copy()
        value.flat[-1] = bad
    elif (name, bad) == ('max_speed_mps', math.inf):
        assert dataclasses.replace(example, max_speed_mps=bad).max_speed_mps == math.inf
        return
    elif name == 'confidence' and math.isnan(bad):
        assert math.isnan(dataclasses.replace(example, confidence=bad).confidence)
        return
    with pytest.raises(NonFiniteError, match=name):
        dataclasses.replace(example, **{name: value})


@pytest.mark.parametrize(('example', 'name'), NUMBERS)
def test_no_field_of_any_type_takes_words_for_numbers(example, name) -> None:
    with pytest.raises(ContractError, match=name):
        dataclasses.replace(example, **{name: '1.0'})


@pytest.mark.parametrize(
    ('example', 'name'), [row for row in NUMBERS if isinstance(getattr(*row), np.ndarray)]
)
def test_arrays_are_read_only_copies_of_the_right_shape(example, name) -> None:
    source = np.array(getattr(example, name))
    kept = getattr(dataclasses.replace(example, **{name: source}), name)
    source.flat[0] = 99.0
    assert kept.flat[0] != 99.0
    with pytest.raises(ValueError, match='read-only'):
        kept.flat[0] = 1.0
    for shape in (source[1:], source[..., None]):
        with pytest.raises(ContractError, match='shape'):
            dataclasses.replace(example, **{name: shape})


def test_numbers_of_any_kind_become_floats() -> None:
    ego = EgoState(t_s=1, pose_map=POSE, speed_mps=np.float32(2.0))
    assert [type(ego.t_s), type(ego.speed_mps)] == [float, float]


@pytest.mark.parametrize(
    ('example', 'changes'),
    [
        (EXAMPLES[1], {'command': 9}),
        (EXAMPLES[1], {'route_progress': 1.1}),
        (EXAMPLES[1], {'command_distance_m': -1.0}),
        (EXAMPLES[2], {'max_speed_mps': -0.1}),
        (EXAMPLES[2], {'confidence': 1.5}),
        (EXAMPLES[2], {'inference_time_s': -1.0}),
        (EXAMPLES[2], {'path_base_m': np.full((20, 2), 1001.0)}),
        (EXAMPLES[3], {'steer': 1.01}),
        (EXAMPLES[3], {'throttle': -0.01}),
        (EXAMPLES[3], {'brake': 1.01}),
        (EXAMPLES[4], {'text': '  '}),
        (EXAMPLES[4], {'text': 'x' * 501}),
        (EXAMPLES[8], {'image_bgra': np.zeros((4, 4, 3), np.uint8)}),
    ],
)
def test_values_out_of_range_are_refused(example, changes) -> None:
    with pytest.raises(ContractError):
        dataclasses.replace(example, **changes)


def test_an_empty_cancel_is_fine_and_a_number_becomes_a_command() -> None:
    assert Instruction(id='', text='', kind=InstructionKind.CANCEL).text == ''
    turned = dataclasses.replace(EXAMPLES[1], command=1)
    assert turned.command is RoadOption.LEFT


@given(strategies.observations(), strategies.plans(), strategies.commands())
def test_the_strategies_give_valid_data(observation, plan, command) -> None:
    for example in (observation, plan, command):
        copy = dataclasses.replace(example)
        for field in dataclasses.fields(example):
            np.testing.assert_array_equal(getattr(copy, field.name), getattr(example, field.name))


@given(strategies.ego_states(), strategies.instructions(), strategies.routes())
def test_the_other_strategies_give_valid_data(ego, instruction, route) -> None:
    assert np.isfinite(ego.pose_map.matrix()).all()
    assert len(instruction.text) <= 500
    assert route.length_m > 0.0


def test_checks_name_the_value_and_what_was_expected() -> None:
    with pytest.raises(NonFiniteError, match=r'a\[1, 0\] is nan'):
        finite_array('a', [[0.0, 1.0], [math.nan, 1.0]], (2, 2))
    with pytest.raises(ContractError, match='not an array of numbers'):
        finite_array('a', [[0.0], [1.0, 2.0]], (2, 2))
    with pytest.raises(ContractError, match="'any'"):
        finite_array('a', [1.0], (None, 2))
    for words in ('1', b'1', True, None, [1.0, 2.0]):
        with pytest.raises(ContractError, match='expected a number'):
            finite_number('n', words)


def test_the_schedule_names_the_plan_in_force() -> None:
    schedule = Schedule()
    in_force = [schedule.planning_tick_in_force(tick) for tick in range(12)]
    assert in_force == [None, None, 0, 0, 0, 0, 4, 4, 4, 4, 8, 8]
    assert [tick for tick in range(9) if schedule.is_planning_tick(tick)] == [0, 4, 8]
    late = Schedule(plan_period_ticks=2, plan_latency_ticks=5)
    assert [late.planning_tick_in_force(tick) for tick in (4, 5, 6, 7)] == [None, 0, 0, 2]
    for values in ((0, 1), (1, -1)):
        with pytest.raises(ConfigError, match='expected'):
            Schedule(*values)
