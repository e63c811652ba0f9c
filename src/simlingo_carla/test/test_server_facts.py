# SPDX-License-Identifier: Apache-2.0
"""What a CARLA server says of itself, through the test double."""

from fake_carla import Faults

from simlingo_carla.server_facts import collect_server_facts
from simlingo_carla.world import CarlaWorld
from simlingo_carla.world_config import CarlaConfig


def test_server_without_and_with_a_car(server):
    facts = collect_server_facts(CarlaConfig(), server.make_client)
    assert (facts.error, facts.town, facts.car, facts.sensors) == ('', 'Town93', '', ())
    assert not facts.is_synchronous
    assert not facts.has_ticked
    with CarlaWorld(make_client=server.make_client) as world:
        world.reset('test:0', with_image=False)
        facts = collect_server_facts(CarlaConfig(), server.make_client)
    assert (facts.is_synchronous, facts.period_s, facts.car) == (True, 0.05, 'hero')
    assert set(facts.sensors) == {
        'sensor.other.collision',
        'sensor.other.gnss',
        'sensor.other.imu',
    }


def test_server_that_does_not_answer_or_fit(server):
    facts = collect_server_facts(CarlaConfig(port=2001), server.make_client)
    assert 'localhost:2001' in facts.error
    server.faults = Faults(server_version='0.10.0')
    assert 'carla==0.10.0' in collect_server_facts(CarlaConfig(), server.make_client).error
