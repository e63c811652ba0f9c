# SPDX-License-Identifier: Apache-2.0
"""What a commentary, a reply or an answer says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlingo_core.statements import (
    Reason,
    RefusalReason,
    RouteAction,
    SpeedAction,
    Statement,
    read_answer,
    read_statement,
)

COMMENTARIES = {
    'Follow the route. Remain stopped due to the red traffic light.': (
        RouteAction.FOLLOW,
        SpeedAction.STAND,
        Reason.RED_LIGHT,
    ),
    'Turn left. Stop now because a pedestrian is crossing.': (
        RouteAction.LEFT,
        SpeedAction.STOP,
        Reason.PEDESTRIAN,
    ),
    # What stands is the other car.
    'Follow the route. Decelerate to stay behind the white car that is stopped.': (
        RouteAction.FOLLOW,
        SpeedAction.DECELERATE,
        Reason.FOLLOW,
    ),
    'Overtake the parked car. Maintain the reduced speed.': (
        RouteAction.PASS,
        SpeedAction.KEEP_REDUCED,
        None,
    ),
    'Because the light is red, come to a full stop.': (None, SpeedAction.STOP, Reason.RED_LIGHT),
    'Stop at the stop sign.': (None, SpeedAction.STOP, Reason.STOP_SIGN),
    'Do a lane change to the left. Accelerate to drive with the target speed.': (
        RouteAction.LANE_LEFT,
        SpeedAction.ACCELERATE,
        Reason.FREE,
    ),
    'Maintain your current speed. Pay attention to the walker and brake if necessary.': (
        None,
        SpeedAction.KEEP,
        None,
    ),
    'Slow down to avoid a collision with the bus.': (
        None,
        SpeedAction.DECELERATE,
        Reason.COLLISION,
    ),
    'Pick up speed since the junction is clear and the light is green.': (
        None,
        SpeedAction.ACCELERATE,
        Reason.GREEN_LIGHT,
    ),
    'Wait for a gap in the oncoming traffic. Remain stopped.': (
        RouteAction.WAIT_FOR_GAP,
        SpeedAction.STAND,
        None,
    ),
}


@pytest.mark.parametrize('text', COMMENTARIES)
def test_a_commentary_is_read_by_what_it_says(text: str) -> None:
    stated = read_statement(f'{text} Waypoints:')
    assert (stated.route, stated.speed, stated.reason) == COMMENTARIES[text]


def test_things_are_named_by_their_longest_name() -> None:
    stated = read_statement(
        'Stop behind the police car at the red traffic light and the stop sign.'
    )
    assert stated.things == {'emergency vehicle', 'traffic light', 'stop sign'}
    assert stated.states == {'red'}


@pytest.mark.parametrize(
    ('text', 'why'),
    [
        ('Ignore instruction as it leads to a crash. Waypoints:', RefusalReason.CRASH),
        (
            'Ignore instruction as it might lead to a dangerous situation because of the '
            'pedestrian. Waypoints:',
            RefusalReason.PEDESTRIAN,
        ),
        (
            'Ignore instruction as it leads to a speed above the speed limit.',
            RefusalReason.TOO_FAST,
        ),
        ('Ignore instruction as it leads to a speed that is too low.', RefusalReason.TOO_SLOW),
        (
            'Ignore lane change instruction as the target lane is a lane with oncoming traffic.',
            RefusalReason.ONCOMING,
        ),
        (
            'Ignore lane change instruction as the target lane is a sidewalk.',
            RefusalReason.SIDEWALK,
        ),
        ('Ignore lane change instruction as it is not allowed.', RefusalReason.NOT_ALLOWED),
        (
            'Ignore instruction as it leads to a crash with the obstacle on the lane.',
            RefusalReason.OBSTACLE,
        ),
        ('I will not do that.', None),
    ],
)
def test_a_refusal_is_read_with_its_reason(text: str, why: RefusalReason | None) -> None:
    assert read_statement(text) == Statement(refuses=True, refusal=why)


def test_a_reply_that_follows_is_no_refusal() -> None:
    assert read_statement('Following the given instruction. Waypoints:').is_empty


@pytest.mark.parametrize(
    ('text', 'facts'),
    [
        ('A: There are no pedestrians.', {'no', 'thing:pedestrian'}),
        ('There are two lanes.', {'number:2'}),
        (
            'The car is to the front left of the ego vehicle.',
            {'thing:car', 'place:front', 'place:left'},
        ),
        (
            'Yes, the ego vehicle should brake because of the red traffic light.',
            {'yes', 'speed:decelerate', 'reason:red_light', 'state:red', 'thing:traffic light'},
        ),
        ('The speed limit is 8.3 m/s.', {'number:8.3'}),
    ],
)
def test_an_answer_is_read_as_facts(text: str, facts: set[str]) -> None:
    assert read_answer(text) == facts


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    read_statement(text)
    read_answer(text)
