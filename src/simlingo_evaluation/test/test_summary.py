# SPDX-License-Identifier: Apache-2.0
"""The numbers of a campaign, and the tables made of them."""

import json

import pytest
from rich.console import Console

from simlingo_evaluation.markdown import markdown
from simlingo_evaluation.summary import has_crashes, summarise
from simlingo_evaluation.tables import print_tables
from simlingo_sim.score.infractions import EndReason, Infraction, InfractionKind
from simlingo_sim.score.protocol import BENCH2DRIVE, SIMLINGO_UPSTREAM

COLLISION = Infraction(
    kind=InfractionKind.COLLISION_VEHICLE,
    t_s=4.0,
    position_map_m=(1.0, 2.0),
    message='Agent collided',
    other_id=7,
)


def test_a_crashed_simulation_is_missing_from_the_numbers_and_listed_apart(record):
    records = [record(seed=0), record(seed=1, end=EndReason.SIMULATION_CRASHED)]
    summary = summarise(records, {'expert': 2}, BENCH2DRIVE)
    numbers = summary['policies']['expert']
    assert (numbers['episodes'], numbers['episodes_asked']) == (1, 2)
    assert numbers['driving_score']['mean'] == 100.0
    assert numbers['failures'] == []
    assert [crash['seed'] for crash in numbers['crashed']] == [1]
    assert len(numbers['leaderboard']['_checkpoint']['records']) == 1
    assert has_crashes(summary)
    assert 'Crashed episodes: expert 1' in markdown(summary, 2)


def test_summary_counts_missing_episodes_as_zero_in_the_leaderboards_mean(record):
    records = [record(seed=0), record(seed=1, infractions=[COLLISION])]
    numbers = summarise(records, {'expert': 4}, BENCH2DRIVE)['policies']['expert']
    assert numbers['driving_score'] == {'mean': 80.0, 'low': 60.0, 'high': 100.0}
    assert numbers['success_percent']['mean'] == 50.0
    assert numbers['infractions_per_km']['collisions_vehicle'] == 1.0
    assert [f['seed'] for f in numbers['failures']] == [1]
    mean = numbers['leaderboard']['_checkpoint']['global_record']['scores_mean']
    assert mean['score_composed'] == pytest.approx(160.0 / 4)


def test_upstreams_protocol_drops_crashed_agents(record):
    records = [record(seed=0), record(seed=1, end=EndReason.AGENT_CRASHED)]
    numbers = summarise(records, {'expert': 2}, SIMLINGO_UPSTREAM)['policies']['expert']
    assert numbers['driving_score']['mean'] == 100.0
    numbers = summarise(records, {'expert': 2}, BENCH2DRIVE)['policies']['expert']
    assert numbers['driving_score']['mean'] == 70.0


def test_tables_name_policies_situations_and_causes(record):
    console = Console(record=True, width=140)
    records = [record(), record('route_follower', infractions=[COLLISION])]
    summary = summarise(records, {'expert': 1, 'route_follower': 1}, BENCH2DRIVE)
    json.dumps(summary, allow_nan=False)
    print_tables(summary, console)
    text = ' '.join(console.export_text().split())
    assert '(official)' in text
    assert '(corrected)' in text
    for words in ('route_follower', 'red_light', 'hit a vehicle', '100.0', '60.0', '25.0', '50.0'):
        assert words in text


def test_the_markdown_table_has_a_row_for_each_policy_and_kind(record):
    records = [record(), record('route_follower', infractions=[COLLISION])]
    summary = summarise(records, {'expert': 1, 'route_follower': 1}, BENCH2DRIVE)
    text = markdown(summary, 3)
    assert '| expert | 1/1 | 100.0 | – | 100.0 | 100.0 |' in text
    assert '| vehicle hit | 0.00 | 2.00 |' in text
    assert 'red light' not in text
    assert 'the 3 seeds' in text
    assert '| traffic signs | 100.0 (n=1) | 0.0 (n=1) |' in text
    assert '| overtaking | - (n=0) | - (n=0) |' in text
    assert text.rstrip().endswith('| mean | - | - |')


def test_intervals_over_episodes_are_of_single_episodes(record):
    records = [record(ident=str(n), infractions=[COLLISION] * (n % 2)) for n in range(8)]
    numbers = summarise(records, {'expert': 8}, BENCH2DRIVE)['policies']['expert']
    assert numbers['driving_score'] == {'mean': 80.0, 'low': None, 'high': None}
    over_episodes = numbers['driving_score_over_episodes']
    assert over_episodes['low'] < over_episodes['mean'] == 80.0 < over_episodes['high']
