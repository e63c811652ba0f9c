# SPDX-License-Identifier: Apache-2.0
"""Map queries in ROS coordinates."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlingo_core.errors import NonFiniteError, WorldError
from simlingo_core.geometry import wrap_angle_rad
from simlingo_sim.town.loading import load_town

GRID = load_town('Town91').map
CURVED = load_town('Town92').map


def test_lane_point_is_in_map_axes():
    """The eastbound lanes of the avenue at y = -60 lie south of its centre line."""
    point = GRID.lane_point(-150.0, -61.0)
    assert point.pose_map.x_m == pytest.approx(-150.0)
    assert point.pose_map.y_m == pytest.approx(-61.75)
    assert point.pose_map.yaw_rad == pytest.approx(0.0, abs=1e-6)
    assert (point.width_m, point.is_junction) == (3.5, False)
    assert (point.left_mark, point.right_mark) == ('solid yellow', 'broken white')


def test_neighbours():
    left = GRID.lane_point(-150.0, -61.75)
    right = GRID.right(left)
    assert right is not None
    assert right.pose_map.y_m == pytest.approx(-65.25)
    assert GRID.left(right).lane_key == left.lane_key
    assert GRID.left(left) is None
    assert GRID.right(right) is None
    assert left.can_change_right
    assert not GRID.lane_point(-70.0, -130.0).can_change_left


def test_opposing_lane_is_found_from_both_lanes():
    left = GRID.lane_point(-150.0, -61.75)
    for point in (left, GRID.right(left)):
        opposing = GRID.opposing(point)
        assert opposing.pose_map.y_m == pytest.approx(-58.25)
        assert abs(wrap_angle_rad(opposing.pose_map.yaw_rad - math.pi)) < 1e-6


@pytest.mark.parametrize('carla_map', [GRID, CURVED])
def test_opposing_lane_exists_on_every_street(carla_map):
    points = [p for p in carla_map.lane_points(20.0) if not p.is_junction]
    missing = [p for p in points if carla_map.opposing(p) is None]
    # Near junctions the other direction may begin later.
    assert len(missing) < 0.05 * len(points)


def test_limits():
    limits = {round(CURVED.limit_mps(p) * 3.6) for p in CURVED.lane_points(10.0)}
    assert limits == {30, 50}
    assert len(CURVED.landmarks('274')) == 26


def test_limit_in_a_junction_is_that_of_the_street_before():
    inside = [p for p in GRID.lane_points(2.0) if p.is_junction]
    assert {round(GRID.limit_mps(p) * 3.6) for p in inside} == {50}


def test_ahead_and_behind_are_opposite():
    point = CURVED.lane_point(-140.0, -200.0)
    (ahead,) = CURVED.ahead(point, 5.0)
    (back,) = CURVED.behind(ahead, 5.0)
    np.testing.assert_allclose(back.pose_map.position_m, point.pose_map.position_m, atol=0.05)


@settings(deadline=None, max_examples=50)
@given(st.floats(-220, 220), st.floats(-200, 205))
def test_geolocation_is_the_projection_of_core(x_m, y_m):
    """CARLA 0.9.16 projects on an ellipsoid: 0.04 % off the sphere that its GNSS uses."""
    fix = GRID.geolocation(x_m, y_m)
    np.testing.assert_allclose(
        GRID.geo_reference.map_from_geodetic(fix), [x_m, y_m, 0.0], rtol=1e-3, atol=0.02
    )


def test_crosswalks_lie_on_junction_arms():
    crosswalks = GRID.crosswalks()
    assert len(crosswalks) == 40
    assert all(outline.shape == (4, 2) for outline in crosswalks)


def test_bad_places_are_refused():
    with pytest.raises(WorldError, match='not on a road of Town91'):
        GRID.lane_point(0.0, 0.0, within_m=4.0)
    with pytest.raises(NonFiniteError):
        GRID.lane_point(math.nan, 0.0)
    assert not GRID.is_on_lane(0.0, 0.0)
    assert GRID.is_on_lane(-150.0, -61.75)
