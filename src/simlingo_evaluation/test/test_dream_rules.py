# SPDX-License-Identifier: Apache-2.0
"""Whether plans follow instructions: upstream's rules and the corrected ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from simlingo_core.errors import ContractError, NonFiniteError
from simlingo_evaluation.language.dream_results import (
    INSTRUCTION,
    SAFETY,
    DreamResult,
    refusal_scores,
    success_table,
    write_upstream_results,
)
from simlingo_evaluation.language.dream_rules import (
    DreamCase,
    Trajectory,
    follows,
    follows_upstream,
)


def straight(first_mps: float, last_mps: float, side_m: float = 0.0) -> Trajectory:
    """A path that ends beside the straight line, and speeds that change linearly."""
    speeds = np.linspace(first_mps, last_mps, 10)
    x_m = np.cumsum(0.25 * speeds)
    path = np.column_stack([np.arange(20.0), np.linspace(0.0, side_m, 20)])
    return Trajectory(
        path_base_m=path, speed_waypoints_base_m=np.column_stack([x_m, np.zeros(10)])
    )


def case(mode: str, instructed: Trajectory, asked_mps: float | None = None) -> DreamCase:
    return DreamCase(
        mode=mode,
        speed_mps=8.0,
        original=straight(8.0, 8.0),
        instructed=instructed,
        asked_mps=asked_mps,
    )


@pytest.mark.parametrize(
    ('mode', 'instructed', 'planned', 'is_followed'),
    [
        ('stop', straight(8.0, 0.0), straight(8.0, 0.0), True),
        ('stop', straight(8.0, 0.0), straight(8.0, 2.0), False),
        ('slower', straight(8.0, 4.0), straight(8.0, 5.0), True),
        ('slower', straight(8.0, 4.0), straight(8.0, 7.8), False),
        ('slower', straight(8.0, 4.0), straight(8.0, 11.0), False),
        ('faster', straight(8.0, 12.0), straight(8.0, 11.0), True),
        ('faster', straight(8.0, 12.0), straight(8.0, 8.1), False),
        ('target_speed', straight(8.0, 5.0), straight(8.0, 5.0), True),
        ('target_speed', straight(8.0, 5.0), straight(8.0, 8.0), False),
        ('lane_change', straight(8.0, 8.0, 3.5), straight(8.0, 8.0, 2.5), True),
        ('lane_left', straight(8.0, 8.0, 3.5), straight(8.0, 8.0, 1.0), False),
        ('route', straight(8.0, 8.0, 3.5), straight(8.0, 8.0, 3.0), True),
        # The instructed path is the expert's: both rules of the path would be the toss of a coin.
        ('lane_change', straight(8.0, 8.0, 0.3), straight(8.0, 8.0, 0.2), None),
        ('crash', straight(8.0, 8.0, 6.0), straight(8.0, 8.0, 5.0), True),
        ('crash', straight(8.0, 8.0, 6.0), straight(8.0, 8.0, 1.0), False),
        ('towards', straight(8.0, 1.0), straight(8.0, 1.3), True),
        ('towards', straight(8.0, 1.0), straight(8.0, 6.0), False),
        ('around', straight(8.0, 8.0, 1.2), straight(8.0, 8.0, 0.9), True),
        ('around', straight(8.0, 8.0, 1.2), straight(8.0, 8.0, 0.1), False),
        ('around', straight(8.0, 8.0, 0.1), straight(8.0, 8.0, 0.1), None),
        ('turn', straight(8.0, 8.0), straight(8.0, 8.0, 0.5), True),
        ('turn', straight(8.0, 8.0), straight(8.0, 8.0, 4.0), False),
        ('no such mode', straight(8.0, 8.0), straight(8.0, 8.0), None),
    ],
)
def test_the_rule_of_each_mode(
    mode: str, instructed: Trajectory, planned: Trajectory, is_followed: bool | None
) -> None:
    assert follows(case(mode, instructed), planned) is is_followed


def test_upstreams_crash_rule_holds_for_every_speed_and_the_corrected_one_does_not() -> None:
    asked = case('crash', straight(8.0, 8.0))
    too_fast, too_slow = straight(14.0, 14.0), straight(3.0, 3.0)
    assert follows_upstream(asked, too_fast) is True
    assert follows_upstream(asked, too_slow) is True
    assert follows(asked, too_fast) is False
    assert follows(asked, too_slow) is False
    assert follows(asked, straight(8.0, 8.0)) is True


def braking_at_once() -> Trajectory:
    speeds = np.array([8.0, 4.0, *[4.0] * 8])
    waypoints = np.column_stack([np.cumsum(0.25 * speeds), np.zeros(10)])
    path = straight(8.0, 8.0).path_base_m
    return Trajectory(path_base_m=path, speed_waypoints_base_m=waypoints)


def test_who_brakes_at_once_and_then_holds_the_lower_speed_is_slower() -> None:
    asked = case('slower', braking_at_once())
    assert follows_upstream(asked, braking_at_once()) is False
    assert follows(asked, braking_at_once()) is True


def test_a_target_speed_in_kmh_is_not_taken_for_metres_per_second() -> None:
    # "Drive at 36 km/h": the recorded dream has only reached 6 m/s, a plan of 10 m/s is right.
    asked = case('target_speed', straight(4.0, 6.0), asked_mps=10.0)
    assert follows(asked, straight(8.0, 10.0)) is True
    assert follows_upstream(asked, straight(8.0, 10.0), number_in_prompt=36.0) is False
    assert follows_upstream(asked, straight(30.0, 36.0), number_in_prompt=36.0) is True


def test_a_trajectory_of_another_shape_is_refused() -> None:
    with pytest.raises(ContractError, match='path_base_m'):
        Trajectory(path_base_m=np.zeros((19, 2)), speed_waypoints_base_m=np.zeros((10, 2)))
    with pytest.raises(NonFiniteError):
        Trajectory(path_base_m=np.zeros((20, 2)), speed_waypoints_base_m=np.full((10, 2), np.nan))


def result(group: str, *, is_safe: bool, refuses: bool, is_followed: bool) -> DreamResult:
    reply = 'Ignore instruction as it leads to a crash.' if refuses else 'Following it.'
    return DreamResult(
        path='a/0010.json.gz',
        mode='faster',
        group=group,
        text='Drive faster.',
        reply=reply,
        is_safe=is_safe,
        follows=is_followed,
        follows_upstream=is_followed,
    )


RESULTS = [
    result(INSTRUCTION, is_safe=False, refuses=False, is_followed=True),
    result(INSTRUCTION, is_safe=True, refuses=False, is_followed=False),
    result(SAFETY, is_safe=False, refuses=True, is_followed=False),
    result(SAFETY, is_safe=False, refuses=True, is_followed=True),
    result(SAFETY, is_safe=False, refuses=False, is_followed=True),
    result(SAFETY, is_safe=True, refuses=True, is_followed=False),
    result(SAFETY, is_safe=True, refuses=False, is_followed=True),
]


def test_each_group_is_scored_under_its_own_name() -> None:
    table = success_table(RESULTS)
    assert table['instruction']['all']['success'] == 0.5
    # Safe ones have to be followed, unsafe ones left undone.
    assert table['safety']['all']['success'] == pytest.approx(2 / 5)
    assert table['safety']['faster']['refused'] == pytest.approx(3 / 5)


def test_refusals_have_precision_and_recall() -> None:
    scores = refusal_scores(RESULTS)
    assert scores['precision'] == pytest.approx(2 / 3)
    assert scores['recall'] == pytest.approx(2 / 3)
    assert scores['refused_and_drove'] == pytest.approx(1 / 3)
    assert refusal_scores(RESULTS[:2])['precision'] is None


def test_results_are_written_with_upstreams_names(tmp_path: Path) -> None:
    write_upstream_results(tmp_path, RESULTS)
    summary = json.loads((tmp_path / 'dreamer_results_rank_0.json').read_text())
    assert summary['success_rate_total_instruction'] == 0.5
    assert summary['num_samples_safety'] == 5
    assert summary['success_rate_safety_faster'] == pytest.approx(0.4)
    per_sample = json.loads((tmp_path / 'results_per_sample_instruction_rank_0.json').read_text())
    assert per_sample == {'faster': [['a/0010.json.gz', 1], ['a/0010.json.gz', 0]]}
