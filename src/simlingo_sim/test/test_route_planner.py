# SPDX-License-Identifier: Apache-2.0
"""Routes over the towns."""

import math

import numpy as np
import pytest

from simlingo_core.errors import ContractError, NonFiniteError, WorldError
from simlingo_core.types import RoadOption
from simlingo_sim.town.loading import load_town, town_names
from simlingo_sim.town.route_files import read_routes
from simlingo_sim.town.route_planner import RoutePlanner

TOWNS = {name: load_town(name) for name in town_names()}
PLANNERS = {name: RoutePlanner(town.map) for name, town in TOWNS.items()}


def options(planned):
    """Return the options in order, without repetition."""
    found = []
    for option in planned.route.options:
        if not found or found[-1] is not option:
            found.append(option)
    return found


@pytest.mark.parametrize(
    ('start', 'end', 'option'),
    [
        ((-68.25, -130.0), (-5.0, -61.75), RoadOption.RIGHT),
        ((-68.25, -130.0), (-150.0, -58.25), RoadOption.LEFT),
        ((-68.25, -130.0), (-68.25, 0.0), RoadOption.STRAIGHT),
    ],
)
def test_turns_have_the_right_option(start, end, option):
    planned = PLANNERS['Town91'].plan([start, end])
    assert option in options(planned)
    inside = [o for o, j in zip(planned.route.options, planned.is_junction, strict=True) if j]
    assert set(inside) == {option}


def test_lane_change_is_smooth_and_named():
    planned = PLANNERS['Town91'].plan([(-190.0, -65.25), (-95.0, -61.75)])
    assert options(planned) == [
        RoadOption.LANE_FOLLOW,
        RoadOption.CHANGE_LANE_LEFT,
        RoadOption.LANE_FOLLOW,
    ]
    headings = planned.route.heading_at(planned.route.arc_m[:-1])
    assert np.abs(headings).max() < math.radians(25.0)
    np.testing.assert_allclose(planned.route.points_map_m[[0, -1], 1], [-65.25, -61.75], atol=1e-3)


def test_a_waypoint_behind_leads_round_the_block():
    planned = PLANNERS['Town91'].plan([(-68.25, -100.0), (-68.25, -140.0)])
    assert planned.route.length_m > 300.0


def test_waypoints_on_the_way_are_visited():
    straight = PLANNERS['Town91'].plan([(-68.25, -130.0), (-68.25, 150.0)])
    via = [(-68.25, -130.0), (0.0, -61.75), (-68.25, 150.0)]
    planned = PLANNERS['Town91'].plan(via)
    assert planned.route.length_m > straight.route.length_m + 100.0
    assert abs(planned.route.project([0.0, -61.75])[1]) < 0.1


@pytest.mark.parametrize('name', town_names())
def test_random_routes_are_even_and_on_the_road(name):
    town, planner = TOWNS[name], PLANNERS[name]
    points = [p for p in town.map.lane_points(15.0) if not p.is_junction]
    rng = np.random.default_rng(3)
    planned_routes = 0
    for _ in range(25):
        first, last = (points[int(k)] for k in rng.choice(len(points), 2, replace=False))
        try:
            planned = planner.plan([first.pose_map.position_m, last.pose_map.position_m])
        except WorldError:
            continue  # a lane change right at the start or end has no room
        planned_routes += 1
        route = planned.route
        np.testing.assert_allclose(np.diff(route.arc_m), 1.0, atol=0.02)
        turns = np.diff(np.unwrap(route.heading_at(route.arc_m[:-1])))
        assert np.abs(turns).max() < 0.35  # a turn in a narrow junction
        np.testing.assert_allclose(route.points_map_m[0], first.pose_map.position_m, atol=0.6)
        np.testing.assert_allclose(route.points_map_m[-1], last.pose_map.position_m, atol=0.6)
        assert len(planned.limits_mps) == len(planned.widths_m) == len(route)
        assert set(np.round(planned.limits_mps * 3.6)) <= {30.0, 50.0, 70.0, 100.0}
        plain = [o is RoadOption.LANE_FOLLOW for o in route.options]
        inside = np.array(plain) & ~planned.is_junction
        for place in route.points_map_m[inside][::10]:
            at = town.map.lane_point(*place)
            assert math.dist(place, at.pose_map.position_m) < 0.3
    assert planned_routes >= 15


def test_routes_off_the_road_are_refused():
    planner = PLANNERS['Town91']
    with pytest.raises(WorldError, match='not on a road'):
        planner.plan([(0.0, 0.0), (-68.25, 0.0)])
    with pytest.raises(WorldError, match='at least 2'):
        planner.plan([(-68.25, 0.0)])
    with pytest.raises(NonFiniteError):
        planner.plan([(math.nan, 0.0), (-68.25, 0.0)])
    with pytest.raises(ContractError):
        planner.plan([1.0, 2.0])


# Two routes of each town; the whole set is slow only because each is planned six times.
SPECS = read_routes('all_towns')[::5]


def place(route, arc_m, left_m=0.0):
    """Return a place beside a route."""
    heading = float(route.heading_at(arc_m))
    return route.position_at(arc_m) + left_m * np.array([-math.sin(heading), math.cos(heading)])


def middle_m(planned):
    """Return a place about half-way that does not lie in a junction."""
    arcs = planned.route.arc_m[~planned.is_junction]
    return float(arcs[np.argmin(np.abs(arcs - planned.route.length_m / 2))])


def with_noise(planned, waypoints):
    """Return the waypoints as users hand them in: repeated, backward, dense, in a wrong lane."""
    start, end = waypoints
    route, mid_m = planned.route, middle_m(planned)
    arcs_m = np.append(np.arange(0.0, route.length_m, 0.2), route.length_m)
    return {
        'twice': [start, start, place(route, mid_m), place(route, mid_m), end, end],
        'behind the start': [start, place(route, 0.0) - (place(route, 0.5) - start), end],
        'behind the middle': [start, place(route, mid_m), place(route, mid_m - 0.5), end],
        'behind the end': [start, end, place(route, route.length_m - 0.5)],
        'every metre': route.points_map_m,
        'every 0.2 m': route.position_at(arcs_m),
    }


@pytest.mark.parametrize('spec', SPECS, ids=lambda spec: spec.id)
def test_noise_in_a_route_file_changes_nothing(spec):
    planner = PLANNERS[spec.town]
    expected = planner.plan(spec.waypoints_map_m)
    for kind, waypoints in with_noise(expected, spec.waypoints_map_m).items():
        planned = planner.plan(np.array(waypoints))
        length_m = planned.route.length_m
        assert length_m == pytest.approx(expected.route.length_m, abs=1.0), kind
        away_m = [abs(expected.route.project(p)[1]) for p in planned.route.points_map_m[::5]]
        assert max(away_m) < 0.5, kind
        assert planned.warnings == (), kind


# 5 m to the left is beyond the middle of the oncoming lane.
@pytest.mark.parametrize(('share', 'left_m'), [(0.3, 3.0), (0.5, 5.0), (0.8, 3.0)])
def test_a_position_in_the_oncoming_lane_is_corrected_with_a_warning(share, left_m):
    """Case 1: the middle position 3 m to the left."""
    spec = next(spec for spec in read_routes('all_towns') if spec.id == 'Town91_13')
    start, end = spec.waypoints_map_m
    planner = PLANNERS[spec.town]
    expected = planner.plan([start, end])
    arcs = expected.route.arc_m[~expected.is_junction]
    arc_m = float(arcs[np.argmin(np.abs(arcs - share * expected.route.length_m))])
    aside = place(expected.route, arc_m, left_m)
    planned = planner.plan([start, aside, end])
    np.testing.assert_array_equal(planned.route.points_map_m, expected.route.points_map_m)
    (warning,) = planned.warnings
    assert warning.startswith(f'position 2 of the route, ({aside[0]:.1f}, {aside[1]:.1f}) in map')
    dense = expected.route.points_map_m.copy()
    dense[round(arc_m)] = aside
    planned = planner.plan(dense)
    np.testing.assert_allclose(planned.route.length_m, expected.route.length_m, atol=1.0)
    assert len(planned.warnings) == 1


def test_a_first_position_in_the_oncoming_lane_is_corrected_where_others_show_the_way():
    planner = PLANNERS['Town91']
    lane = [(-68.25, -130.0), (-68.25, -110.0), (-68.25, 150.0)]
    expected = planner.plan(lane)
    planned = planner.plan([(-71.25, -130.0), *lane[1:]])
    assert planned.route.length_m == pytest.approx(expected.route.length_m, abs=1.0)
    assert len(planned.warnings) == 1
    # With nothing but a start and an end a route may begin in either lane; beside its middle, and
    # with a much shorter way in the next lane, that is doubtful.
    alone = planner.plan([(-71.25, -130.0), lane[2]])
    (warning,) = alone.warnings
    assert warning.startswith('position 1 of the route, (-71.2, -130.0) in map, is used in the')
    assert alone.route.length_m > expected.route.length_m + 50.0


def test_a_last_position_in_the_oncoming_lane_is_warned_of():
    """Case 1, a sibling: 3 m to the left of the end, 566 m instead of 348 m."""
    spec = next(spec for spec in read_routes('all_towns') if spec.id == 'Town91_18')
    start, end = spec.waypoints_map_m
    planner = PLANNERS[spec.town]
    expected = planner.plan([start, end])
    assert expected.warnings == ()
    aside = place(expected.route, expected.route.length_m, 3.0)
    planned = planner.plan([start, aside])
    (warning,) = planned.warnings
    assert warning.startswith('position 2 of the route')
    assert 'the route is 566 m long, and would be 348 m' in warning


def test_positions_at_one_place_are_refused():
    with pytest.raises(WorldError, match=r'no length: all its positions lie at \(-68.2, -130.0\)'):
        PLANNERS['Town91'].plan([(-68.25, -130.0), (-68.25, -130.5), (-68.25, -130.0)])
