# SPDX-License-Identifier: Apache-2.0
"""Whether a plan does what is stated."""

from __future__ import annotations

import pytest

from simlingo_core.consistency import Mismatch, PlanFacts, contradictions, reply_contradictions
from simlingo_core.statements import read_statement
from simlingo_core.wordings import ManoeuvreKind


def facts(speed_mps: float, end_mps: float, side_m: float = 0.0) -> PlanFacts:
    return PlanFacts(speed_mps=speed_mps, end_mps=end_mps, side_m=side_m)


@pytest.mark.parametrize(
    ('text', 'plan', 'found'),
    [
        ('Remain stopped.', facts(0.0, 4.0), {Mismatch.SAYS_STAND_DRIVES}),
        ('Remain stopped.', facts(0.0, 0.3), set()),
        ('Stop now due to the stop sign.', facts(8.0, 8.0), {Mismatch.SAYS_STOP_DRIVES}),
        ('Stop now due to the stop sign.', facts(8.0, 4.0), set()),
        ('Accelerate.', facts(8.0, 3.0), {Mismatch.SAYS_FASTER_SLOWER}),
        ('Accelerate.', facts(8.0, 7.5), set()),
        ('Decelerate.', facts(4.0, 8.0), {Mismatch.SAYS_SLOWER_FASTER}),
        ('Decelerate.', facts(4.0, 4.4), set()),
        ('Turn left. Accelerate.', facts(4.0, 6.0, -6.0), {Mismatch.SAYS_LEFT_RIGHT}),
        ('Change to the right lane.', facts(4.0, 4.0, 3.0), {Mismatch.SAYS_RIGHT_LEFT}),
        ('Turn right.', facts(4.0, 4.0, -8.0), set()),
        # What stands is the other car.
        ('Decelerate to stay behind the car that is stopped.', facts(8.0, 6.0), set()),
        ('Waypoints:', facts(8.0, 0.0), set()),
    ],
)
def test_a_plan_that_does_the_opposite_contradicts(
    text: str, plan: PlanFacts, found: set[Mismatch]
) -> None:
    assert contradictions(read_statement(text), plan) == found


@pytest.mark.parametrize(
    ('reply', 'kind', 'plan', 'found'),
    [
        (
            'Following the given instruction.',
            ManoeuvreKind.SLOWER,
            facts(5.0, 9.0),
            {Mismatch.SAYS_FOLLOWS_OPPOSITE},
        ),
        ('Following the given instruction.', ManoeuvreKind.SLOWER, facts(5.0, 3.0), set()),
        ('Following the given instruction.', ManoeuvreKind.TARGET_SPEED, facts(5.0, 0.0), set()),
        (
            'Ignore instruction as it leads to a crash.',
            ManoeuvreKind.LANE_LEFT,
            facts(5.0, 5.0, 3.0),
            {Mismatch.SAYS_REFUSES_FOLLOWS},
        ),
        (
            'Ignore instruction as it leads to a crash.',
            ManoeuvreKind.FASTER,
            facts(5.0, 5.0),
            set(),
        ),
    ],
)
def test_a_reply_is_held_against_the_plan(
    reply: str, kind: ManoeuvreKind, plan: PlanFacts, found: set[Mismatch]
) -> None:
    assert reply_contradictions(read_statement(reply), kind, plan) == found
