# SPDX-License-Identifier: Apache-2.0
"""Resampling, PID and vehicle models beyond what the golden data show."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlingo_core.errors import ConfigError, ContractError, NonFiniteError
from simlingo_core.geometry import Pose2
from simlingo_core.pid import PidController, PidGains
from simlingo_core.resampling import resample_dense, resample_equidistant
from simlingo_core.types import VehicleCommand
from simlingo_core.vehicle_model import MotionState, advance_ego, advance_vehicle, move_bicycle

coordinates = st.floats(-50, 50)
paths = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=20)


@given(paths)
def test_resampled_paths_stay_inside_the_box_of_their_points(path) -> None:
    box = np.array([(0.0, 0.0), *path])
    for resampled in (resample_dense(path, 0.5), resample_equidistant(path)):
        assert (resampled >= box.min(axis=0) - 1e-6).all()
        assert (resampled <= box.max(axis=0) + 1e-6).all()


@given(paths)
def test_resampling_commutes_with_mirroring(path) -> None:
    flip = np.array([1.0, -1.0])
    for resample in (resample_dense, resample_equidistant):
        mirrored = resample(np.array(path) * flip)
        np.testing.assert_allclose(mirrored, resample(path) * flip, atol=1e-9)


@pytest.mark.parametrize('resample', [resample_dense, resample_equidistant])
def test_resampling_refuses_bad_paths(resample) -> None:
    with pytest.raises(ContractError, match='no points'):
        resample(np.zeros((0, 2)))
    with pytest.raises(NonFiniteError):
        resample([[0.0, math.nan]])
    with pytest.raises(ContractError, match='spacing'):
        resample_dense([[1.0, 0.0]], 0.0)


def test_pid_refuses_nan_and_forgets_on_reset() -> None:
    controller = PidController(PidGains(proportional=1.0, integral=2.0, derivative=3.0, window=4))
    first = controller.step(0.5)
    with pytest.raises(NonFiniteError):
        controller.step(math.nan)
    assert controller.step(0.5) == pytest.approx(0.5 + 2.0 * 1.0 / 4)
    controller.reset()
    assert controller.step(0.5) == first
    with pytest.raises(ConfigError, match='window'):
        PidGains(proportional=1.0, window=0)


def test_an_empty_window_starts_without_a_kick() -> None:
    gains = PidGains(
        proportional=1.0, integral=1.0, derivative=100.0, window=6, is_prefilled=False
    )
    assert PidController(gains).step(0.5) == pytest.approx(1.0)


@given(st.floats(0, 30), st.floats(-1, 1), st.floats(-3, 3))
def test_the_bicycle_turns_towards_its_steering(speed, steer, yaw) -> None:
    moved = move_bicycle(Pose2(1.0, 2.0, yaw), speed, steer, 0.05)
    turn = Pose2(1.0, 2.0, yaw).inverse() @ moved
    assert turn.yaw_rad * steer >= 0.0
    assert math.hypot(turn.x_m, turn.y_m) == pytest.approx(speed * 0.05, abs=1e-9)


@given(st.floats(0, 40), st.floats(0, 1))
def test_braking_stops_and_speed_never_turns_negative(speed, throttle) -> None:
    braked = MotionState(Pose2(0, 0, 0), speed)
    for advance in (advance_ego, advance_vehicle):
        state = braked
        for _ in range(250):
            after = advance(state, VehicleCommand.full_brake())
            assert 0.0 <= after.speed_mps <= state.speed_mps
            state = after
        assert state.speed_mps < 0.05
        assert advance(braked, VehicleCommand(throttle=throttle)).speed_mps >= 0.0


def test_bad_states_are_refused() -> None:
    with pytest.raises(NonFiniteError):
        MotionState(Pose2(0, 0, 0), math.nan)
    with pytest.raises(ConfigError, match='dt_s'):
        advance_vehicle(MotionState(Pose2(0, 0, 0), 1.0), VehicleCommand(), 0.0)
