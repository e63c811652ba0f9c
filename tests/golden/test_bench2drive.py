# SPDX-License-Identifier: Apache-2.0
"""Bench2Drive's own tools: comfort of logs, records of result files."""

import json
from pathlib import Path

import numpy as np
import pytest

from simlingo_sim.score.infractions import EndReason, Infraction, InfractionKind
from simlingo_sim.score.protocol import BENCH2DRIVE
from simlingo_sim.score.results import EpisodeEntry, checkpoint
from simlingo_sim.score.scorer import EpisodeScore
from simlingo_sim.score.smoothness import (
    is_officially_comfortable,
    official_windows,
    unwrap_phase,
)

FOLDER = Path(__file__).parent / 'data' / 'functions'
COMFORT = np.load(FOLDER / 'bench2drive_comfort.npz')


def log(run):
    """Return acceleration along and across the car, and the yaw rate as it stands in the log."""
    acceleration = COMFORT[f'{run}/acceleration'][:, :2]
    along, across = (
        (acceleration * COMFORT[f'{run}/{axis}_vector'][:, :2]).sum(axis=1)
        for axis in ('forward', 'right')
    )
    return np.stack([along, across], axis=1), COMFORT[f'{run}/angular_velocity'][:, 2]


@pytest.mark.parametrize('run', ['run_0', 'run_3'])
def test_comfortable_windows(run):
    windows = official_windows(*log(run))
    assert [-1 if good is None else int(good) for good in windows] == list(
        COMFORT[f'{run}/windows']
    )
    assert np.mean([good for good in windows if good is not None]) == COMFORT[f'{run}/share']
    assert is_officially_comfortable(*log(run)) == COMFORT[f'{run}/whole']


def test_phase_is_unwrapped():
    np.testing.assert_array_equal(unwrap_phase(COMFORT['wrapped']), COMFORT['unwrapped'])


def entry(record):
    """Return the episode that a record of the leaderboard tells of."""
    ends = {end.value: end for end in EndReason} | {'Perfect': EndReason.ARRIVED}
    infractions = tuple(
        Infraction(kind=InfractionKind(kind), t_s=0.0, position_map_m=(0.0, 0.0), message=message)
        for kind, messages in record['infractions'].items()
        for message in messages
    )
    score = EpisodeScore(
        protocol='bench2drive',
        end=ends[record['status']],
        route_score=record['scores']['score_route'],
        penalty=record['scores']['score_penalty'],
        infractions=infractions,
        route_length_m=record['meta']['route_length'],
        duration_s=record['meta']['duration_game'],
    )
    route_id = record['route_id'].removeprefix('RouteScenario_').removesuffix('_rep0')
    return EpisodeEntry(
        route_id=route_id,
        repetition=0,
        town=record['town_name'],
        scenario=record['scenario_name'],
        score=score,
    )


def test_records_and_status_are_those_of_the_original():
    original = json.loads((FOLDER / 'bench2drive_results.json').read_text())
    records = original['_checkpoint']['records']
    file = checkpoint([entry(record) for record in records], len(records), BENCH2DRIVE)
    assert file['entry_status'] == original['entry_status'] == 'Finished'
    for ours, theirs in zip(file['_checkpoint']['records'], records, strict=True):
        assert set(theirs) <= set(ours)
        for key in ('route_id', 'scenario_name', 'town_name', 'status', 'num_infractions'):
            assert ours[key] == theirs[key]
        assert ours['infractions'] == theirs['infractions']
        for key, value in theirs['scores'].items():
            assert ours['scores'][key] == pytest.approx(value, abs=1e-6)
