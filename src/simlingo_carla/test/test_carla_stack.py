# SPDX-License-Identifier: Apache-2.0
"""The ROS graph's world on a CARLA server, through the test double: session and messages."""

import numpy as np
import pytest
from fake_carla import FakeServer, Faults, assert_clean

from simlingo_carla.world import CarlaWorld
from simlingo_core.errors import WorldError
from simlingo_core.types import VehicleCommand
from simlingo_sim import session as session_module
from simlingo_sim.config import SimConfig
from simlingo_sim.session import Session
from simlingo_sim.world_messages import WorldMessages


@pytest.fixture
def server(monkeypatch):
    made = FakeServer('test:0')
    world = CarlaWorld(make_client=made.make_client)
    monkeypatch.setattr(session_module, 'open_world', lambda name: {'carla://here': world}[name])
    yield made
    made.close()


def test_messages_of_a_server_are_those_of_the_embedded_world(server):
    config = SimConfig(world='carla://here', top_view_period_ticks=1)
    session = Session(config)
    messages = WorldMessages(config, session)
    latched = dict(messages.of_episode())
    session.authority.stack_command = VehicleCommand(throttle=0.5)
    session.advance()
    frame = dict(messages.of_frame())

    assert {'info', 'map', 'route', 'vehicle_info', 'light_info'} <= latched.keys()
    assert {'clock', 'image', 'camera_info', 'odometry', 'imu', 'gnss', 'speed'} <= frame.keys()
    assert (frame['image'].width, frame['image'].height) == (1024, 512)
    assert np.frombuffer(frame['image'].data, np.uint8).std() > 5.0
    assert (frame['top_image'].width, frame['top_image'].height) == (512, 512)
    place = frame['odometry'].pose.pose.position
    truth = server.sim_frame.ego.pose_map.translation_m
    assert (place.x, place.y) == pytest.approx(tuple(truth[:2]), abs=1e-3)
    assert frame['actors'].actors[0].rolename == 'ego_vehicle'
    assert dict(messages.of_frame())['image'].data == frame['image'].data
    session.close()
    assert_clean(server)


def test_server_that_dies_ends_the_session_with_its_reason(server):
    session = Session(SimConfig(world='carla://here', has_camera=False))
    server.faults = Faults(dies_at_tick=server.driven + 2)
    session.advance()
    session.advance()
    with pytest.raises(WorldError, match=r'localhost:2000 failed \(tick 3\).*time-out'):
        session.advance()
    session.close()
    server.restart()
    again = Session(SimConfig(world='carla://here', has_camera=False))
    again.advance()
    again.close()
    assert_clean(server)
