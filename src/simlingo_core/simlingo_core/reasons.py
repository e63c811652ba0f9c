# SPDX-License-Identifier: Apache-2.0
"""The machine-readable reasons of a safety state, in words for people."""

from __future__ import annotations

_WORDS = {
    'plan_missing': 'there is no plan yet',
    'plan_late': 'the plan comes late',
    'plan_stale': 'the plan is too old',
    'plan_doubted': 'what the model says contradicts its plans',
    'plan_not_in_time': 'the plan did not come in time',
    'plan_from_future': 'the plan is from the future',
    'plan_invalid': 'the plan cannot be used',
    'plan_failed': 'the model could not make a plan',
    'path_ended': 'the plan has been driven to its end',
    'off_path': 'the car has left its path',
    'off_route': 'the car is off its route',
    'pose_jumped': 'the position of the car has jumped',
    'ego_missing': 'the state of the car is not known',
    'ego_stale': 'the state of the car is too old',
    'time_jumped': 'the clock has jumped',
    'control_failed': 'control has failed',
    'control_ends': 'control is being shut down',
    'odometry_invalid': 'the odometry cannot be used',
    'odometry_missing': 'no odometry comes',
    'other_commander': 'another node commands the car',
    'emergency_stop': 'somebody has asked for an emergency stop',
}


def reason_in_words(reason: str) -> str:
    """Return a reason such as ``plan_stale`` as a phrase; its detail follows in brackets.

    A reason that is not known is returned as it is, underscores apart.
    """
    word, _, detail = reason.partition(':')
    phrase = _WORDS.get(word.strip(), word.strip().replace('_', ' '))
    return f'{phrase} ({detail.strip()})' if detail.strip() else phrase
