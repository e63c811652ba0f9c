# SPDX-License-Identifier: Apache-2.0
"""The graph that the leaderboard's ROS2Agent starts drives a whole route by satellite fix.

The evaluator and its bridge are not here: the embedded world takes their place.
"""

import json
import sys
from pathlib import Path

import pytest

import simlingo_carla

sys.path.insert(0, str(Path(simlingo_carla.__file__).parents[1] / 'test'))

from leaderboard_stand_in import ROS2_AGENT_FILE, load_agent_class

pytestmark = [pytest.mark.ros, pytest.mark.slow, pytest.mark.timeout(1800)]
WORLD = {
    'world': 'sim',
    'route': 'test:0',
    'situation': 'free_driving',
    'vehicles': 0,
    'pedestrians': 0,
    'ends_when_done': 'true',
}


def test_whole_route_is_driven_by_satellite_fix(up, monkeypatch, tmp_path):
    monkeypatch.setenv('SIMLINGO_POLICY', 'route')
    agent = load_agent_class(monkeypatch, ROS2_AGENT_FILE)('localhost', 2000)
    arguments = {**agent.get_ros_entrypoint()['parameters'], **WORLD}
    assert arguments['localisation'] == 'true'
    path = tmp_path / 'result.json'
    arguments['result_path'] = path

    run = up(*(f'{name}:={value}' for name, value in arguments.items()), options=())

    assert run.wait(limit_s=1500.0) == 0, run.text
    result = json.loads(path.read_text())
    assert result['arrived'], run.text
    assert result['command_timeouts'] == 0
    # A jump of the estimate would stop the car.
    assert 'pose_jumped' not in run.text, run.text
    kinds = {entry['kind'] for entry in result['infractions']}
    # This policy knows of no stop sign, and cuts corners.
    assert kinds <= {'stop_infraction', 'outside_route_lanes'}
