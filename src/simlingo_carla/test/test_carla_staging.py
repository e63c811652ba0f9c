# SPDX-License-Identifier: Apache-2.0
"""Situations and background traffic on a CARLA server, through the test double."""

import logging
from dataclasses import replace

import numpy as np
import pytest
from fake_carla import FakeServer, Faults, assert_clean, open_world
from fake_staging import WalkerController

from simlingo_carla.world_config import CarlaConfig, config_of
from simlingo_core.errors import ConfigError, WorldError
from simlingo_core.types import VehicleCommand
from simlingo_evaluation.agents import DriverAgent
from simlingo_evaluation.episode import run_episode
from simlingo_sim.episode_runner import make_scorer
from simlingo_sim.expert import Expert
from simlingo_sim.score.infractions import EndReason, InfractionKind
from simlingo_sim.score.protocol import BENCH2DRIVE
from simlingo_sim.situations.stage import pose_on
from simlingo_sim.state import LightState
from simlingo_sim.town.route_files import SituationSpec

GO, BRAKE = VehicleCommand(throttle=0.5), VehicleCommand.full_brake()


@pytest.fixture
def server():
    """A server on which nothing is staged but by its client."""
    made = FakeServer('test:0', is_empty=True)
    yield made
    made.close()


def drive(world, route, situation, agent=None, max_ticks=6000):
    frame = world.reset(route, situation, seed=0, with_image=False)
    driver = agent or DriverAgent(Expert(world))
    scorer = make_scorer(world, BENCH2DRIVE)
    return run_episode(world, frame, driver, scorer, max_ticks=max_ticks)


class Blind(DriverAgent):
    """Drives on whatever happens."""

    def __init__(self, world):
        super().__init__(Expert(world))
        self._world = world

    def step(self, frame):
        command = super().step(frame)
        is_slow = frame.ego.speed_mps < 9.0
        return VehicleCommand(steer=command.steer, throttle=0.7 if is_slow else 0.0)


def test_actors_of_a_situation_are_on_the_server_and_in_the_state(server):
    with open_world(server) as world:
        world.reset('test:0', 'parked_obstacle', with_image=False)
        (situation,) = world.situations
        (ident,) = situation.actor_ids
        state = {actor.id: actor for actor in world.state.actors}[ident]
        (there,) = server.spawned.values()

        assert situation.name == 'parked_obstacle'
        assert (state.role, there.attributes['role_name']) == ('scenario', 'scenario')
        assert there.type_id == state.type_id
        assert not there.has_physics
        place = there.scripted.pose_map
        np.testing.assert_allclose(place.position_m, state.pose_map.position_m, atol=1e-3)
        assert np.cos(place.yaw_rad - state.pose_map.yaw_rad) > 0.999
        # Once, although the server tells of it, too.
        ids = [actor.id for actor in world.state.actors]
        assert there.id not in ids
        assert ids == sorted(set(ids))
    assert_clean(server)


@pytest.mark.parametrize(
    'situation',
    [
        'parked_obstacle',
        'red_light',
        pytest.param('crossing_pedestrian', marks=pytest.mark.slow),
        pytest.param('lead_vehicle_brakes', marks=pytest.mark.slow),
    ],
)
def test_expert_solves_what_is_staged_on_a_server(server, situation):
    with open_world(server) as world:
        result = drive(world, 'test:0', situation)
        (staged,) = world.situations

    assert result.error == ''
    assert staged.has_happened
    assert result.score.end is EndReason.ARRIVED
    assert [i for i in result.score.infractions if i.kind is not InfractionKind.MIN_SPEED] == []
    assert_clean(server)


def test_who_ignores_what_is_staged_is_charged(server):
    with open_world(server) as world:
        world.reset('test:0', 'lead_vehicle_brakes', with_image=False)
        result = drive(world, 'test:0', 'lead_vehicle_brakes', Blind(world), max_ticks=700)

    kinds = {infraction.kind for infraction in result.score.infractions}
    assert InfractionKind.COLLISION_VEHICLE in kinds
    assert_clean(server)


def test_queue_before_an_obstacle_is_removed_well_ahead_of_the_car(server):
    with open_world(server, vehicles=1) as world:
        world.reset('test:0', 'parked_obstacle', with_image=False)
        (situation,) = world.situations
        (waiting,) = [a for a in server.spawned.values() if a.attributes['role_name'] == 'traffic']
        waiting.scripted.path = None
        waiting.scripted.pose_map = pose_on(world.route, situation.arc_m - 12.0)
        for _ in range(25):
            world.step(BRAKE, with_image=False)
        assert waiting.id not in server.spawned
    assert_clean(server)


def test_light_is_held_and_released(server):
    with open_world(server) as world:
        world.reset('test:0', 'red_light', with_image=False)
        (situation,) = world.situations
        for _ in range(30):
            world.step(BRAKE, with_image=False)
        held = [
            light
            for light in world.town.traffic_lights
            if world.state.lights[light.id] is LightState.RED
        ]
        assert held
        assert server.light_commands._held
        world.step(GO, with_image=False)
    assert situation.name == 'red_light'


def test_lamps_of_actors_are_lit(server):
    with open_world(server) as world:
        world.reset('test:0', 'parked_obstacle', with_image=False)
        (there,) = server.spawned.values()
        seen = set()
        for _ in range(20):
            world.step(BRAKE, with_image=False)
            seen.add(there.lamps)
    # Hazard lights: both indicators, on and off.
    assert seen == {0, 16 | 32}


def test_blueprint_that_the_server_lacks_is_replaced_by_another_of_its_kind(server):
    with open_world(server) as world:
        world.reset('test:0', 'parked_obstacle', with_image=False)
        (there,) = server.spawned.values()
        wanted = there.type_id
    server.lacks = (wanted,)
    with open_world(server) as world:
        world.reset('test:0', 'parked_obstacle', with_image=False)
        (there,) = server.spawned.values()
        assert there.type_id != wanted
        assert there.type_id.startswith('vehicle.')
    assert_clean(server)


def test_situations_can_be_switched_off(server, caplog):
    with open_world(server, stages_situations=False) as world:
        with pytest.raises(WorldError, match='situations are switched off'):
            world.reset('test:0', 'parked_obstacle', with_image=False)
        spec = replace(server.spec, situations=(SituationSpec(name='parked_obstacle'),))
        world.reset(spec, with_image=False)
        assert world.situations == ()
        assert server.spawned == {}
    assert 'the situation parked_obstacle is not staged' in caplog.text
    with open_world(server) as world, pytest.raises(WorldError, match='there is no situation'):
        world.reset('test:0', 'parked_obstacles', with_image=False)
    assert_clean(server)


def test_background_traffic_drives_and_is_taken_away(server):
    with open_world(server, vehicles=6, walkers=3) as world:
        world.reset('test:0', seed=4, with_image=False)
        assert server.manager.is_synchronous
        assert server.manager.seed == 4
        controllers = [a for a in server.spawned.values() if isinstance(a, WalkerController)]
        assert len(controllers) == 3
        assert all(controller.has_goal for controller in controllers)
        mine = {
            number: actor.scripted.pose_map.position_m
            for number, actor in server.spawned.items()
            if not isinstance(actor, WalkerController)
        }
        assert len(mine) == 9
        for _ in range(40):
            world.step(BRAKE, with_image=False)
        roles = {actor.id: actor.role for actor in world.state.actors}
        moved = 0
        for number, before in mine.items():
            assert roles[number] == 'traffic'
            now = server.spawned[number].scripted.pose_map.position_m
            moved += float(np.hypot(*(now - before))) > 1.0
        assert moved >= 5
    assert_clean(server)


def test_same_seed_spawns_the_same_traffic(server):
    def places(seed):
        with open_world(server, vehicles=5) as world:
            world.reset('test:0', seed=seed, with_image=False)
            return sorted(
                (actor.type_id, *np.round(actor.scripted.path.points_map_m[0], 1))
                for actor in server.spawned.values()
            )

    assert places(1) == places(1)
    assert places(1) != places(2)


def test_server_with_less_room_is_warned_of(server, caplog):
    with open_world(server, vehicles=900) as world, caplog.at_level(logging.WARNING):
        world.reset('test:0', with_image=False)
    assert 'of 900 vehicles' in caplog.text
    assert_clean(server)


def test_used_port_of_the_traffic_manager_is_an_error(server):
    world = open_world(server, vehicles=2, traffic_manager_port=8001)
    with pytest.raises(WorldError, match=r'begin an episode\): .*traffic manager'):
        world.reset('test:0', with_image=False)
    assert_clean(server)


def test_server_that_dies_with_all_this_is_left_and_used_again(server):
    world = open_world(server, vehicles=3, walkers=1)
    world.reset('test:0', 'parked_obstacle', with_image=False)
    server.faults = Faults(dies_at_tick=server.driven + 1)
    world.step(GO, with_image=False)
    with pytest.raises(WorldError, match='time-out'):
        world.step(GO, with_image=False)
    world.close()
    server.restart()
    world.reset('test:0', 'parked_obstacle', with_image=False)
    world.close()
    assert_clean(server)


def test_options_behind_the_address():
    found = config_of('10.0.0.5:2010?vehicles=40&walkers=20&timeout=3.5&situations=off')
    assert (found.host, found.port, found.timeout_s) == ('10.0.0.5', 2010, 3.5)
    assert (found.vehicles, found.walkers, found.stages_situations) == (40, 20, False)
    assert config_of('?vehicles=3') == CarlaConfig(vehicles=3)


@pytest.mark.parametrize(
    ('address', 'message'),
    [
        ('host?cars=3', "'cars=3'; expected <name>=<value>"),
        ('host?vehicles=many', "vehicles of the server is 'many'; expected a number"),
        ('host?vehicles=-1', 'expected a finite number from 0 to 1000'),
        ('host?situations=no', "'no'; expected on or off"),
        ('host?timeout=nan', 'timeout_s is nan'),
    ],
)
def test_options_that_cannot_be_read(address, message):
    with pytest.raises(ConfigError, match=message):
        config_of(address)
