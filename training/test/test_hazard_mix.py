# SPDX-License-Identifier: Apache-2.0
"""Hazard-rich collection: situations apart from each other, and frames around them only."""

import itertools

import pytest

from simlingo_core.errors import ConfigError
from simlingo_sim.situations import SITUATIONS
from simlingo_sim.world import SimWorld
from simlingo_training import collect
from simlingo_training.episodes import find_episodes
from simlingo_training.gz_json import read_gz
from simlingo_training.hazard_mix import APART_M, stage_hazards


def test_several_situations_are_staged_apart_and_the_same_for_a_seed(tmp_path):
    (task,) = collect.tasks(tmp_path, [3], ['0'], 'train')
    with SimWorld() as world:
        places = []
        for _ in range(2):
            stage_hazards(world, task.route, 3)
            places.append([(s.name, round(s.arc_m, 3)) for s in world.situations])
    assert places[0] == places[1]
    arcs = [arc for _, arc in places[0]]
    assert len(arcs) >= 2
    assert all(b - a > APART_M - 5.0 for a, b in itertools.pairwise(arcs))


def test_no_vehicle_ahead_gets_stuck_behind_an_obstacle(tmp_path):
    staged = []
    with SimWorld() as world:
        for task in collect.tasks(tmp_path, [4, 5], ['0', '1', '2'], 'train'):
            stage_hazards(world, task.route, task.seed)
            staged.append([SITUATIONS[s.name] for s in world.situations])
    assert any(kind.drives_ahead for kinds in staged for kind in kinds)
    assert any(kind.must_be_passed for kinds in staged for kind in kinds)
    for kinds in staged:
        leads = any(kind.drives_ahead for kind in kinds)
        assert not (leads and any(kind.must_be_passed for kind in kinds))


def test_a_learner_takes_turns_among_hazards(tmp_path, monkeypatch):
    monkeypatch.setattr(collect, 'MAX_TICKS', 300)
    (task,) = collect.tasks(tmp_path, [3], ['0'], 'train', 'route_follower', mix='hazards')
    staged = []
    stage = collect.stage_hazards
    monkeypatch.setattr(
        collect,
        'stage_hazards',
        lambda world, *rest: staged.append(stage(world, *rest)) or staged[-1],
    )
    result = collect.record_episode(task)
    assert result.error == ''
    assert len(staged) == 1
    assert 0 < result.frames < 300 / 5
    assert '_with_learner_hazards_' in str(task.folder.relative)


@pytest.mark.slow
def test_only_the_stretches_around_situations_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(collect, 'MAX_TICKS', 600)
    (task,) = collect.tasks(tmp_path, [3], ['0'], 'train', weather='ClearNight', mix='hazards')
    result = collect.record_episode(task)
    assert result.error == ''
    assert 20 < result.frames < 600 / 5
    assert 'hazards' in str(task.folder.relative)
    episodes = find_episodes(tmp_path)
    assert sum(episode.frame_count() for episode in episodes) == result.frames
    kept = next(episode for episode in episodes if episode.frame_count())
    boxes = read_gz(kept.boxes(0))
    weather = next(box for box in boxes if box['class'] == 'weather')
    assert weather['sun_altitude_angle'] == -90.0


def test_an_unknown_mix_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"mix is 'hazard'; expected one of hazards"):
        collect.tasks(tmp_path, [1], ['0'], 'train', mix='hazard')
