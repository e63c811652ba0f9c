# SPDX-License-Identifier: Apache-2.0
"""Penalties of the protocols and the leaderboard's result file."""

import pytest

from simlingo_core.errors import ConfigError
from simlingo_sim.score.bench2drive import success_rate
from simlingo_sim.score.infractions import EndReason, Infraction, InfractionKind
from simlingo_sim.score.protocol import (
    BENCH2DRIVE,
    LEADERBOARD_2_0,
    LEADERBOARD_2_1,
    PROTOCOLS,
    SIMLINGO_UPSTREAM,
    find_protocol,
)
from simlingo_sim.score.results import EpisodeEntry, checkpoint
from simlingo_sim.score.scorer import EpisodeScore, penalty_of


def event(kind, percentage=0.0):
    return Infraction(
        kind=kind, t_s=0.0, position_map_m=(0.0, 0.0), message=str(kind), percentage=percentage
    )


EVENTS = [
    event(InfractionKind.COLLISION_PEDESTRIAN),
    event(InfractionKind.RED_LIGHT),
    event(InfractionKind.RED_LIGHT),
    event(InfractionKind.OUTSIDE_LANES, 10.0),
    event(InfractionKind.MIN_SPEED, 60.0),
]


@pytest.mark.parametrize(
    ('protocol', 'expected'),
    [
        (LEADERBOARD_2_0, 0.5 * 0.7 * 0.7 * 0.9 * (1 - 0.3 * 0.4)),
        (LEADERBOARD_2_1, 0.9 / (1 + 1.0 + 0.4 + 0.4 + 0.4 * 0.4)),
        (BENCH2DRIVE, 0.5 * 0.7 * 0.7 * 0.9),
        (SIMLINGO_UPSTREAM, 0.5 * 0.7 * 0.7 * 0.9),
    ],
    ids=list(PROTOCOLS),
)
def test_penalties(protocol, expected):
    assert penalty_of(EVENTS, protocol) == pytest.approx(expected)


def test_unknown_protocol_names_the_nearest():
    with pytest.raises(ConfigError, match='did you mean bench2drive'):
        find_protocol('bench2drives')


def result(end=EndReason.ARRIVED, route_score=100.0, infractions=()):
    return EpisodeScore(
        protocol='bench2drive',
        end=end,
        route_score=route_score,
        penalty=1.0,
        infractions=infractions,
        route_length_m=200.0,
        duration_s=30.0,
    )


def entry(route_id, score, repetition=0):
    return EpisodeEntry(
        route_id=route_id, repetition=repetition, town='T', scenario='s', score=score
    )


DONE = entry('1', result())
AGENT_CRASHED = entry('2', result(EndReason.AGENT_CRASHED, 50.0))


def test_result_file_has_the_leaderboards_layout():
    file = checkpoint([DONE, AGENT_CRASHED], 4, BENCH2DRIVE)
    record = file['_checkpoint']['records'][0]
    assert list(record['infractions']) == [
        'collisions_layout',
        'collisions_pedestrian',
        'collisions_vehicle',
        'red_light',
        'stop_infraction',
        'outside_route_lanes',
        'min_speed_infractions',
        'yield_emergency_vehicle_infractions',
        'scenario_timeouts',
        'route_dev',
        'vehicle_blocked',
        'route_timeout',
    ]
    assert record['route_id'] == 'RouteScenario_1_rep0'
    assert record['status'] == 'Perfect'
    assert len(file['labels']) == len(file['values']) == 15
    # 100 and 50, two episodes missing: the missing ones count as zero
    mean = file['_checkpoint']['global_record']['scores_mean']['score_composed']
    assert mean == pytest.approx((100.0 + 50.0) / 4)
    assert file['entry_status'] == 'Started'
    exceptions = file['_checkpoint']['global_record']['meta']['exceptions']
    assert exceptions == [['RouteScenario_2_rep0', 1, 'Failed - Agent crashed']]


@pytest.mark.parametrize('protocol', [BENCH2DRIVE, SIMLINGO_UPSTREAM], ids=lambda p: p.name)
def test_progress_and_eligibility_refer_to_what_was_asked_for(protocol):
    """Case G1: 2 entries of 220 are neither finished nor eligible, under every protocol."""
    file = checkpoint([DONE, AGENT_CRASHED], 220, protocol)
    assert file['_checkpoint']['progress'] == [2, 220]
    assert (file['entry_status'], file['eligible']) == ('Started', False)
    file = checkpoint([DONE, AGENT_CRASHED], 2, protocol)
    assert file['_checkpoint']['progress'] == [2, 2]
    assert (file['entry_status'], file['eligible']) == ('Finished', True)


def test_a_crashed_simulation_is_not_eligible():
    crashed = entry('3', result(EndReason.SIMULATION_CRASHED, 50.0))
    file = checkpoint([DONE, AGENT_CRASHED, crashed], 3, BENCH2DRIVE)
    assert (file['entry_status'], file['eligible']) == ('Crashed', False)


def test_upstreams_evaluator_drops_crashed_agents_from_the_means():
    file = checkpoint([AGENT_CRASHED, DONE], 2, SIMLINGO_UPSTREAM)
    assert len(file['_checkpoint']['records']) == 2
    summary = file['_checkpoint']['global_record']
    assert summary['scores_mean']['score_composed'] == 100.0
    assert (summary['status'], summary['meta']['exceptions']) == ('Perfect', [])
    assert success_rate([DONE.score, AGENT_CRASHED.score]) == 0.5


def test_exceptions_carry_the_index_of_their_record():
    blocked = entry('3', result(EndReason.BLOCKED, 50.0), repetition=1)
    file = checkpoint([AGENT_CRASHED, DONE, blocked], 3, SIMLINGO_UPSTREAM)
    exceptions = file['_checkpoint']['global_record']['meta']['exceptions']
    assert exceptions == [['RouteScenario_3_rep1', 2, 'Failed - Agent got blocked']]
    assert file['_checkpoint']['records'][2]['route_id'] == 'RouteScenario_3_rep1'


def test_deviation_and_way_outside_lanes_are_the_originals():
    outside = entry('1', result(infractions=(event(InfractionKind.OUTSIDE_LANES, 10.0),)))
    summary = checkpoint([outside, outside], 3, BENCH2DRIVE)['_checkpoint']['global_record']
    # 100, 100 and a missing 0 whose square is left out: mean 66.667, (2 * 33.333^2 / 2)^0.5
    assert summary['scores_std_dev']['score_composed'] == pytest.approx(33.333)
    # kilometres, not kilometres per kilometre: 10 % of two routes of 200 m
    assert summary['infractions']['outside_route_lanes'] == pytest.approx(0.04, abs=1e-3)
