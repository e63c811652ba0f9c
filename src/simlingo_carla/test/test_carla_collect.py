# SPDX-License-Identifier: Apache-2.0
"""Collection of training data on a CARLA server, through the test double."""

import pytest
from fake_carla import FakeServer, assert_clean

from simlingo_carla.world import CarlaWorld
from simlingo_core.errors import ConfigError
from simlingo_sim.town.route_files import find_named_route
from simlingo_training import collect
from simlingo_training.gz_json import read_gz

ROUTE = 'train_wide:0'


@pytest.fixture
def server():
    made = FakeServer(ROUTE)
    yield made
    made.close()


def test_expert_is_recorded_on_a_server(server, tmp_path, monkeypatch):
    world = CarlaWorld(make_client=server.make_client)
    monkeypatch.setattr(collect, 'open_world', lambda name: {'carla': world}[name])
    monkeypatch.setattr(collect, 'MAX_TICKS', 6)
    task = collect.CollectTask(root=tmp_path, route=find_named_route(ROUTE), seed=0, world='carla')

    result = collect.record_episode(task)

    assert (result.error, result.frames) == ('', 1)  # none of tick 0, which had no camera
    assert 'random_weather_carla_seed_0' in str(task.folder.relative)
    assert task.folder.is_complete
    assert task.folder.image(0, is_shifted=False).stat().st_size > 10_000
    assert task.folder.image(0, is_shifted=True).stat().st_size > 10_000
    measurement = read_gz(task.folder.measurement(0))
    assert measurement['speed_limit'] > 5.0
    classes = {box['class'] for box in read_gz(task.folder.boxes(0))}
    assert {'ego_car', 'weather', 'ego_info'} <= classes
    assert_clean(server)


def test_server_that_dies_leaves_no_complete_episode(server, tmp_path, monkeypatch):
    world = CarlaWorld(make_client=server.make_client)
    monkeypatch.setattr(collect, 'open_world', lambda name: world)
    server.faults.dies_at_tick = 12
    task = collect.CollectTask(root=tmp_path, route=find_named_route(ROUTE), seed=0, world='carla')

    assert 'time-out' in collect.record_episode(task).error
    assert not task.folder.is_complete


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'world': 'karla'}, "no world 'karla'"),
        ({'world': 'carla', 'mix': 'hazards'}, 'drop --mix and --learner'),
        ({'world': 'carla', 'learner': 'mini'}, 'drop --mix and --learner'),
    ],
)
def test_what_no_server_can_do_is_refused(tmp_path, changes, message):
    with pytest.raises(ConfigError, match=message):
        collect.tasks(tmp_path, [0], **changes)
