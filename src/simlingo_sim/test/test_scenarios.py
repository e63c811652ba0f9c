# SPDX-License-Identifier: Apache-2.0
"""Scenarios of Bench2Drive: their descriptions, arguments and places."""

from dataclasses import replace

import numpy as np
import pytest

from simlingo_core.errors import WorldError
from simlingo_sim.score.abilities import abilities_of
from simlingo_sim.situations import SITUATIONS
from simlingo_sim.situations.scenarios import SCENARIOS
from simlingo_sim.situations.scenarios.arguments import read_arguments
from simlingo_sim.situations.scenarios.families.common import FREQUENCY, SIDES
from simlingo_sim.situations.scenarios.spot import Anchor, Spot
from simlingo_sim.town.loading import load_town
from simlingo_sim.town.route_files import SituationSpec, find_named_route
from simlingo_sim.town.route_planner import RoutePlanner
from simlingo_sim.traffic.traffic import TrafficConfig
from simlingo_sim.world import SimWorld, WorldConfig, state_digest

EMPTY = WorldConfig(traffic=TrafficConfig(vehicles=0, pedestrians=0))


@pytest.fixture(scope='module')
def street():
    """A route of Town91 along two lanes of the same direction, with oncoming lanes."""
    spec = find_named_route('train:0')
    town = load_town(spec.town)
    return town, RoutePlanner(town.map).plan(spec.waypoints_map_m), spec


def test_every_scenario_says_what_it_is():
    for name, scenario in SCENARIOS.items():
        assert SITUATIONS[name] is scenario
        assert scenario.name == name
        assert scenario.summary
        assert scenario.roles
        assert scenario.timeout_s > 0.0
        assert abilities_of(name), 'a name of the benchmark'


@pytest.mark.parametrize(
    ('texts', 'message'),
    [
        ({'distanse': {'value': '3'}}, "no argument 'distanse'; expected frequency, direction"),
        ({'frequency': {'value': 'x'}}, 'frequency value="x">; expected a finite number'),
        ({'frequency': {'from': '90', 'to': '20'}}, 'ends before it begins'),
        ({'frequency': {'from': '1', 'to': '20'}}, 'frequency is 1 m; expected 8 to 300 m'),
        ({'direction': {'value': 'up'}}, "direction is 'up'; expected one of right, left"),
    ],
)
def test_bad_arguments_are_named(texts, message):
    with pytest.raises(WorldError, match=message):
        read_arguments('Some', (FREQUENCY, SIDES), texts)


def test_arguments_are_read():
    values = read_arguments(
        'Some',
        (FREQUENCY, SIDES),
        {'frequency': {'from': '20', 'to': '80'}, 'direction': {'value': 'left'}},
    )
    assert (values.spans['frequency'].low, values.spans['frequency'].high) == (20.0, 80.0)
    assert values.side() == 1.0


def test_no_room_is_an_error_that_names_it(street):
    town, planned, _ = street
    scenario = SCENARIOS['ParkedObstacle']
    with pytest.raises(WorldError, match=r'ParkedObstacle does not fit at 5 m .* from the start'):
        scenario.stage_at(town, planned, 5.0)
    far = {'distance': {'value': '290'}}
    with pytest.raises(WorldError, match='ParkedObstacle does not fit'):
        scenario.stage_at(town, planned, 60.0, far)


def test_a_spot_knows_what_lies_beside_it(street):
    town, planned, _ = street
    arcs = [
        SCENARIOS[name].find_place(town, planned, np.random.default_rng(0))
        for name in ('ParkedObstacle', 'ParkedObstacleTwoWays')
    ]
    assert any(arc is not None for arc in arcs)
    arc_m = next(arc for arc in arcs if arc is not None)
    spot = Spot(town=town, planned=planned, arc_m=arc_m)
    width_m = spot.lane.width_m
    assert spot.left_m(Anchor.EDGE) == pytest.approx(-width_m / 2)
    assert spot.left_m(Anchor.KERB) <= -width_m / 2
    if spot.left_lane is not None:
        assert spot.left_m(Anchor.LEFT_LANE) == pytest.approx(width_m, abs=0.1)
    if spot.oncoming is not None:
        assert spot.left_m(Anchor.ONCOMING) >= width_m - 0.1


def test_a_route_file_stages_it_with_its_arguments():
    with SimWorld(EMPTY) as world:
        world.reset('train:0', seed=0, with_image=False)
        spec = replace(
            find_named_route('train:0'),
            situations=(
                SituationSpec(
                    name='DynamicObjectCrossing', arguments={'direction': {'value': 'left'}}
                ),
            ),
        )
        digests = []
        for _ in range(2):
            world.reset(spec, seed=3, with_image=False)
            digests.append(state_digest(world.state))
        (situation,) = world.situations
        lateral = [
            world.route.project(actor.pose_map.position_m)[1]
            for actor in world.state.actors
            if actor.id in situation.actor_ids
        ]
        assert digests[0] == digests[1]
        assert min(lateral) > 2.0, 'they wait on the left'
        bad = replace(spec, situations=(SituationSpec(name='StaticCutIn', arguments={'a': {}}),))
        with pytest.raises(WorldError):
            world.reset(bad, seed=3, with_image=False)
        assert world.reset(spec, seed=3, with_image=False).tick == 0
