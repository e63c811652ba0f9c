# SPDX-License-Identifier: Apache-2.0
"""Motorways, roundabouts and country roads: plans, signs, routes, what lies beside them."""

import itertools
import math

import networkx as nx
import numpy as np
import pytest
import shapely
from lxml import etree

from simlingo_core.errors import ConfigError, WorldError
from simlingo_core.types import RoadOption
from simlingo_sim.camera.layout import layout_from_town
from simlingo_sim.camera.open_country import rail_lines
from simlingo_sim.camera.scene import scenery_outlines
from simlingo_sim.expert.config import ExpertConfig
from simlingo_sim.expert.dense_route import DenseRoute
from simlingo_sim.expert.speed_profile import SpeedProfile
from simlingo_sim.tools.maps.motorways import Ramp, carriageway
from simlingo_sim.tools.maps.roundabouts import roundabout
from simlingo_sim.tools.maps.streets import tight_curves
from simlingo_sim.town.landscape import Landscape, read_landscape
from simlingo_sim.town.loading import load_town
from simlingo_sim.town.parking_slots import parking_slots
from simlingo_sim.town.road_signs import SignKind
from simlingo_sim.town.route_planner import RoutePlanner
from simlingo_sim.town.town import LaneKind, LaneMark, RoadKind
from simlingo_sim.traffic.traffic import Traffic, TrafficConfig

NEW_TOWNS = ('Town94', 'Town95', 'Town96', 'Town97', 'Town98')
MOTORWAY_TOWNS = ('Town94', 'Town97', 'Town98')


@pytest.fixture(scope='module')
def towns():
    return {name: load_town(name) for name in NEW_TOWNS}


@pytest.fixture(scope='module')
def motorway(towns):
    return RoutePlanner(towns['Town94'].map)


def test_each_town_has_the_roads_it_is_for(towns):
    kinds = {name: {lane.road_kind for lane in town.lanes} for name, town in towns.items()}
    assert kinds['Town95'] == {RoadKind.TOWN}
    assert kinds['Town96'] == {RoadKind.TOWN, RoadKind.RURAL}
    for name in MOTORWAY_TOWNS:
        assert kinds[name] == set(RoadKind)
    signs = {name: {sign.kind for sign in town.road_signs} for name, town in towns.items()}
    assert SignKind.YIELD in signs['Town95']
    assert {SignKind.CURVE_LEFT, SignKind.CURVE_RIGHT} <= signs['Town96']
    assert SignKind.EXIT in signs['Town94']
    narrow = [lane for lane in towns['Town95'].lanes if lane.kind is LaneKind.DRIVING]
    assert min(lane.width_m for lane in narrow) == 2.75


@pytest.mark.parametrize('name', NEW_TOWNS)
def test_all_lanes_can_be_reached_from_each_other(towns, name):
    """Traffic wanders without end, and routes may begin and end anywhere."""
    carla_map = towns[name].map
    graph = nx.DiGraph()
    for start, end in carla_map.topology():
        graph.add_edge(start.lane_key, end.lane_key)
        graph.add_edges_from(
            (point.lane_key, beside.lane_key)
            for point in (start, end)
            for beside in (carla_map.left(point), carla_map.right(point))
            if beside is not None
        )
    assert nx.is_strongly_connected(graph)


@pytest.mark.parametrize('name', NEW_TOWNS)
def test_sumo_drives_there(towns, name):
    traffic = Traffic(towns[name], TrafficConfig(vehicles=20, pedestrians=5), seed=3)
    try:
        moving = [actor for actor in traffic.actors() if actor.speed_mps > 1.0]
    finally:
        traffic.close()
    assert len(moving) > 8


@pytest.mark.parametrize('name', NEW_TOWNS)
def test_no_lane_folds_back(towns, name):
    """Between junction arms that are too near each other, connections would turn round."""
    points = sorted(towns[name].map.lane_points(1.0), key=lambda p: (p.lane_key, p.s_m))
    for before, after in itertools.pairwise(points):
        if before.lane_key == after.lane_key and after.s_m - before.s_m < 1.5:
            assert math.cos(after.pose_map.yaw_rad - before.pose_map.yaw_rad) > 0.0


def test_a_lane_change_takes_longer_on_the_motorway(motorway):
    planned = motorway.plan([(-500.0, -5.0), (-60.0, -150.0)])
    changes = [o is RoadOption.CHANGE_LANE_RIGHT for o in planned.route.options]
    assert planned.limits_mps.max() == pytest.approx(100 / 3.6, abs=0.01)
    # From the left through lane to the right one, and on to the exit lane.
    assert 2 * 55 < sum(changes) < 2 * 65


def test_the_expert_does_not_slow_down_where_the_motorway_goes_on(motorway):
    planned = motorway.plan([(-500.0, -5.0), (400.0, -66.0)])
    assert planned.is_junction.any()
    route = DenseRoute(planned)
    profile = SpeedProfile(route, ExpertConfig())
    speeds = [profile.target_mps(index) for index in range(0, len(route), 50)]
    assert min(speeds) > 17.0


def test_a_hard_shoulder_is_no_place_to_drive_or_park(towns):
    town = towns['Town94']
    shoulders = [lane for lane in town.lanes if lane.kind is LaneKind.SHOULDER]
    assert {lane.road_kind for lane in shoulders} == {RoadKind.MOTORWAY}
    area = shapely.union_all(
        [shapely.LineString(s.centre_map_m).buffer(s.width_m / 2) for s in shoulders]
    )
    assert not any(area.contains(shapely.Point(s.position_m)) for s in town.parking_slots_map)
    beside = [lane for lane in town.lanes if lane.road_kind is RoadKind.MOTORWAY and lane.index]
    assert LaneMark.WHITE_SOLID in {lane.right_mark for lane in beside}


@pytest.mark.parametrize('name', MOTORWAY_TOWNS)
def test_guard_rails_stand_clear_of_the_lanes(towns, name):
    layout = layout_from_town(towns[name])
    rails = shapely.union_all(rail_lines(layout))
    lanes = [
        shapely.LineString(lane.centre_map_m)
        for lane in towns[name].lanes
        if lane.kind is LaneKind.DRIVING
    ]
    assert rails.length > 1500.0
    assert min(shapely.distance(lane, rails) for lane in lanes) > 1.9


def test_guard_rails_can_be_hit(towns):
    layout = layout_from_town(towns['Town94'])
    outlines = scenery_outlines(layout, np.random.default_rng(0))
    rails = shapely.union_all(rail_lines(layout))
    assert sum(outline.intersects(rails) for outline in outlines) == len(rail_lines(layout))


def test_no_house_stands_on_an_island_or_beside_a_country_road(towns):
    for name in ('Town95', 'Town96'):
        layout = layout_from_town(towns[name])
        outlines = scenery_outlines(layout, np.random.default_rng(1))
        houses = shapely.union_all([o for o in outlines if o.area > 20.0])
        assert houses.area > 1000.0
        assert not houses.intersects(layout.open_land)
        assert not houses.intersects(layout.islands)


def test_signs_face_the_driver_from_the_right(towns):
    for sign in towns['Town95'].road_signs:
        lane = towns['Town95'].map.lane_point(*sign.pose_map.position_m)
        assert math.cos(sign.pose_map.yaw_rad - lane.pose_map.yaw_rad) < -0.8
        assert lane.pose_map.inverse_transform(sign.pose_map.position_m)[1] < -1.0


def test_a_roundabout_is_a_ring_that_is_driven_counter_clockwise():
    junctions, ring = roundabout('r', (10.0, 5.0), (0.0, 90.0, 200.0), radius_m=17.0)
    assert [(street.start, street.end) for street in ring] == [
        ('r0', 'r1'),
        ('r1', 'r2'),
        ('r2', 'r0'),
    ]
    for street in ring:
        spokes = np.array(street.shape_m) - [10.0, 5.0]
        np.testing.assert_allclose(np.hypot(*spokes.T), 17.0)
        assert (np.diff(np.unwrap(np.arctan2(*spokes.T[::-1]))) > 0.0).all()
    assert {junction.name for junction in junctions} == {'r0', 'r1', 'r2'}


def test_a_ramp_without_room_is_refused():
    line = shapely.LineString([(0.0, 0.0), (600.0, 0.0)])
    ramp = Ramp(at_m=400.0, junction='x', via_m=(), is_exit=False)
    with pytest.raises(ConfigError, match='ramp at 400 m needs the lane from 400 to 570 m'):
        carriageway('a', line, 's', 'e', (ramp,))


def test_tight_curves_are_found_with_their_side():
    turn = np.linspace(0.0, math.pi / 2, 30)
    arc = np.column_stack([40.0 * np.sin(turn), 40.0 * (1.0 - np.cos(turn))])
    line = np.concatenate([[[-80.0, 0.0]], arc, [[40.0, 120.0]]])
    ((middle_m, is_left),) = tight_curves(line)
    assert is_left
    assert middle_m == pytest.approx(80.0 + 40.0 * math.pi / 4, abs=6.0)
    assert [left for _, left in tight_curves(line * [1.0, -1.0])] == [False]
    assert tight_curves(line * 3.0) == []


def test_nobody_parks_in_a_tight_curve():
    turn = np.linspace(0.0, math.pi, 60)
    arc = np.column_stack([20.0 * np.sin(turn), 20.0 * (1.0 - np.cos(turn))])
    strip = np.concatenate([[[-60.0, 0.0]], arc, [[-60.0, 40.0]]])
    slots = parking_slots([(strip, 3.5)])
    assert len(slots) > 10
    assert max(slot.x_m for slot in slots) < 2.0
    wide = parking_slots([(strip * 3.0, 3.5)])
    assert max(slot.x_m for slot in wide) > 50.0
    assert max(slot.x_m for slot in parking_slots([(strip * 3.0, 2.75)])) < 2.0


@pytest.mark.parametrize(
    ('code', 'value', 'words'),
    [
        ('hills_m', 'high', "hills_m is 'high'; expected a number"),
        ('hills_m', '-3', 'hills_m'),
        ('most_floors', 'nan', 'most_floors'),
    ],
)
def test_a_bad_landscape_is_refused(code, value, words):
    root = etree.fromstring(
        f'<OpenDRIVE><header><userData code="{code}" value="{value}"/></header></OpenDRIVE>'
    )
    with pytest.raises(WorldError, match=f'Mine: .*{words}'):
        read_landscape('Mine', root)


def test_a_landscape_is_read_back():
    header = etree.SubElement(etree.Element('OpenDRIVE'), 'header')
    landscape = Landscape(hills_m=40.0, most_floors=3.0)
    landscape.write(header)
    assert read_landscape('Mine', header.getparent()) == landscape
