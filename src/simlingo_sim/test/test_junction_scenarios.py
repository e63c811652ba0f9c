# SPDX-License-Identifier: Apache-2.0
"""Scenarios at junctions and on motorways: places, arguments, and their contract."""

import numpy as np
import pytest

from simlingo_core.errors import WorldError
from simlingo_sim.situations.scenarios import SCENARIOS
from simlingo_sim.situations.scenarios.description import Demand
from simlingo_sim.situations.scenarios.families import entered_flows, junctions, motorways
from simlingo_sim.tools.courses import Course
from simlingo_sim.tools.scenario_sweep import drive
from simlingo_sim.town.loading import load_town
from simlingo_sim.town.route_files import find_named_route
from simlingo_sim.town.route_planner import RoutePlanner
from simlingo_sim.world import SimWorld

NAMES = [
    scenario.name for scenario in (*junctions.FAMILY, *entered_flows.FAMILY, *motorways.FAMILY)
]
ROUTES = {
    'NonSignalizedJunctionLeftTurn': 'test:22',
    'NonSignalizedJunctionRightTurn': 'test:15',
    'SignalizedJunctionLeftTurn': 'test:14',
    'SignalizedJunctionRightTurn': 'test:29',
    'InterurbanActorFlow': 'train2:20',
    'InterurbanAdvancedActorFlow': 'train2:4',
    'EnterActorFlow': 'train2:66',
    'NonSignalizedJunctionLeftTurnEnterFlow': 'test:28',
    'SignalizedJunctionLeftTurnEnterFlow': 'test:14',
    'CrossingBicycleFlow': 'test:22',
    'OppositeVehicleTakingPriority': 'test:25',
    'OppositeVehicleRunningRedLight': 'test:26',
    'VehicleTurningRoutePedestrian': 'test:9',
    'VehicleTurningRoute': 'test:5',
    'MergerIntoSlowTraffic': 'train2:1',
    'MergerIntoSlowTrafficV2': 'train2:1',
    'HighwayExit': 'train2:15',
    'LaneChange': 'train2:3',
    'HighwayCutIn': 'train2:0',
    'YieldToEmergencyVehicle': 'train2:0',
}


@pytest.fixture(scope='module')
def planned():
    """Plans named routes; each town is loaded once."""
    towns = {}

    def plan(name):
        spec = find_named_route(name)
        if spec.town not in towns:
            town = load_town(spec.town)
            towns[spec.town] = town, RoutePlanner(town.map)
        town, planner = towns[spec.town]
        return town, planner.plan(spec.waypoints_map_m)

    return plan


@pytest.mark.parametrize('name', NAMES)
def test_it_finds_a_place_that_a_trigger_before_it_means_too(planned, name):
    town, route = planned(ROUTES[name])
    scenario = SCENARIOS[name]
    place = scenario.find_place(town, route, np.random.default_rng(0))
    assert place is not None
    assert scenario.stage_at(town, route, place).arc_m == pytest.approx(place)
    if scenario.demands is Demand.GIVE_WAY:
        staged = scenario.stage_at(town, route, place - 5.0)
        assert staged.arc_m == pytest.approx(place)
        assert staged.describe().others_have_priority
        assert staged.closed_edges(town, route)


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('NonSignalizedJunctionLeftTurn', r'no turn \(left\) at a junction without a light'),
        ('EnterActorFlow', r'of a fast road there; it needs traffic from left into its lane'),
        ('HighwayExit', r'changes no lane there \(to leave\)'),
        ('YieldToEmergencyVehicle', 'a junction or lane change lies within 200 m of it'),
    ],
)
def test_no_room_is_an_error_that_names_it(planned, name, message):
    town, route = planned('test:2')
    assert SCENARIOS[name].find_place(town, route, np.random.default_rng(0)) is None
    with pytest.raises(WorldError, match=f'{name} does not fit at 90 m .*{message}'):
        SCENARIOS[name].stage_at(town, route, 90.0)


FLOW = {
    'start_actor_flow': {'x': '1', 'y': '2', 'z': '0'},
    'end_actor_flow': {'x': '1', 'y': '2', 'z': '0'},
    'flow_speed': {'value': '10'},
    'source_dist_interval': {'from': '25', 'to': '50'},
}


def test_arguments_of_bench2drive_are_taken(planned):
    town, route = planned('test:14')
    scenario = SCENARIOS['SignalizedJunctionLeftTurn']
    place = scenario.find_place(town, route, np.random.default_rng(0))
    scenario.stage_at(town, route, place, FLOW)
    bad = FLOW | {'end_actor_flow': {'x': '1', 'y': 'nan'}}
    with pytest.raises(WorldError, match='end_actor_flow y="nan">; expected a finite number'):
        scenario.stage_at(town, route, place, bad)
    town, route = planned('train2:0')
    scenario = SCENARIOS['YieldToEmergencyVehicle']
    place = scenario.find_place(town, route, np.random.default_rng(0))
    staged = scenario.stage_at(town, route, place, {'distance': {'value': '28'}})
    assert staged.arc_m == pytest.approx(place), 'there it is the way behind the ego'


@pytest.mark.slow
@pytest.mark.parametrize('name', NAMES)
def test_the_expert_solves_it_and_driving_through_it_fails(name):
    course = Course()
    with SimWorld() as world:
        careful = drive(world, course, name, 0, is_blind=False)
        assert careful.is_solved, careful
        blind = drive(world, course, name, 0, is_blind=True)
        assert blind.is_own, blind
