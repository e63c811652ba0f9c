# SPDX-License-Identifier: Apache-2.0
"""Which episodes are trained on, which validated on, and which neither."""

from pathlib import Path

import pytest

from simlingo_core.errors import ConfigError
from simlingo_sim.town.route_files import read_routes
from simlingo_sim.town.splits import Split, split_of_town
from simlingo_training.collect import CollectTask, tasks
from simlingo_training.episodes import EpisodeFolder
from simlingo_training.training_data import hold_out


def folder(town, seed, split='training'):
    variant = f'{split}_1_scenario/routes_{split}/random_weather_seed_{seed}'
    return EpisodeFolder(Path('root'), Path(variant) / f'{town}_Rep0_5_route0')


@pytest.mark.parametrize('name', ['test', 'all_towns'])
def test_routes_in_a_test_town_are_not_collected(tmp_path, name):
    """Whatever the set is called: the town decides."""
    with pytest.raises(ConfigError, match='Town93, kept for tests'):
        tasks(tmp_path, [0], (), name)


def test_routes_of_a_mixed_set_in_training_towns_are_collected(tmp_path):
    chosen = [route.id for route in read_routes('all_towns') if route.town == 'Town91']
    found = tasks(tmp_path, [0], chosen, 'all_towns')
    assert {task.folder.split for task in found} == {Split.TRAINING}


def test_the_validation_town_is_collected_as_validation_data(tmp_path):
    route = read_routes('train')[0]
    object.__setattr__(route, 'town', 'Town97')
    task = CollectTask(root=tmp_path, route=route, seed=3)
    assert task.folder.split is Split.VALIDATION
    assert task.folder.relative.parts[:2] == ('validation_1_scenario', 'routes_validation')


def test_a_path_of_a_held_out_town_is_held_out():
    assert split_of_town('/somewhere/Town93.xodr') is Split.TEST
    assert split_of_town('/somewhere/Mine.xodr') is Split.TRAINING


def test_episodes_of_the_validation_town_are_validated_on_and_never_trained_on():
    plain, of_seed = folder('Town91', 7), folder('Town91', 100)
    validation = folder('Town97', 7, 'validation')
    assert hold_out([plain, of_seed, validation], 100) == ([plain], [validation])
    assert hold_out([plain, of_seed], 100) == ([plain], [of_seed])


def test_an_episode_in_a_test_town_stops_the_training():
    with pytest.raises(ConfigError, match='Town93_Rep0_5_route0 is in a town kept for tests'):
        hold_out([folder('Town91', 7), folder('Town93', 7)], 100)
