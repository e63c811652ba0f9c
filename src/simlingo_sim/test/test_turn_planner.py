# SPDX-License-Identifier: Apache-2.0
"""Turns by words on the held-out town: the junction that is meant, and the route over it."""

import numpy as np
import pytest

from simlingo_core.errors import WorldError
from simlingo_core.geometry import Pose2, wrap_angle_rad
from simlingo_core.intents import Direction, Turn
from simlingo_core.types import RoadOption
from simlingo_sim.town.loading import load_town
from simlingo_sim.town.route_files import find_named_route
from simlingo_sim.town.route_planner import RoutePlanner
from simlingo_sim.town.turn_planner import TurnPlanner

OPTIONS = {
    Direction.LEFT: RoadOption.LEFT,
    Direction.RIGHT: RoadOption.RIGHT,
    Direction.STRAIGHT: RoadOption.STRAIGHT,
}


@pytest.fixture(scope='module')
def street():
    """The first route of the held-out town, whose junction offers all ways."""
    spec = find_named_route('test:0')
    town = load_town(spec.town)
    planner = RoutePlanner(town.map)
    route = planner.plan(spec.waypoints_map_m).route
    start = Pose2(*route.points_map_m[0], float(route.heading_at(0.0)))
    return TurnPlanner(town.map, planner), start, route.points_map_m[-1]


def junctions(route):
    """Return the commands of the junctions along a route."""
    found = []
    for option, before in zip(route.options, (None, *route.options), strict=False):
        if option in OPTIONS.values() and option is not before:
            found.append(option)
    return found


@pytest.mark.parametrize('direction', OPTIONS)
def test_the_next_junction_is_crossed_as_asked(street, direction) -> None:
    turns, start, goal = street
    planned, words = turns.plan(start, 0.0, Turn(direction), goal)
    assert junctions(planned.route)[0] is OPTIONS[direction]
    assert 'in 27 m' in words
    assert np.hypot(*(planned.route.points_map_m[0] - start.position_m)) < 1.0


def test_the_second_right_goes_straight_over_the_first(street) -> None:
    turns, start, goal = street
    planned, _ = turns.plan(start, 0.0, Turn(Direction.RIGHT, 2), goal)
    assert junctions(planned.route)[:2] == [RoadOption.STRAIGHT, RoadOption.RIGHT]


def test_a_junction_within_the_way_to_brake_is_not_the_next_one(street) -> None:
    turns, start, goal = street
    planned, words = turns.plan(start, 12.0, Turn(Direction.LEFT), goal)
    assert junctions(planned.route)[:2] == [RoadOption.STRAIGHT, RoadOption.LEFT]
    assert 'in 27 m' not in words


def test_turning_around_ends_beside_the_start_in_the_other_direction(street) -> None:
    turns, start, goal = street
    planned, words = turns.plan(start, 0.0, Turn(Direction.AROUND), goal)
    end = planned.route.points_map_m[-1]
    assert np.hypot(*(end - start.position_m)) < 8.0
    turned = wrap_angle_rad(planned.route.heading_at(planned.route.length_m) - start.yaw_rad)
    assert abs(turned) > 2.5
    assert 'turn around' in words


def test_a_turn_that_no_junction_ahead_allows_is_refused() -> None:
    spec = find_named_route('test:5')
    town = load_town(spec.town)
    planner = RoutePlanner(town.map)
    route = planner.plan(spec.waypoints_map_m).route
    start = Pose2(*route.points_map_m[0], float(route.heading_at(0.0)))
    with pytest.raises(WorldError, match='no junction within 600 m lets the car turn left'):
        TurnPlanner(town.map, planner).plan(
            start, 0.0, Turn(Direction.LEFT), route.points_map_m[-1]
        )
