# SPDX-License-Identifier: Apache-2.0
"""The files for rviz and Foxglove name topics, types, qualities and fields that exist."""

import json
import subprocess
import sys

import pytest
import yaml

from simlingo_bringup.resolution import resolve
from simlingo_bringup.rviz.viewer import MISSING, main
from simlingo_bringup.share import find_share
from simlingo_bringup.stack_graph import STACK
from simlingo_ros import interfaces
from simlingo_ros.endpoints import load_type

pytestmark = pytest.mark.ros
TYPES = {
    'rviz_default_plugins/MarkerArray': ('visualization_msgs/msg/MarkerArray',),
    'rviz_default_plugins/Path': ('nav_msgs/msg/Path',),
    'rviz_default_plugins/Odometry': ('nav_msgs/msg/Odometry',),
    'rviz_default_plugins/Image': ('sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage'),
}
WITHOUT_TOPIC = {'rviz_default_plugins/Grid', 'rviz_default_plugins/TF'}


def by_full_name():
    names = {}
    for entry in interfaces.ALL:
        name = entry.resolve()
        names[name if name.startswith('/') else f'/simlingo/{name}'] = entry
    return names


def test_rviz_shows_topics_that_exist_with_their_types_and_qualities():
    manager = yaml.safe_load(find_share('config', 'simlingo.rviz').read_text())[
        'Visualization Manager'
    ]
    assert manager['Global Options']['Fixed Frame'] == 'map'
    shown = set()
    for display in manager['Displays']:
        kind = display['Class']
        if 'Topic' not in display:
            assert kind in WITHOUT_TOPIC
            continue
        topic = display['Topic']
        entry = by_full_name()[topic['Value']]
        shown.add(entry.name)
        assert entry.type in TYPES[kind], display['Name']
        is_latched = topic['Durability Policy'] == 'Transient Local'
        is_reliable = topic['Reliability Policy'] == 'Reliable'
        assert not is_latched or entry.qos.is_latched, display['Name']
        assert not is_reliable or entry.qos.is_reliable, display['Name']
        assert topic['Depth'] >= 1
    assert {interfaces.MARKERS.name, interfaces.PLAN_PATH.name, interfaces.OVERLAY.name} <= shown


def test_without_rviz_the_other_ways_are_named(monkeypatch, capsys):
    monkeypatch.setenv('PATH', '/nowhere')
    assert main([]) == 1
    assert MISSING in capsys.readouterr().err


def test_rviz_gets_the_configuration_and_the_ros_arguments(tmp_path):
    program = tmp_path / 'rviz2'
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    words = [sys.executable, '-m', 'simlingo_bringup.rviz', '--ros-args', '-r', '__node:=rviz']
    done = subprocess.run(
        words, env={'PATH': f'{tmp_path}:/bin:/usr/bin'}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith('-d ')
    assert done.stdout.rstrip().endswith('simlingo.rviz --ros-args -r __node:=rviz')


def test_viewers_are_started_when_they_are_asked_for():
    def names(**given):
        return {node.name for node in resolve(STACK, given)}

    assert not {'page', 'foxglove', 'rviz'} & names()
    assert {'page', 'foxglove', 'rviz'} <= names(page='true', foxglove='true', rviz='true')
    assert 'display' not in names(display='false')


def test_what_nobody_watches_is_not_woken_by_the_clock():
    nodes = {node.name: node for node in resolve(STACK, {'page': 'true'})}
    assert not nodes['page'].parameters['use_sim_time']
    assert not nodes['display'].parameters['use_sim_time']
    assert nodes['control'].parameters['use_sim_time']


def test_with_a_page_the_world_stays_at_the_end_of_an_episode():
    def ends(**given):
        world = next(node for node in resolve(STACK, given) if node.name == 'world')
        return world.parameters['ends_when_done']

    assert ends() is True
    assert ends(page='true') is False
    assert ends(page='true', ends_when_done='true') is True
    assert ends(ends_when_done='false') is False


def test_the_foxglove_layout_names_topics_and_fields_that_exist():
    text = find_share('config', 'foxglove_layout.json').read_text()
    known = by_full_name()
    paths = [path for path in _texts(json.loads(text)) if path.startswith('/')]
    assert any(path.startswith('/simlingo/overlay') for path in paths)
    for path in paths:
        topic, _, field = path.partition('.')
        message = load_type(known[topic].type)()
        for part in filter(None, field.split('.')):
            message = getattr(message, part)


def test_the_foxglove_layout_is_current():
    pytest.importorskip('foxglove')
    from simlingo_view.foxglove_server.layout import make_layout

    text = find_share('config', 'foxglove_layout.json').read_text()
    assert text == make_layout(), (
        'run: python -m simlingo_view.foxglove_server.layout > launch/config/foxglove_layout.json'
    )


def _texts(tree):
    """Yield every text of a tree, keys too."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield key
            yield from _texts(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _texts(value)
    elif isinstance(tree, str):
        yield tree
