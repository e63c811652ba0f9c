# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from simlingo_core.errors import ContractError
from simlingo_ros.interfaces import (
    ALL,
    CONTROL_COMMAND,
    IMAGE,
    LIGHT_STATUS,
    MANUAL_OVERRIDE,
    SECTIONS,
    VEHICLE_INFO,
    WORLD,
    Kind,
)
from simlingo_ros.topics_page import render_page

PAGE = Path(__file__).parents[3] / 'docs' / 'reference' / 'topics.md'


def test_the_reference_page_is_current():
    assert PAGE.read_text(encoding='utf-8') == render_page(), (
        'run: python -m simlingo_ros.topics_page > docs/reference/topics.md'
    )


def test_names_are_unique_and_own_names_are_relative():
    names = [entry.name for entry in ALL]
    assert len(set(names)) == len(names)
    assert not any(entry.name.startswith('/') for entry in SECTIONS['The stack'])
    assert all(entry.name.startswith('/') for entry in SECTIONS['The world'])


def test_role_and_camera_are_filled_in():
    assert IMAGE.resolve('hero', 'front') == '/carla/hero/front/image'
    assert CONTROL_COMMAND.resolve() == '/carla/ego_vehicle/vehicle_control_cmd'
    with pytest.raises(ContractError, match="role is 'my car'"):
        IMAGE.resolve('my car')


def test_every_listener_gets_what_it_asks_for():
    for entry in ALL:
        wanted = entry.subscription_qos
        assert entry.qos.is_reliable or not wanted.is_reliable, entry.name
        assert entry.qos.is_latched or not wanted.is_latched, entry.name


def test_the_world_offers_what_the_carla_bridge_offers():
    for entry in ALL:
        if entry.sender != WORLD or entry.kind is not Kind.TOPIC or entry.name == '/tf':
            continue
        latched = entry.qos.is_latched
        assert entry.qos.is_reliable
        assert entry.qos.depth == 10 or (latched and entry.qos.depth == 1), entry.name
    for latched_entry in (LIGHT_STATUS, VEHICLE_INFO, MANUAL_OVERRIDE):
        assert latched_entry.qos.is_latched
