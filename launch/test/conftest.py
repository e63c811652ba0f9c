# SPDX-License-Identifier: Apache-2.0
"""A prefix in which programs of CARLA's ROS bridge lie."""

import sys

import pytest

PROGRAMS = (
    ('carla_ros_bridge', 'bridge'),
    ('carla_spawn_objects', 'carla_spawn_objects'),
    ('carla_spawn_objects', 'set_initial_pose'),
    ('carla_waypoint_publisher', 'carla_waypoint_publisher'),
)
# Writes its words where the test looks, and stays until it is asked to go.
TEXT = """#!{python}
import json, pathlib, signal, sys
path = pathlib.Path(__file__ + '.json')
path.with_suffix('.part').write_text(json.dumps(sys.argv[1:]))
path.with_suffix('.part').replace(path)
signal.sigwait([signal.SIGINT, signal.SIGTERM])
"""


@pytest.fixture
def bridge(tmp_path, monkeypatch):
    """Install stand-ins of the bridge's programs; return their folder."""
    for package, name in PROGRAMS:
        path = tmp_path / 'lib' / package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEXT.format(python=sys.executable))
        path.chmod(0o755)
    monkeypatch.setenv('AMENT_PREFIX_PATH', str(tmp_path), prepend=':')
    return tmp_path / 'lib'
