# SPDX-License-Identifier: Apache-2.0
"""A CARLA server as a world, through a test double of the server; faults leave nothing behind."""

import os
import signal
import socket
import weakref

import numpy as np
import pytest
from fake_carla import Faults, assert_clean, open_world

from simlingo_carla.carla_client import check_versions
from simlingo_carla.sensor_inbox import SensorInbox
from simlingo_carla.world import CarlaWorld, _close_if_alive
from simlingo_carla.world_config import CarlaConfig
from simlingo_core.errors import ContractError, WorldError
from simlingo_core.intents import Direction, Turn
from simlingo_core.schedule import Schedule
from simlingo_core.types import VehicleCommand
from simlingo_evaluation.agents import DriverAgent, PolicyAgent
from simlingo_evaluation.episode import run_episode
from simlingo_sim.episode_runner import make_scorer
from simlingo_sim.expert import Expert
from simlingo_sim.score.infractions import EndReason, InfractionKind
from simlingo_sim.score.protocol import BENCH2DRIVE
from simlingo_sim.state import LightState

GO = VehicleCommand(throttle=0.5)


def drive(world, frame, agent):
    return run_episode(world, frame, agent, make_scorer(world, BENCH2DRIVE))


def test_frames_and_states_are_those_of_the_simulation_behind(server):
    with open_world(server) as world:
        frame = world.reset('test:0', with_image=False)
        assert (frame.tick, frame.t_s, frame.image_bgra) == (0, 0.0, None)
        assert server.settings.fixed_delta_seconds == 0.05
        for _ in range(20):
            frame = world.step(VehicleCommand(throttle=0.6, steer=0.1), with_image=False)
        behind = server.sim_frame
        for name in ('speed_mps', 'yaw_rate_radps'):
            found = getattr(frame.ego, name)
            assert found == pytest.approx(getattr(behind.ego, name), abs=1e-4)
        pose, truth = frame.ego.pose_map, behind.ego.pose_map
        np.testing.assert_allclose(pose.translation_m, truth.translation_m, atol=1e-3)
        assert pose.planar.yaw_rad == pytest.approx(truth.planar.yaw_rad, abs=1e-4)
        assert frame.ego.speed_mps > 0.5
        assert frame.ego.yaw_rate_radps > 0.0  # steered to the left
        np.testing.assert_allclose(
            frame.imu.acceleration_base_mps2, behind.imu.acceleration_base_mps2, atol=1e-4
        )
        assert frame.imu.orientation_yaw_rad == pytest.approx(
            behind.imu.orientation_yaw_rad, abs=1e-4
        )
        assert frame.gnss.latitude_deg == pytest.approx(behind.gnss.latitude_deg)
        state, truth = world.state, server.sim.state
        assert [a.id for a in state.actors] == [a.id for a in truth.actors]
        for ours, theirs in zip(state.actors, truth.actors, strict=True):
            assert (ours.kind.is_vehicle, ours.role) == (theirs.kind.is_vehicle, theirs.role)
            np.testing.assert_allclose(
                ours.pose_map.position_m, theirs.pose_map.position_m, atol=1e-3
            )
            if theirs.kind.is_vehicle:
                lamps = [(a.is_braking, a.blinks_left, a.blinks_right) for a in (ours, theirs)]
                assert lamps[0] == lamps[1]
            assert ours.color_rgb == theirs.color_rgb
        assert state.ego.id == 1
        assert state.ego.role == 'hero'
        assert set(state.lights) == {light.id for light in world.town.traffic_lights}
        colours = {light // 100: int(colour) for light, colour in state.lights.items()}
        assert colours == {light: int(colour) for light, colour in truth.lights.items()}
    assert_clean(server)


def test_stop_lines_lie_across_the_lanes(server):
    with open_world(server) as world:
        world.reset('test:0', with_image=False)
        theirs = {light.id: light for light in server.sim.town.traffic_lights}
        assert world.town.traffic_lights
        for light in world.town.traffic_lights:
            middle = light.stop_line_map_m.mean(axis=0)
            left, right = theirs[light.id // 100].stop_line_map_m
            along = (right - left) / np.hypot(*(right - left))
            aside = middle - left
            gap = abs(float(along[0] * aside[1] - along[1] * aside[0]))
            assert gap < 1.5
            assert 2.0 < np.hypot(*np.diff(light.stop_line_map_m, axis=0)[0]) < 5.0
        assert all(isinstance(state, LightState) for state in world.state.lights.values())


def test_server_that_dies_is_an_error_and_a_new_one_is_used(server):
    server.faults = Faults(dies_at_tick=30)
    world = open_world(server)
    frame = world.reset('test:0', with_image=False)
    result = drive(world, frame, DriverAgent(Expert(world)))
    assert result.score.end is EndReason.SIMULATION_CRASHED
    assert 'time-out' in result.error
    assert 'localhost:2000' in result.error
    world.close()
    server.restart()
    frame = world.reset('test:0', with_image=False)
    assert world.step(GO, with_image=False).tick == 1
    world.close()
    assert_clean(server)


@pytest.mark.parametrize(
    ('faults', 'message'),
    [
        (
            {'silent': frozenset({'sensor.other.imu'})},
            'imu gave no .*it has given nothing',
        ),
        (
            {'late': frozenset({'sensor.other.gnss'})},
            r'gnss gave no .*frame \d+ .*its newest is',
        ),
        ({'is_place_taken': True}, 'the place is taken'),
        ({'server_version': '0.10.0'}, r'server is 0.10.0 and the client 0.9.16; .*carla==0.10.0'),
        ({'server_version': '0.9.5'}, 'expected 0.9.13 or later'),
    ],
)
def test_fault_at_the_start_is_named_and_leaves_nothing(server, faults, message):
    server.faults = Faults(**faults)
    world = open_world(server, sensor_timeout_s=0.2)
    with pytest.raises(WorldError, match=message):
        world.reset('test:0', with_image=False)
    assert_clean(server)
    server.faults = Faults()
    world.reset('test:0', with_image=False)
    world.close()
    assert_clean(server)


def test_sensor_that_leaves_out_a_frame(server):
    server.faults = Faults(leaves_out=frozenset({'sensor.other.imu'}))
    with open_world(server, warm_up_ticks=0, sensor_timeout_s=0.2) as world:
        world.reset('test:0', with_image=False)
        while server.frame < 1009:
            world.step(GO, with_image=False)
        with pytest.raises(WorldError, match='imu gave no reading of frame 1010'):
            world.step(GO, with_image=False)
    assert_clean(server)


def test_left_out_frame_is_noticed_at_the_next_one():
    inbox = SensorInbox('imu')
    for frame in (4, 6):
        inbox.put(type('Reading', (), {'frame': frame}))
    with pytest.raises(WorldError, match='left out frame 5'):
        inbox.wait(5, 0.1)


def test_wrong_port_and_unknown_town(server):
    with pytest.raises(WorldError, match='localhost:2001 failed'):
        open_world(server, port=2001).reset('test:0')
    server.town, server.faults = 'Town10HD', Faults(towns=('Town01', 'Town10HD'))
    with pytest.raises(WorldError, match='no town Town93; expected some of Town01, Town10HD'):
        open_world(server).reset('test:0')
    with pytest.raises(WorldError, match='no town Town07, Town93;'):
        open_world(server).check_towns(['Town10HD', 'Town93', 'Carla/Maps/Town07'])
    with pytest.raises(WorldError, match='reset the world first'):
        open_world(server).step(GO)


def test_another_town_is_loaded(server):
    server.town = 'Town10HD'
    with open_world(server) as world:
        world.reset('test:0', with_image=False)
        assert server.town == 'Town93'
        with pytest.raises(ContractError):
            world.step('go')


def test_interrupt_and_end_of_the_process_leave_nothing(server):
    class Interrupted(DriverAgent):
        def step(self, frame):
            raise KeyboardInterrupt

    world = open_world(server)
    with world:
        frame = world.reset('test:0', with_image=False)
        with pytest.raises(KeyboardInterrupt):
            drive(world, frame, Interrupted(Expert(world)))
        assert server.hero is not None
    assert_clean(server)
    world.reset('test:0', with_image=False)
    _close_if_alive(weakref.ref(world))  # what the end of the process calls
    assert_clean(server)


def test_process_that_is_terminated_leaves_nothing(server):
    class Terminated(DriverAgent):
        def step(self, frame):
            os.kill(os.getpid(), signal.SIGTERM)
            return GO

    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        with open_world(server) as world:
            frame = world.reset('test:0', with_image=False)
            with pytest.raises(SystemExit) as caught:
                drive(world, frame, Terminated(Expert(world)))
        assert caught.value.code == 143
        assert_clean(server)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_collision_sensor_counts_scenery(server):
    with open_world(server) as world:
        world.reset('test:0', with_image=False)
        scorer = make_scorer(world, BENCH2DRIVE)
        for _ in range(60):
            world.step(VehicleCommand(throttle=1.0), with_image=False)
        (sensor,) = [s for s in server.sensors.values() if s.type_id == 'sensor.other.collision']
        wall = type('Actor', (), {'type_id': 'static.building', 'id': 0})
        sensor.callback(type('Event', (), {'frame': 1, 'other_actor': wall}))
        world.step(GO, with_image=False)
        kinds = {infraction.kind for infraction in scorer.update(world.state)}
        assert InfractionKind.COLLISION_STATIC in kinds
        world.step(GO, with_image=False)
        assert not world.state.touches_scenery


def test_policy_drives_with_images(server):
    with open_world(server) as world:
        frame = world.reset('test:0', with_image=True)
        agent = PolicyAgent(Expert(world), Schedule(), uses_images=True)
        agent.reset(world.route)
        agent._policy.reset()
        for _ in range(12):
            command = agent.step(frame)
            frame = world.step(command, with_image=agent.needs_image(frame.tick + 1))
        assert agent.errors == []
        assert frame.ego.speed_mps > 0.1


@pytest.mark.parametrize(
    ('host', 'message'),
    [('127.0.0.1', 'nobody has answered for 0.3 s'), ('no.such.host.invalid', 'there is no host')],
)
def test_nobody_there(host, message):
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))  # and does not listen
        port = taken.getsockname()[1]
        world = CarlaWorld(CarlaConfig(host=host, port=port, timeout_s=0.3))
        with pytest.raises(WorldError, match=rf'{host}:{port} failed \(connect\): {message}'):
            world.check_towns(['Town01'])


def test_versions():
    check_versions('0.9.15', '0.9.16')
    check_versions('0.9.16-12-gabc', '0.9.16')
    check_versions('unknown', '0.9.16')


def test_turn_by_words_plans_the_route_anew(server):
    with open_world(server) as world:
        world.reset('test:0', with_image=False)
        before = world.route
        assert world.turn(Turn(Direction.LEFT))
        assert world.route is not before
