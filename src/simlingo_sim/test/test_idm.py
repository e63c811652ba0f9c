# SPDX-License-Identifier: Apache-2.0
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from simlingo_sim.expert.idm import IdmGap, idm_target_speed

GAP = IdmGap(distance_m=4.0, headway_s=0.25)


def reference(desired, speed, leader_speed, distance, length):
    root = 2.0 * math.sqrt(24.0 * (8.7 if speed <= 6.02 else 3.72))

    def change(t, x):
        wanted = 4.0 + x[1] * 0.25 + x[1] * (x[1] - leader_speed) / root
        room = max(0.1, distance + t * leader_speed - x[0] - length)
        return [x[1], 24.0 * (1.0 - (x[1] / desired) ** 4 - (wanted / room) ** 2)]

    return max(0.0, solve_ivp(change, (0.0, 0.05), [0.0, speed], rtol=1e-8).y[1, -1])


@pytest.mark.parametrize(
    ('desired', 'speed', 'leader_speed', 'distance'),
    [
        (10.0, 8.0, 8.0, 80.0),
        (10.0, 8.0, 2.0, 25.0),
        (10.0, 0.0, 0.0, 12.0),
        (5.0, 9.0, 9.0, 40.0),
    ],
)
def test_equals_an_adaptive_solver(desired, speed, leader_speed, distance):
    ours = idm_target_speed(
        desired_mps=desired,
        speed_mps=speed,
        leader_speed_mps=leader_speed,
        leader_distance_m=distance,
        leader_length_m=4.5,
        gap=GAP,
    )
    assert ours == pytest.approx(reference(desired, speed, leader_speed, distance, 4.5), abs=0.1)


@given(st.floats(0.1, 30.0), st.floats(0.0, 30.0), st.floats(0.0, 30.0), st.floats(0.0, 100.0))
def test_is_never_negative_and_never_far_above_what_is_wanted(desired, speed, leader, distance):
    target = idm_target_speed(
        desired_mps=desired,
        speed_mps=speed,
        leader_speed_mps=leader,
        leader_distance_m=distance,
        leader_length_m=4.5,
        gap=GAP,
    )
    assert 0.0 <= target <= max(desired, speed) + 1.2


def test_stops_right_behind_a_standing_leader():
    assert (
        idm_target_speed(
            desired_mps=10.0,
            speed_mps=3.0,
            leader_speed_mps=0.0,
            leader_distance_m=5.0,
            leader_length_m=4.5,
            gap=GAP,
        )
        == 0.0
    )
