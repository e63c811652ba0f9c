# SPDX-License-Identifier: Apache-2.0
"""The rows that an episode in real time adds to the bench."""

import pytest

from simlingo_bringup.benches import stack_rows
from simlingo_bringup.commands.bench import meets
from simlingo_core.errors import SimlingoError

SUMMARY = {
    'control_hz': 20.0,
    'plans_per_second': 6.6,
    'plan_age_ms': {'median': 150.0, 'p99': 301.0},
    'plan_latency_ms': {'median': 60.0, 'p99': 90.0},
}


def test_a_drive_is_measured_against_the_targets():
    verdicts = {row['name']: meets(row) for row in stack_rows(SUMMARY)}
    assert verdicts['control_hz']
    assert verdicts['plan_latency_p99_ms']
    assert not verdicts['plan_age_p99_ms']


def test_an_episode_without_plans_is_no_measurement():
    with pytest.raises(SimlingoError, match='no plan was made'):
        stack_rows(SUMMARY | {'plan_age_ms': {'median': None, 'p99': None}})
