# SPDX-License-Identifier: Apache-2.0
"""The committed towns and towns of the user's own."""

import math
import shutil

import numpy as np
import pytest
import shapely
from lxml import etree

from simlingo_core.errors import WorldError
from simlingo_sim.state import LightState
from simlingo_sim.tools.maps.make_towns import DATA_FOLDER, make_town
from simlingo_sim.tools.maps.plans import all_plans
from simlingo_sim.tools.maps.streets import Streets
from simlingo_sim.tools.maps.town_plan import round_corners
from simlingo_sim.town.loading import load_town, town_names
from simlingo_sim.town.town import LaneKind, LaneMark
from simlingo_sim.traffic.traffic import LIGHT_STATES

TOWNS = town_names()
FIRST_TOWNS = ('Town91', 'Town92', 'Town93')


@pytest.fixture(scope='module')
def towns():
    return {name: load_town(name) for name in TOWNS}


def test_every_town_has_a_plan():
    assert [plan.name for plan in all_plans()] == list(TOWNS)
    assert [f'Town{number}' for number in range(91, 99)] == list(TOWNS)


def test_town_furniture_is_what_the_plans_say(towns):
    assert towns['Town91'].traffic_lights
    assert not towns['Town91'].stop_signs
    assert not towns['Town92'].traffic_lights
    assert towns['Town92'].stop_signs
    assert towns['Town93'].traffic_lights
    assert towns['Town93'].stop_signs
    for town in (towns[name] for name in FIRST_TOWNS):
        low_x, low_y, high_x, high_y = town.bounds_map_m
        assert 400.0 < high_x - low_x < 600.0
        assert 350.0 < high_y - low_y < 600.0
        assert len(town.crossings) >= 20
        assert len(town.parking_slots_map) >= 50
        assert any(lane.index == 2 and lane.kind is LaneKind.DRIVING for lane in town.lanes)


@pytest.mark.parametrize('name', TOWNS)
def test_network_and_opendrive_have_the_same_lanes(towns, name):
    """The image is drawn from the one, the routes are planned on the other."""
    town = towns[name]
    lanes = [lane for lane in town.lanes if lane.kind is LaneKind.DRIVING and not lane.in_junction]
    lines = shapely.union_all([shapely.LineString(lane.centre_map_m) for lane in lanes])
    points = [p for p in town.map.lane_points(7.0) if not p.is_junction]
    gaps = [shapely.Point(p.pose_map.position_m).distance(lines) for p in points]
    assert len(points) > 200
    assert max(gaps) < 0.3


@pytest.mark.parametrize('name', TOWNS)
def test_all_links_of_a_light_show_one_colour(towns, name):
    """One head stands for a whole arm, so its links must never differ."""
    root = etree.parse(str(towns[name].net_path)).getroot()
    edges = {e.get('id') for e in root.iterfind('edge') if e.get('function') is None}
    links = [
        c
        for c in root.iterfind('connection')
        if c.get('tl') and c.get('from') in edges and c.get('to') in edges
    ]
    for light in towns[name].traffic_lights:
        own = [int(c.get('linkIndex')) for c in links if c.get('from') == light.edge_id]
        assert light.link_index in own
        for phase in root.iterfind(f'tlLogic[@id="{light.sumo_id}"]/phase'):
            assert len({LIGHT_STATES[phase.get('state')[i]] for i in own}) == 1


@pytest.mark.parametrize('name', TOWNS)
def test_posts_stand_beside_the_carriageway_and_face_the_driver(towns, name):
    town = towns[name]
    road = shapely.union_all(
        [
            shapely.LineString(lane.centre_map_m).buffer(lane.width_m / 2, cap_style='flat')
            for lane in town.lanes
            if lane.kind is LaneKind.DRIVING and not lane.in_junction
        ]
    )
    for guard in (*town.traffic_lights, *town.stop_signs):
        assert not road.contains(shapely.Point(guard.pose_map.position_m))
        left, right = guard.stop_line_map_m
        driving_yaw = math.atan2(*(right - left)[::-1]) + math.pi / 2
        assert math.cos(guard.pose_map.yaw_rad - driving_yaw) < -0.95
        assert np.hypot(*(right - guard.pose_map.position_m)) < 5.0


def test_stop_signs_stand_where_all_links_must_stop(towns):
    for town in towns.values():
        assert {sign.edge_id for sign in town.stop_signs} == Streets(
            town.net_path.read_text()
        ).stops
        assert len(town.stop_signs) == len(town.map.landmarks('206'))


def test_marks(towns):
    town = towns['Town91']
    avenue = {lane.index: lane for lane in town.lanes if lane.edge_id == 'g01_g11'}
    assert avenue[0].kind is LaneKind.SIDEWALK
    assert (avenue[1].left_mark, avenue[1].right_mark) == (LaneMark.WHITE_BROKEN, LaneMark.KERB)
    assert (avenue[2].left_mark, avenue[2].right_mark) == (
        LaneMark.YELLOW_SOLID,
        LaneMark.WHITE_BROKEN,
    )


def test_own_opendrive_loads_without_traffic(tmp_path, towns):
    path = tmp_path / 'Mine.xodr'
    shutil.copy(DATA_FOLDER / 'Town92' / 'Town92.xodr', path)
    town = load_town(path)
    assert (town.name, town.net_path) == ('Mine', None)
    assert len(town.stop_signs) == len(towns['Town92'].stop_signs)
    assert len(town.crossings) == len(towns['Town92'].crossings)
    own = [lane for lane in town.lanes if not lane.in_junction]
    assert {round(lane.width_m, 2) for lane in own} == {3.5}
    assert {round(lane.limit_mps * 3.6) for lane in own} == {30, 50}


def test_own_opendrive_with_network_has_traffic(tmp_path):
    for suffix in ('xodr', 'net.xml'):
        shutil.copy(DATA_FOLDER / 'Town93' / f'Town93.{suffix}', tmp_path / f'Mine.{suffix}')
    town = load_town(tmp_path / 'Mine.xodr')
    assert town.net_path == tmp_path / 'Mine.net.xml'
    assert town.traffic_lights


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        ('', 'not readable XML'),
        ('hello', 'not readable XML'),
        ('<roads/>', 'expected OpenDRIVE'),
        ('<OpenDRIVE><header/></OpenDRIVE>', 'no road with a driving lane'),
        ('<OpenDRIVE><road id="1"></OpenDRIVE>', 'not readable XML'),
    ],
)
def test_broken_opendrive_is_refused(tmp_path, content, words):
    path = tmp_path / 'Broken.xodr'
    path.write_text(content)
    with pytest.raises(WorldError, match=words):
        load_town(path)


def test_truncated_opendrive_and_network_are_refused(tmp_path):
    text = (DATA_FOLDER / 'Town91' / 'Town91.xodr').read_text()
    (tmp_path / 'Cut.xodr').write_text(text[: len(text) // 2])
    with pytest.raises(WorldError, match='not readable XML'):
        load_town(tmp_path / 'Cut.xodr')
    (tmp_path / 'Net.xodr').write_text(text)
    (tmp_path / 'Net.net.xml').write_text('<net>')
    with pytest.raises(WorldError, match='not a readable SUMO network'):
        load_town(tmp_path / 'Net.xodr')


def test_unknown_town_and_missing_file_are_refused(tmp_path):
    with pytest.raises(WorldError, match='Town91, Town92, Town93'):
        load_town('Town01')
    with pytest.raises(WorldError, match='there is no town'):
        load_town(tmp_path / 'none.xodr')


def test_round_corners_keeps_ends_and_radius():
    line = round_corners(np.array([[0.0, 0.0], [100.0, 0.0], [100.0, 100.0]]), 30.0)
    np.testing.assert_allclose(line[[0, -1]], [[0.0, 0.0], [100.0, 100.0]])
    arc = line[1:-1]
    np.testing.assert_allclose(np.hypot(*(arc - [70.0, 30.0]).T), 30.0)


def test_every_sumo_letter_of_the_towns_is_known(towns):
    letters = {
        letter
        for town in towns.values()
        for phase in etree.parse(str(town.net_path)).iterfind('.//phase')
        for letter in phase.get('state')
    }
    assert letters <= set(LIGHT_STATES)
    assert {LightState.RED, LightState.YELLOW, LightState.GREEN} <= {
        LIGHT_STATES[letter] for letter in letters
    }


@pytest.mark.slow
def test_towns_are_what_the_script_makes(tmp_path):
    """Needs netconvert, which ``make slow`` installs (requirements/maps.txt)."""
    netconvert = shutil.which('netconvert')
    assert netconvert, 'netconvert is not on the PATH; install requirements/maps.txt'
    for plan in all_plans():
        folder = make_town(plan, netconvert, tmp_path)
        for made in sorted(folder.iterdir()):
            assert made.read_bytes() == (DATA_FOLDER / plan.name / made.name).read_bytes()
