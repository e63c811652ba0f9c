# SPDX-License-Identifier: Apache-2.0
import pytest

from simlingo_sim.town.lane_sides import road_ahead, sides_of
from simlingo_sim.town.loading import load_town


@pytest.fixture(scope='module')
def town_map():
    return load_town('Town91').map


def test_lanes_beside_every_kind_of_street(town_map):
    two_lanes = 0
    for point in town_map.lane_points(30.0):
        sides = sides_of(town_map, point)
        if point.is_junction:
            continue
        same = sides.count(is_oncoming=False)
        two_lanes += same == 1
        # From the map itself: how often one can go left until there is no lane.
        lane, number = point, 0
        while (beside := town_map.left(lane)) is not None:
            lane, number = beside, number + 1
        assert sides.number == number
        assert sides.count(is_oncoming=True) >= (town_map.opposing(point) is not None)
        assert all(lane.width_m > 0.0 for lane in (*sides.left, *sides.right))
        assert not any(lane.is_oncoming for lane in sides.right)
    assert two_lanes > 0


def test_the_junction_ahead_is_as_far_as_one_drives(town_map):
    found = 0
    for point in town_map.lane_points(40.0):
        ahead = road_ahead(town_map, point)
        if point.is_junction:
            assert ahead.junction_m == 0.0
            assert ahead.junction_id == point.junction_id
        elif ahead.junction_m is not None:
            found += 1
            inside = town_map.ahead(point, ahead.junction_m)
            assert any(p.junction_id == ahead.junction_id for p in inside)
            before = town_map.ahead(point, ahead.junction_m - 4.0) if ahead.junction_m > 4 else ()
            assert not any(p.is_junction for p in before[:1])
        assert point.road_id not in ahead.next_road_ids
        if ahead.junction_m:
            assert ahead.next_road_ids
    assert found > 10
