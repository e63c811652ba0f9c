# SPDX-License-Identifier: Apache-2.0
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from simlingo_ros.dds import (
    PROFILE_VARIABLES,
    dds_environment,
    index_prefixes,
    local_environment,
)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    for name in (*PROFILE_VARIABLES, 'ROS_DISTRO', 'AMENT_PREFIX_PATH'):
        monkeypatch.delenv(name, raising=False)


def test_the_profile_has_room_for_several_frames():
    path = Path(dds_environment()['FASTDDS_DEFAULT_PROFILES_FILE'])
    texts = {
        element.tag.split('}')[-1]: element.text for element in ElementTree.parse(path).iter()
    }
    frame_bytes = 1024 * 512 * 4
    assert int(texts['segment_size']) >= 7 * frame_bytes
    assert int(texts['maxMessageSize']) > frame_bytes


def test_old_releases_get_the_old_name(monkeypatch):
    monkeypatch.setenv('ROS_DISTRO', 'jazzy')
    assert list(dds_environment()) == ['FASTRTPS_DEFAULT_PROFILES_FILE']


@pytest.mark.parametrize('name', PROFILE_VARIABLES)
def test_a_profile_the_user_chose_is_kept(monkeypatch, name):
    monkeypatch.setenv(name, '/etc/mine.xml')
    assert dds_environment() == {}


def test_the_package_index_needs_no_sourcing(monkeypatch):
    assert index_prefixes() == [Path(sys.prefix)]
    monkeypatch.setenv('AMENT_PREFIX_PATH', f'/opt/ros/kilted:{sys.prefix}')
    assert index_prefixes() == [Path('/opt/ros/kilted'), Path(sys.prefix)]


def test_a_local_process_stays_local(monkeypatch):
    assert local_environment(7) == {
        'ROS_DOMAIN_ID': '7',
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
    }
    monkeypatch.setenv('ROS_DISTRO', 'humble')
    assert local_environment(7)['ROS_LOCALHOST_ONLY'] == '1'
