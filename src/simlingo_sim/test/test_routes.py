# SPDX-License-Identifier: Apache-2.0
"""Route files."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from simlingo_core.errors import WorldError
from simlingo_core.geometry import Pose2
from simlingo_sim.situations import FIRST_SITUATIONS
from simlingo_sim.town.route_files import (
    RouteSpec,
    SituationSpec,
    find_route,
    read_routes,
    write_routes,
)
from simlingo_sim.town.splits import Split, split_of_town

NUMBERS = st.floats(-1000, 1000).map(lambda x: round(x, 2))


@pytest.mark.parametrize(
    ('name', 'towns'), [('train', {'Town91', 'Town92'}), ('test', {'Town93'})]
)
def test_committed_sets(name, towns):
    routes = read_routes(name)
    assert len(routes) >= 30
    assert {route.town for route in routes} == towns
    assert len({route.id for route in routes}) == len(routes)
    assert {n for route in routes for n in route.situation_names} == set(FIRST_SITUATIONS)


@pytest.mark.parametrize(
    ('name', 'towns', 'split'),
    [
        ('train_wide', {'Town91', 'Town92'}, Split.TRAINING),
        ('train2', {'Town94', 'Town95', 'Town96'}, Split.TRAINING),
        ('val', {'Town97'}, Split.VALIDATION),
        ('test2', {'Town98'}, Split.TEST),
    ],
)
def test_each_set_keeps_to_towns_of_one_split(name, towns, split):
    routes = read_routes(name)
    assert {route.town for route in routes} == towns
    assert {split_of_town(route.town) for route in routes} == {split}
    assert len({route.id for route in routes}) == len(routes)
    names = {n for route in routes for n in route.situation_names}
    assert names >= set(FIRST_SITUATIONS) - {'red_light'}


@given(
    st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=5),
    st.none() | st.tuples(NUMBERS, NUMBERS, st.floats(-3.1, 3.1)),
    st.none() | st.integers(0, 1000),
)
def test_round_trip(tmp_path_factory, places, trigger, sun_seed):
    path = tmp_path_factory.mktemp('routes') / 'r.xml'
    pose = None if trigger is None else Pose2(*trigger)
    spec = RouteSpec(
        id='a',
        town='Town93',
        waypoints_map_m=np.array(places),
        situations=(SituationSpec(name='red_light', trigger_map=pose),),
        sun_seed=sun_seed,
    )
    write_routes(path, [spec])
    (read,) = read_routes(path)
    assert (read.id, read.town, read.sun_seed) == ('a', 'Town93', sun_seed)
    np.testing.assert_allclose(read.waypoints_map_m, places, atol=0.006)
    got = read.situations[0].trigger_map
    assert (got is None) == (pose is None)
    if pose is not None:
        np.testing.assert_allclose(got.position_m, pose.position_m, atol=0.006)
        assert got.yaw_rad == pytest.approx(pose.yaw_rad, abs=1e-3)


def test_the_file_is_in_carla_axes(tmp_path):
    spec = RouteSpec(id='1', town='T', waypoints_map_m=np.array([[1.0, 2.0], [3.0, 4.0]]))
    write_routes(tmp_path / 'r.xml', [spec])
    position = etree.parse(str(tmp_path / 'r.xml')).find('.//position')
    assert (position.get('x'), position.get('y')) == ('1.00', '-2.00')


def test_leaderboard_file_is_read(tmp_path):
    (tmp_path / 'r.xml').write_text(
        '<routes><route id="1711" town="Town12"><weathers><weather/></weathers><waypoints>'
        '<position x="10" y="-20" z="1"/><position x="30" y="-20" z="1"/></waypoints>'
        '<scenarios><scenario name="A_1" type="parked_obstacle">'
        '<trigger_point x="20" y="-20" z="1" yaw="90"/><distance value="40"/></scenario>'
        '</scenarios></route></routes>'
    )
    (route,) = read_routes(tmp_path / 'r.xml')
    np.testing.assert_allclose(route.waypoints_map_m, [[10, 20], [30, 20]])
    assert route.situation_names == ('parked_obstacle',)
    assert route.situations[0].trigger_map.yaw_rad == pytest.approx(-np.pi / 2)


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('<routes>', 'not readable XML'),
        ('<routes/>', 'no <route>'),
        ('<routes><route id="1"/></routes>', 'lacks its id or town'),
        ('<routes><route id="1" town="T"/></routes>', '0 positions'),
        (
            '<routes><route id="1" town="T"><waypoints><position x="nan" y="0"/>'
            '<position x="1" y="0"/></waypoints></route></routes>',
            'expected a finite number',
        ),
    ],
)
def test_bad_files_are_refused(tmp_path, text, words):
    (tmp_path / 'r.xml').write_text(text)
    with pytest.raises(WorldError, match=words):
        read_routes(tmp_path / 'r.xml')


def test_unknown_set_and_route_are_refused():
    with pytest.raises(WorldError, match='test, test2, train'):
        read_routes('validation')
    with pytest.raises(WorldError, match="no route '99'"):
        find_route(read_routes('test'), '99')


@pytest.mark.parametrize(('sun_seed', 'expected'), [(None, 5), (0, 0), (3, 3)])
def test_sun_seed_of_a_route_is_kept_even_where_it_is_zero(sun_seed, expected):
    waypoints = np.array([[0.0, 0.0], [9.0, 0.0]])
    spec = RouteSpec(id='a', town='Town91', waypoints_map_m=waypoints, sun_seed=sun_seed)
    assert spec.look_seed(5) == expected


LEADERBOARD_ROUTE = """<routes><route id="1711" town="Town12"><weathers>
<weather route_percentage="0" cloudiness="5.0" sun_altitude_angle="-20"/>
<weather route_percentage="100" cloudiness="80" sun_altitude_angle="15"/></weathers>
<waypoints><position x="0" y="0" z="370"/><position x="9" y="0" z="370"/></waypoints>
<scenarios><scenario name="A_1" type="AccidentTwoWays"><!-- as downloaded -->
<trigger_point x="1" y="2" z="370" yaw="90"/><distance value="45"/>
<frequency from="60" to="130"/><start_actor_flow x="1" y="2" z="3"/></scenario></scenarios>
</route></routes>"""


def test_leaderboard_route_is_read_and_written_whole(tmp_path):
    path = tmp_path / 'r.xml'
    path.write_text(LEADERBOARD_ROUTE)
    (route,) = read_routes(path)
    assert [point.route_percentage for point in route.weathers] == [0.0, 100.0]
    assert route.weathers[0].values == {'cloudiness': 5.0, 'sun_altitude_angle': -20.0}
    (situation,) = route.situations
    assert situation.arguments == {
        'distance': {'value': '45'},
        'frequency': {'from': '60', 'to': '130'},
        'start_actor_flow': {'x': '1', 'y': '2', 'z': '3'},
    }
    write_routes(tmp_path / 'again.xml', [route])
    (again,) = read_routes(tmp_path / 'again.xml')
    assert again.situations == route.situations
    assert again.weathers == route.weathers
    assert again.fingerprint() == route.fingerprint()


def test_broken_weather_is_refused(tmp_path):
    path = tmp_path / 'r.xml'
    path.write_text(LEADERBOARD_ROUTE.replace('cloudiness="5.0"', 'cloudiness="much"'))
    with pytest.raises(WorldError, match=r'<weather cloudiness="much">'):
        read_routes(path)
