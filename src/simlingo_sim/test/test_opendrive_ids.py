# SPDX-License-Identifier: Apache-2.0
"""OpenDRIVE files whose road and junction ids are text."""

import re

import numpy as np
import pytest

from simlingo_core.errors import WorldError
from simlingo_sim.town.carla_map import CarlaMap
from simlingo_sim.town.loading import TOWN_FOLDER, load_town
from simlingo_sim.town.route_planner import RoutePlanner

TOWN = load_town('Town91')
START, END = (-68.25, -130.0), (-5.0, -61.75)


def renamed(text, *, only=None):
    """Give roads ids such as r-120a and junctions ids such as j-3, with all references."""

    def road(match):
        number = match[2]
        return match[1] + (number if only and number not in only else f'r-{number}a') + match[3]

    text = re.sub(r'(<road [^>]*?\bid=")(\d+)(")', road, text)
    text = re.sub(r'(elementType="road" elementId=")(\d+)(")', road, text)
    text = re.sub(r'((?:incoming|connecting)Road=")(\d+)(")', road, text)
    if only:
        return text
    text = re.sub(r'(elementType="junction" elementId=")(\d+)(")', r'\1j-\2\3', text)
    text = re.sub(r'(<junction [^>]*?\bid=")(\d+)(")', r'\1j-\2\3', text)
    return re.sub(r'(\bjunction=")(\d+)(")', r'\1j-\2\3', text)


def lanes(carla_map):
    """Return start, width and limit of every lane, whatever its road is called."""
    rows = [
        (*start.pose_map.position_m, start.width_m, carla_map.limit_mps(start))
        for start, _ in carla_map.topology()
    ]
    return np.array(sorted(rows))


@pytest.mark.parametrize('only', [None, ('120', '121')], ids=['all', 'two of them'])
def test_a_town_with_text_ids_is_the_same_town(only):
    text = renamed(TOWN.map.opendrive, only=only)
    assert 'id="r-120a"' in text
    carla_map = CarlaMap('Named', text)
    np.testing.assert_allclose(lanes(carla_map), lanes(TOWN.map))
    planned = RoutePlanner(carla_map).plan([START, END])
    expected = RoutePlanner(TOWN.map).plan([START, END])
    np.testing.assert_array_equal(planned.route.points_map_m, expected.route.points_map_m)
    assert planned.route.options == expected.route.options
    assert carla_map.opendrive == text


def test_roads_stay_apart_where_no_speed_is_stated():
    text = re.sub(r'<speed [^>]*/>|<signal .*?</signal>', '', TOWN.map.opendrive, flags=re.S)
    carla_map = CarlaMap('Named', renamed(text))
    roads = {start.road_id for start, _ in carla_map.topology()}
    assert len(roads) == len({start.road_id for start, _ in TOWN.map.topology()}) > 100
    assert 0 not in roads


def test_a_junction_with_the_number_of_a_road_is_not_that_road():
    text = re.sub(r'(elementType="junction" elementId=")1(")', r'\g<1>120\2', TOWN.map.opendrive)
    text = re.sub(r'(<junction [^>]*?\bid=")1(")', r'\g<1>120\2', text)
    text = re.sub(r'(\bjunction=")1(")', r'\g<1>120\2', text)
    np.testing.assert_allclose(lanes(CarlaMap('Same', text)), lanes(TOWN.map))


@pytest.mark.parametrize(
    ('change', 'words'),
    [
        (('id="121"', 'id="120"'), "two roads have the id '120'"),
        ((' id="120"', ''), r'road number 1 \(g01_g02\) has no id'),
    ],
)
def test_roads_without_an_id_of_their_own_are_refused_by_name(change, words):
    with pytest.raises(WorldError, match=words):
        CarlaMap('Bad', TOWN.map.opendrive.replace(*change))


def test_numbered_files_are_read_as_they_are():
    text = (TOWN_FOLDER / 'Town91' / 'Town91.xodr').read_text()
    assert load_town('Town91').map.opendrive == text
