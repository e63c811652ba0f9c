# SPDX-License-Identifier: Apache-2.0
"""What ``simlingo replay evaluate`` prints of several recordings."""

from simlingo_evaluation.replay.commands import render_all


def summary(plans, agree_share, **means):
    return {
        'plans': plans,
        'driven_s': plans / 5.0,
        'measures': {name: {'mean': mean} for name, mean in means.items()},
        'stop_and_go': {'plans': plans, 'agree_share': agree_share},
    }


def test_several_recordings_are_averaged_by_their_plans():
    text = render_all(
        [summary(100, 0.5, ade_2s=1.0, speed_error=0.25), summary(300, 0.9, ade_2s=2.0)]
    )
    first, *lines = text.splitlines()
    assert first == 'all 2 recordings: 400 plans in 80.0 s'
    # A measure that one lacks, as without a recorded speed, is that of the others.
    assert [line.split() for line in lines] == [
        ['ade_2s', 'mean', '1.75'],
        ['speed_error', 'mean', '0.25'],
        ['stop', 'and', 'go', '80.0', '%', 'as', 'driven'],
    ]


def test_recordings_in_which_nothing_was_planned_have_no_means():
    nothing = summary(0, float('nan'))
    assert render_all([nothing, nothing]) == 'all 2 recordings: 0 plans in 0.0 s'
