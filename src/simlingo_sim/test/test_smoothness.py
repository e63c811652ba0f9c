# SPDX-License-Identifier: Apache-2.0
"""Bench2Drive's smoothness, official and corrected; golden numbers: tests/golden."""

import math

import numpy as np

from simlingo_sim.score.smoothness import (
    corrected_smoothness,
    official_smoothness,
    official_windows,
)

CALM = np.zeros((80, 2))


def test_smoothness_counts_calm_segments():
    acceleration = CALM.copy()
    acceleration[40:, 0] = -5.0  # harder than 4.05
    assert corrected_smoothness(acceleration, np.zeros(80), period_s=0.05) == 0.5
    assert official_smoothness(acceleration, np.zeros(80)) == 0.5
    assert math.isnan(corrected_smoothness(CALM[:6], np.zeros(6), period_s=0.05))
    assert math.isnan(official_smoothness(CALM[:2], np.zeros(2)))


def test_a_gentle_turn_fails_the_official_measure_only():
    """Case G2: 1 degree per second is beyond a bound that is meant in radians."""
    turn = np.full(80, math.radians(1.0))
    assert official_smoothness(CALM, turn) == 0.0
    assert corrected_smoothness(CALM, turn, period_s=0.05) == 1.0


def test_jerk_of_the_true_period_is_twice_the_official_one():
    acceleration = CALM.copy()
    acceleration[:, 0] = np.resize([*range(20), *range(20, 0, -1)], 80) * 0.3 - 3.0
    # 6 m/s^3 by a period of 0.05 s, 3 m/s^3 by one of 0.1 s; the bound is 4.13
    acceleration = np.clip(acceleration, -4.0, 2.3)
    assert official_smoothness(acceleration, np.zeros(80)) > 0.0
    assert corrected_smoothness(acceleration, np.zeros(80), period_s=0.05) == 0.0


def test_yaw_acceleration_is_checked_by_the_corrected_measure_only():
    rate = np.resize([*np.linspace(-0.01, 0.01, 8), *np.linspace(0.01, -0.01, 8)], 80) * 20.0
    assert np.abs(rate).max() < 0.95
    # 0.4 rad/s in 0.35 s is beyond 1.93 rad/s^2 once it is differentiated
    assert corrected_smoothness(CALM, rate * 4.0, period_s=0.05) == 0.0
    assert official_windows(CALM, rate * 4.0) == [True] * 4
