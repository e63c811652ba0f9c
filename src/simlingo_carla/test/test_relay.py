# SPDX-License-Identifier: Apache-2.0
"""The relay beside CARLA's native output, through the test double of a server."""

import numpy as np
import pytest
from fake_carla import FakeServer, Faults, assert_clean

from simlingo_carla.relay.config import RelayConfig
from simlingo_carla.relay.control_check import LIMIT_TICKS, ControlCheck
from simlingo_carla.relay.core import RelayCore, from_control, to_control
from simlingo_core.errors import WorldError
from simlingo_core.types import VehicleCommand

CONFIG = RelayConfig(route='test:0')
DRIVE = VehicleCommand(throttle=0.7)


@pytest.fixture(scope='module')
def shared_server():
    made = FakeServer('test:0')
    yield made
    made.close()


@pytest.fixture
def server(shared_server):
    shared_server.restart()
    return shared_server


@pytest.fixture
def core(server):
    core = RelayCore(CONFIG, server.make_client)
    core.open()
    yield core
    core.close()


def drive(core, ticks, command=DRIVE):
    moments = []
    for _ in range(ticks):
        core.take_command(command)
        moments.append(core.advance())
    return moments


def test_names_of_the_native_topics_goals_and_a_server_left_as_it_was(server, core):
    assert server.hero.attributes['role_name'] == server.hero.attributes['ros_name'] == 'hero'
    sensors = server.sensors.values()
    assert {s.attributes['ros_name'] for s in sensors} == {'rgb_front', 'imu', 'gnss'}
    assert all(sensor.is_enabled_for_ros() for sensor in sensors)
    assert server.settings.synchronous_mode
    assert server.settings.fixed_delta_seconds == pytest.approx(0.05)
    check_goals(core)
    core.close()
    assert_clean(server)


def check_goals(core):
    """A goal makes a route with commands; one off the road keeps the route."""
    goal = core.route.points_map_m[len(core.route) // 2]
    route = core.drive_to(goal)
    assert np.hypot(*(route.points_map_m[-1] - goal)) < 3.0
    with pytest.raises(WorldError, match='road'):
        core.drive_to(np.array([1e5, 0.0]))
    assert core.route is route


def test_server_that_ignores_commands_is_driven_through_its_client(core):
    """CARLA issue 9408: nothing that is sent over ROS comes into force."""
    moments = drive(core, LIMIT_TICKS + 5)
    assert core.applies_commands
    assert moments[LIMIT_TICKS - 1].ego.speed_mps == 0.0
    assert np.diff([moment.ego.t_s for moment in moments]) == pytest.approx(0.05)
    moment = drive(core, 30)[-1]
    assert moment.command.throttle == pytest.approx(0.7)
    assert moment.ego.speed_mps > 1.5
    # When the commands stop, the car brakes.
    for _ in range(40):
        moment = core.advance()
    assert (moment.command.brake, moment.ego.speed_mps) == (1.0, 0.0)


def test_server_that_obeys_is_left_alone():
    check = ControlCheck()
    for tick in range(100):
        check.note_command(VehicleCommand(throttle=0.5, steer=0.01 * (tick % 50)))
        check.compare(VehicleCommand(throttle=0.5, steer=0.01 * (max(tick - 2, 0) % 50)))
    assert not check.is_ignored
    for _ in range(LIMIT_TICKS):
        check.compare(VehicleCommand(brake=1.0))
    assert check.is_ignored


@pytest.mark.parametrize(('control', 'applies'), [('always', True), ('never', False)])
def test_who_applies_commands_can_be_chosen(control, applies):
    assert RelayCore(RelayConfig(control=control)).applies_commands == applies


def test_server_that_dies_is_reported_and_connected_anew(server):
    server.faults = Faults(dies_at_tick=3)
    core = RelayCore(CONFIG, server.make_client)
    core.open()
    with pytest.raises(WorldError, match='is the server running'):
        drive(core, 10)
    core.close()
    server.restart()
    core.open()
    assert core.advance().ego.speed_mps == 0.0
    core.close()
    assert_clean(server)


@pytest.mark.parametrize(
    ('faults', 'changes', 'words'),
    [
        ({}, {'port': 2001}, 'localhost:2001'),
        ({'is_place_taken': True}, {}, 'the place is taken'),
        ({'server_version': '0.10.0'}, {}, r'carla==0\.10\.0'),
        ({}, {'town': 'Town99'}, 'no town Town99'),
        ({}, {'spawns': False}, "no vehicle of the role name 'hero'"),
    ],
)
def test_what_cannot_begin_leaves_nothing_behind(server, faults, changes, words):
    server.faults = Faults(**faults)
    core = RelayCore(RelayConfig(**({'route': 'test:0'} | changes)), server.make_client)
    with pytest.raises(WorldError, match=words):
        core.open()
    assert not core.is_open
    assert_clean(server)


def test_controls_go_there_and_back():
    command = VehicleCommand(steer=0.25, throttle=0.5, reverse=True)
    assert to_control(command).steer == pytest.approx(-0.25)
    assert from_control(to_control(command)) == command
