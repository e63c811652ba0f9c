# SPDX-License-Identifier: Apache-2.0
import math

import pytest

from simlingo_evaluation.instruction_following import Track, judge_following

GIVEN_S = 10.0


def track(speed, offset=lambda t_s: 0.0, *, last_s=30.0) -> Track:
    """Return a track from functions of the seconds since the instruction."""
    made = Track()
    for tick in range(round(last_s / 0.05) + 1):
        t_s = 0.05 * tick
        made.add(t_s, speed(t_s - GIVEN_S), offset(t_s - GIVEN_S))
    return made


def slowing(rate_mps2, lowest_mps):
    return lambda s: 8.0 if s < 0 else max(8.0 - rate_mps2 * s, lowest_mps)


@pytest.mark.parametrize(
    ('text', 'driven', 'outcome'),
    [
        ('Slow down.', track(slowing(2.0, 4.0)), 'followed'),
        ('Slow down.', track(slowing(1.0, 7.0)), 'not followed'),
        ('Slow down.', track(slowing(2.0, 4.0), last_s=14.0), 'not measured'),
        ('Slow down.', track(lambda s: 0.0), 'not measured'),
        ('Please stop.', track(slowing(1.1, 0.0)), 'followed'),
        ('Please stop.', track(slowing(0.9, 0.0)), 'not followed'),
        ('Please stop.', track(slowing(0.9, 0.0), last_s=12.0), 'not measured'),
        ('Take the left lane.', track(slowing(0, 8), lambda s: min(s, 2.6)), 'followed'),
        ('Take the left lane.', track(slowing(0, 8), lambda s: min(s, 2.4)), 'not followed'),
        ('Take the left lane.', track(slowing(0, 8), lambda s: 0.2 * s), 'not followed'),
        ('Take the right lane.', track(slowing(0, 8), lambda s: min(s, 3.5)), 'not followed'),
        ('Take the right lane.', track(slowing(0, 8), lambda s: 1 - max(0, s)), 'followed'),
        ('Mind the ducks.', track(slowing(2.0, 4.0)), 'not measured'),
    ],
)
def test_outcomes(text, driven, outcome):
    assert judge_following(text, driven, GIVEN_S).outcome == outcome


def test_the_measure_is_the_share_of_the_speed_before():
    verdict = judge_following('Slow down.', track(lambda s: 8.0 if s < 1e-9 else 4.0), GIVEN_S)
    assert verdict.measure == pytest.approx(0.5)
    assert '0.50' in verdict.description


def test_nothing_is_known_of_an_empty_track():
    for text in ('Slow down.', 'Stop now.', 'Take the left lane.'):
        verdict = judge_following(text, Track(), GIVEN_S)
        assert verdict.is_followed is None
        assert math.isnan(verdict.measure)
