# SPDX-License-Identifier: Apache-2.0
"""Messages of the CARLA bridge from a session, without a node."""

import json

import pytest

from simlingo_core.types import VehicleCommand
from simlingo_sim.config import SimConfig
from simlingo_sim.score.infractions import Infraction, InfractionKind
from simlingo_sim.session import Session, write_summary
from simlingo_sim.world_messages import PUBLISHED, WorldMessages

pytestmark = pytest.mark.ros

CONFIG = SimConfig(route='train:2', vehicles=0, pedestrians=0, lockstep=True)


@pytest.fixture(scope='module')
def session():
    session = Session(CONFIG)
    yield session
    session.close()


@pytest.fixture
def messages(session):
    return WorldMessages(CONFIG, session)


def test_facts_of_the_episode_are_complete(messages, session):
    facts = dict(messages.of_episode())
    latched = {key for key, interface in PUBLISHED.items() if interface.qos.is_latched}
    assert set(facts) == latched - {'lights'} | {'vehicle_info'}
    assert facts['info'].map_name == f'Carla/Maps/{session.world.town.name}'
    assert facts['map'].data == session.world.town.map.opendrive
    assert len(facts['route'].poses) == len(session.world.route)


def test_a_frame_comes_in_the_order_of_the_bridge(session):
    messages = WorldMessages(SimConfig(lockstep=True, top_view_period_ticks=1), session)
    keys = [key for key, _ in messages.of_frame()]
    assert keys == [
        'status', 'clock', 'tf', 'tf', 'image', 'camera_info', 'imu', 'gnss', 'speed', 'vehicle',
        'actors', 'lights', 'odometry', 'top_image',
    ]  # fmt: skip


def test_lockstep_has_images_on_planning_ticks_only_and_lights_when_they_change(messages, session):
    keys = []
    for _ in range(8):
        keys.append([key for key, _ in messages.of_frame()])
        session.advance()
    ticks = [session.frame.tick - 8 + k for k in range(8)]
    assert ['image' in frame for frame in keys] == [tick % 4 == 0 for tick in ticks]
    assert sum('lights' in frame for frame in keys) < 3


def test_a_collision_is_an_event_with_the_impulse_against_the_motion(messages, session):
    session.authority.stack_command = VehicleCommand(throttle=1.0)
    for _ in range(10):
        session.advance()
    place = (0.0, 0.0)
    session.events = [
        Infraction(kind=kind, t_s=0.0, position_map_m=place, message='', other_id=9)
        for kind in (InfractionKind.COLLISION_VEHICLE, InfractionKind.RED_LIGHT)
    ]
    (collision,) = [message for key, message in messages.of_frame() if key == 'collision']
    assert collision.other_actor_id == 9
    ahead = session.world.state.ego.pose_map.rotation[:, 0]
    impulse = collision.normal_impulse
    assert impulse.x * ahead[0] + impulse.y * ahead[1] < -1890.0


def test_summary_is_written_as_json(session, tmp_path):
    path = tmp_path / 'new' / 'result.json'
    write_summary(session.summary(), path)
    assert json.loads(path.read_text())['route'] == 'train:2'
