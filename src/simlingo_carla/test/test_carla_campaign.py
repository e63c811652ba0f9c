# SPDX-License-Identifier: Apache-2.0
"""Campaigns of the evaluation on a CARLA server, through the test double."""

from functools import partial

import pytest
from fake_carla import Faults, assert_clean

from simlingo_carla.world import CarlaWorld
from simlingo_carla.world import open_world as open_address
from simlingo_core.errors import ConfigError
from simlingo_evaluation import episode_task
from simlingo_evaluation.campaign import Campaign, run_campaign
from simlingo_evaluation.episode import run_episode
from simlingo_evaluation.episode_task import make_episode
from simlingo_evaluation.jobs.workers import Workers
from simlingo_sim.town.route_files import find_named_route


def test_campaign_on_a_server_that_dies_is_resumed(server, tmp_path, monkeypatch):
    def make_world(name):
        assert name == 'carla://localhost:2000'
        return world

    world = CarlaWorld(make_client=server.make_client)
    monkeypatch.setattr(episode_task, 'open_world', make_world)
    episode_task.process_agent.cache_clear()
    plan = Campaign(
        policies=('route_follower',),
        routes=(find_named_route('test:0'),),
        seeds=(0,),
        folder=tmp_path,
        world='carla://localhost:2000',
    )
    server.faults = Faults(dies_at_tick=25)
    (record,) = map(make_episode, plan.tasks())
    assert record.is_crashed
    assert 'time-out' in record.error
    server.restart()
    monkeypatch.setattr(episode_task, 'run_episode', partial(run_episode, max_ticks=40))
    (record,) = run_campaign(plan, retry_crashed=True)
    assert not record.is_crashed
    assert_clean(server)
    episode_task.process_agent.cache_clear()


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'world': 'carlo'}, "no world 'carlo'; expected one of embedded, carla"),
        ({'world': 'carla', 'workers': Workers(count=2)}, 'expected one worker'),
        ({'world': 'carla', 'situation': 'red_lights'}, "no situation 'red_lights'; did you mean"),
    ],
)
def test_campaign_that_no_server_can_drive_is_refused(tmp_path, changes, message):
    values = {'policies': ('expert',), 'routes': (find_named_route('test:0'),), 'seeds': (0,)}
    with pytest.raises(ConfigError, match=message):
        Campaign(**values, folder=tmp_path, **changes)


def test_address_of_a_server():
    config = open_address('10.0.0.5:2010').config
    assert (config.host, config.port) == ('10.0.0.5', 2010)
    assert open_address('').config.port == 2000
    with pytest.raises(ConfigError, match='<host>:<port>'):
        open_address('host:rpc')


def test_traffic_of_a_server_decides_the_results_and_its_address_does_not(tmp_path):
    def rules(world):
        values = {'policies': ('expert',), 'routes': (find_named_route('test:0'),), 'seeds': (0,)}
        return Campaign(**values, folder=tmp_path, world=world).settings()['world']

    assert rules('carla') == rules('carla://10.0.0.5:2010?timeout=5') == 'carla'
    assert rules('carla://here?walkers=2&vehicles=4') == 'carla?vehicles=4&walkers=2'
