# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlingo_core.errors import ContractError, NonFiniteError
from simlingo_core.route import Route
from simlingo_core.types import RoadOption

FOLLOW = RoadOption.LANE_FOLLOW
CORNER = Route([[0, 0], [10, 0], [10, 5]], [FOLLOW, RoadOption.LEFT, FOLLOW])

polylines = st.lists(
    st.tuples(st.floats(0.1, 20.0), st.floats(-1.2, 1.2)), min_size=1, max_size=30
).map(
    lambda steps: np.cumsum(
        [[0.0, 0.0]] + [[d * np.cos(a), d * np.sin(a)] for d, a in steps], axis=0
    )
)


def test_arc_length_queries_on_a_corner() -> None:
    assert CORNER.length_m == 15.0
    np.testing.assert_allclose(
        CORNER.position_at([0, 4, 12, 99]), [[0, 0], [4, 0], [10, 2], [10, 5]]
    )
    np.testing.assert_allclose(CORNER.heading_at([0, 9.9, 10, 99]), [0, 0, np.pi / 2, np.pi / 2])
    assert [CORNER.option_at(s) for s in (-1, 0, 9.9, 10, 14, 15)] == [
        FOLLOW, FOLLOW, FOLLOW, RoadOption.LEFT, RoadOption.LEFT, FOLLOW,
    ]  # fmt: skip


def test_offset_is_positive_to_the_left() -> None:
    assert CORNER.project([3, 2]) == pytest.approx((3, 2))
    assert CORNER.project([3, -2]) == pytest.approx((3, -2))
    assert CORNER.project([11, 4]) == pytest.approx((14, -1))


def test_projection_with_a_window_stays_on_its_part_of_a_crossing_route() -> None:
    eight = Route([[0, 0], [50, 0], [50, 50], [25, 50], [25, -50]], [FOLLOW] * 5)
    assert eight.project([25.1, 1.0], near_arc_m=20.0)[0] == pytest.approx(25.1)
    assert eight.project([25.1, 1.0], near_arc_m=170.0)[0] == pytest.approx(174.0)


@given(polylines, st.floats(0, 1), st.floats(0, 200))
def test_a_point_of_the_route_projects_onto_itself(points, share, near) -> None:
    route = Route(points, [FOLLOW] * len(points))
    arc = share * route.length_m
    for found, lateral in (
        route.project(route.position_at(arc)),
        route.project(route.position_at(arc), near_arc_m=arc, window_m=5.0),
    ):
        assert abs(lateral) < 1e-6
        np.testing.assert_allclose(route.position_at(found), route.position_at(arc), atol=1e-6)
    found, _ = route.project([0.0, 0.0], near_arc_m=near, window_m=3.0)
    assert 0.0 <= found <= route.length_m


@given(polylines, st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=1))
def test_many_positions_project_as_single_ones(points, positions) -> None:
    route = Route(points, [FOLLOW] * len(points))
    arcs, laterals = route.project_many(positions)
    singles = [route.project(position) for position in positions]
    np.testing.assert_array_equal(np.stack([arcs, laterals], axis=1), singles)


@pytest.mark.parametrize(
    ('points', 'options', 'error', 'words'),
    [
        ([[0, 0]], 1, ContractError, 'at least 2'),
        ([[0, 0], [0, 0]], 2, ContractError, 'remove the repeated point'),
        ([[0, 0], [1, 0]], 1, ContractError, 'one option for each point'),
        ([[0, 0], [np.nan, 0]], 2, NonFiniteError, 'finite'),
        ([[0, 0, 0], [1, 0, 0]], 2, ContractError, 'shape'),
    ],
)
def test_bad_routes_are_refused(points, options, error, words) -> None:
    with pytest.raises(error, match=words):
        Route(points, [FOLLOW] * options)


def test_unknown_options_are_refused_and_numbers_are_fine() -> None:
    assert Route([[0, 0], [1, 0]], [4, 1]).options == (FOLLOW, RoadOption.LEFT)
    with pytest.raises(ContractError, match='4 LANE_FOLLOW'):
        Route([[0, 0], [1, 0]], [4, 99])


def test_a_bad_position_is_refused_and_arrays_are_read_only() -> None:
    with pytest.raises(NonFiniteError):
        CORNER.project([np.nan, 0])
    with pytest.raises(NonFiniteError):
        CORNER.option_at(np.inf)
    with pytest.raises(ValueError, match='read-only'):
        CORNER.points_map_m[0] = 1.0


def test_repeated_points_are_joined_and_the_command_that_begins_there_is_kept() -> None:
    points = [[0, 0], [0, 0], [5, 0], [5, 0.001], [9, 0], [9, 0]]
    options = [FOLLOW, FOLLOW, FOLLOW, RoadOption.LEFT, FOLLOW, FOLLOW]
    route = Route.without_repeats(points, options)
    assert route.points_map_m.tolist() == [[0, 0], [5, 0], [9, 0]]
    assert route.options == (FOLLOW, RoadOption.LEFT, FOLLOW)
    with pytest.raises(ContractError, match='one option for each point'):
        Route.without_repeats(points, options[:2])
    with pytest.raises(ContractError, match='at least 2'):
        Route.without_repeats([[1, 1], [1, 1]], [FOLLOW, FOLLOW])
