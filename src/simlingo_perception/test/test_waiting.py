# SPDX-License-Identifier: Apache-2.0
"""A stack in front of nothing says which topics nobody publishes."""

import os
import subprocess
import sys
import threading

import pytest

from simlingo_perception.config import PerceptionNodeConfig
from simlingo_perception.problems import Problem
from simlingo_perception.waiting import describe_links, nobody_sends, world_links
from simlingo_ros.monitors import Level

LINKS = world_links(PerceptionNodeConfig())
BASE = '/carla/ego_vehicle'
IMU, IMAGE, ODOMETRY = f'{BASE}/imu', f'{BASE}/rgb_front/image', f'{BASE}/odometry'
TOPICS = {Problem.IMAGE_MISSING: '/image', Problem.EGO_MISSING: '/odometry'}


def test_only_missing_inputs_without_a_publisher_are_named():
    counts = {'/image': 0, '/odometry': 1}
    missing = ['image_missing', 'ego_missing']
    assert nobody_sends(missing, TOPICS, counts.get) == (
        '; nobody publishes /image (see docs/how-to/carla.md)'
    )
    assert nobody_sends(['ego_missing'], TOPICS, counts.get) == ''
    assert nobody_sends([], TOPICS, counts.get) == ''


@pytest.mark.parametrize(
    ('published', 'missing', 'remedy'),
    [
        ([], 'bridge, car, camera, odometry, route', 'bridge:=start'),
        (['/clock'], 'car, camera, odometry, route', 'carla_spawn_objects'),
        (['/clock', IMU], 'camera, odometry, route', 'carla_objects.json'),
        (['/clock', IMU, IMAGE], 'odometry, route', 'localisation:=true'),
        (['/clock', IMU, IMAGE, ODOMETRY], 'route', 'carla_waypoint_publisher'),
    ],
)
def test_the_first_missing_link_to_carla_is_explained(published, missing, remedy):
    """Case R10: which of bridge, car, camera, odometry and route is missing."""
    offers = {topic: ['/carla_ros_bridge offers reliable, volatile'] for topic in published}
    status = describe_links(LINKS, lambda topic: offers.get(topic, []))
    assert status.level is Level.WARN
    assert status.message.startswith(f'missing: {missing}; {missing.split(",")[0]}: ')
    assert remedy in status.message
    assert list(status.values) == ['bridge', 'car', 'camera', 'odometry', 'route']
    assert status.values['route'] == f'nobody publishes {BASE}/global_plan'


def test_a_complete_chain_shows_every_publisher_with_its_quality_of_service():
    status = describe_links(LINKS, lambda topic: [f'{topic}_node offers best effort, volatile'])
    assert status.level is Level.OK
    assert status.values['camera'] == (
        f'{IMAGE} has 1 publisher: {IMAGE}_node offers best effort, volatile'
    )


@pytest.mark.ros
def test_node_in_front_of_nothing_names_the_topics():
    words = [sys.executable, '-m', 'simlingo_perception', '--ros-args', '-p', 'role_name:=hero']
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ
    )
    watchdog = threading.Timer(60.0, process.kill)
    watchdog.start()
    seen = []
    try:
        for line in process.stdout:
            seen.append(line)
            if 'nobody publishes' in line:
                break
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
        process.stdout.close()
    text = ''.join(seen)
    for topic in ('rgb_front/image', 'odometry', 'global_plan'):
        assert f'/carla/hero/{topic}' in text, text
    assert 'missing: bridge, car, camera, odometry, route; bridge: start a world' in text
