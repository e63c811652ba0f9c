# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest
import shapely

from simlingo_core.geometry import wrap_angle_rad
from simlingo_sim.score.town_road import TownRoad
from simlingo_sim.town.loading import load_town, town_names
from simlingo_sim.town.town import LaneKind


@pytest.fixture(scope='module', params=town_names())
def town(request):
    return load_town(request.param)


def test_the_middle_of_every_street_lane_is_that_lane(town):
    road = TownRoad(town)
    for lane in town.lanes:
        if lane.kind is not LaneKind.DRIVING or lane.in_junction or len(lane.centre_map_m) < 2:
            continue
        start, end = lane.centre_map_m[0], lane.centre_map_m[1]
        middle = (start + end) / 2
        if road.is_junction(middle):
            continue
        found = road.lane_at(middle)
        assert found is not None
        assert found.distance_m < 0.01
        yaw = math.atan2(end[1] - start[1], end[0] - start[0])
        assert abs(wrap_angle_rad(found.yaw_rad - yaw)) < 0.2
        assert road.speed_limit_mps_at(middle) == pytest.approx(lane.limit_mps)


def test_far_off_the_road_there_is_no_lane(town):
    road = TownRoad(town)
    low_x, low_y, _, _ = town.bounds_map_m
    assert road.lane_at(np.array([low_x - 50.0, low_y - 50.0])) is None


def test_junctions_are_junctions(town):
    road = TownRoad(town)
    inside = [j for j in town.junctions if j.kind != 'dead_end']
    for junction in inside:
        middle = junction.polygon_map_m.mean(axis=0)
        sample = road.lane_at(middle)
        if sample is None or not road.is_junction(middle):
            continue
        assert sample.is_junction
        assert sample.distance_m == 0.0
    middles = np.array([j.polygon_map_m.mean(axis=0) for j in inside])
    assert road.are_junction(middles).mean() > 0.8


def test_posts_stand_beside_the_lanes(town):
    road = TownRoad(town)
    posts = road.statics
    assert len(posts) >= len(town.traffic_lights) + len(town.stop_signs)
    for lane in town.lanes:
        if lane.kind is LaneKind.DRIVING and not lane.in_junction:
            line = shapely.LineString(lane.centre_map_m)
            assert all(line.distance(post) > 0.5 * lane.width_m for post in posts)
