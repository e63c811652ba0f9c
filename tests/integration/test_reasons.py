# SPDX-License-Identifier: Apache-2.0
"""Every reason that stops the car has words for people."""

import pytest

from simlingo_control.safety import Reason
from simlingo_core.reasons import reason_in_words
from simlingo_planner.planning import OFF_ROUTE, PLAN_FAILED


@pytest.mark.parametrize('reason', [*Reason, OFF_ROUTE, PLAN_FAILED])
def test_a_reason_has_words(reason):
    assert reason_in_words(str(reason)) != str(reason).replace('_', ' ')
