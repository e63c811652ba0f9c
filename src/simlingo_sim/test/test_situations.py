# SPDX-License-Identifier: Apache-2.0
"""The contract of every situation: it happens, the expert solves it, who ignores it fails it."""

from dataclasses import dataclass

import numpy as np
import pytest

from simlingo_core.errors import WorldError
from simlingo_core.route import Route
from simlingo_core.types import RoadOption
from simlingo_sim.expert.driver import Expert
from simlingo_sim.expert.route_follower import RouteFollower
from simlingo_sim.score.infractions import EndReason, Infraction, InfractionKind
from simlingo_sim.score.protocol import find_protocol
from simlingo_sim.score.scorer import EpisodeScore, Scorer
from simlingo_sim.score.town_road import TownRoad
from simlingo_sim.situations import (
    FIRST_SITUATIONS,
    SITUATIONS,
    ActiveSituation,
    situation_kind,
)
from simlingo_sim.situations.places import arc_within, guarded_arcs, stretches
from simlingo_sim.situations.stage import ScriptedActor, edges_along
from simlingo_sim.state import ActorKind
from simlingo_sim.town.route_files import find_route, read_routes
from simlingo_sim.world import SimWorld

# What a driver who ignores the situation is charged with.
CHARGES = {
    'lead_vehicle_brakes': InfractionKind.COLLISION_VEHICLE,
    'red_light': InfractionKind.RED_LIGHT,
    'stop_sign': InfractionKind.STOP_SIGN,
    'crossing_traffic': InfractionKind.COLLISION_VEHICLE,
    'crossing_pedestrian': InfractionKind.COLLISION_PEDESTRIAN,
    'parked_obstacle': InfractionKind.COLLISION_VEHICLE,
    'blocked_lane': InfractionKind.COLLISION_VEHICLE,
}
SHORTEST = {
    'free_driving': '2',
    'lead_vehicle_brakes': '6',
    'red_light': '8',
    'stop_sign': '12',
    'crossing_traffic': '16',
    'crossing_pedestrian': '21',
    'parked_obstacle': '26',
    'blocked_lane': '31',
}


@dataclass(frozen=True)
class Result:
    """Result of one episode."""

    score: EpisodeScore
    infractions: list[Infraction]
    situation: ActiveSituation


@pytest.fixture(scope='module')
def world():
    with SimWorld() as opened:
        yield opened


def drive(world, driver_class, spec, seed, until_charged=None):
    """Drive a route; stop early where the awaited charge has been made."""
    frame = world.reset(spec, seed=seed, with_image=False)
    driver = driver_class(world)
    driver.reset()
    scorer = Scorer(world.route, TownRoad(world.town), find_protocol('bench2drive'))
    found = []
    while scorer.end is None and not any(is_charged(world, i, until_charged) for i in found):
        frame = world.step(driver.drive(frame), with_image=False)
        found += scorer.update(world.state, world.situations)
    return Result(scorer.finish(), found, world.situations[0])


def is_charged(world, infraction, kind):
    """Return whether an infraction is the awaited one, with the situation's own actor."""
    ids = world.situations[0].actor_ids
    return infraction.kind is kind and (not ids or infraction.other_id in ids)


def test_registry_is_complete():
    assert set(FIRST_SITUATIONS) == set(SHORTEST) == {*CHARGES, 'free_driving'}
    assert all(kind.name == name and kind.summary for name, kind in SITUATIONS.items())
    with pytest.raises(WorldError, match="did you mean 'blocked_lane'"):
        situation_kind('block_lane')


@pytest.mark.parametrize('name', sorted(SHORTEST))
def test_it_happens_and_the_expert_solves_it(world, name):
    spec = find_route(read_routes('test'), SHORTEST[name])
    assert spec.situation_names == (name,)
    result = drive(world, Expert, spec, seed=0)
    assert result.situation.has_happened
    assert result.situation.is_over
    assert result.score.end is EndReason.ARRIVED
    assert result.score.is_success, result.infractions


@pytest.mark.parametrize('name', sorted(CHARGES))
def test_a_driver_who_ignores_it_fails(world, name):
    spec = find_route(read_routes('test'), SHORTEST[name])
    result = drive(world, RouteFollower, spec, 0, until_charged=CHARGES[name])
    assert result.situation.has_happened
    assert any(is_charged(world, i, CHARGES[name]) for i in result.infractions)


@pytest.mark.slow
@pytest.mark.parametrize('set_name', ['train', 'test'])
@pytest.mark.parametrize('seed', [0, 1])
def test_a_driver_who_ignores_it_fails_on_every_route(world, set_name, seed):
    for spec in read_routes(set_name):
        kind = CHARGES.get(spec.situation_names[0])
        if kind is None:
            continue
        result = drive(world, RouteFollower, spec, seed, until_charged=kind)
        assert any(is_charged(world, i, kind) for i in result.infractions), spec.id


def test_other_seeds_stage_it_differently(world):
    first = world.reset('test:26', seed=0, with_image=False), world.state
    second = world.reset('test:26', seed=1, with_image=False), world.state
    poses = [
        next(a.pose_map for a in state.actors if a.role == 'scenario')
        for _, state in (first, second)
    ]
    assert poses[0] != poses[1]


def test_an_override_finds_its_own_place(world):
    world.reset('test:2', 'crossing_pedestrian', seed=4, with_image=False)
    (situation,) = world.situations
    assert situation.name == 'crossing_pedestrian'
    (walker_id,) = situation.actor_ids
    walker = next(a for a in world.state.actors if a.id == walker_id)
    assert walker.kind is ActorKind.PEDESTRIAN
    arc_m, lateral_m = world.route.project(walker.pose_map.position_m)
    assert arc_m == pytest.approx(situation.arc_m, abs=1.0)
    assert lateral_m < -2.0, 'waits behind the right kerb'


def test_places_on_a_route(world):
    world.reset('test:8', seed=0, with_image=False)
    planned = world.planned
    for start, end in stretches(planned):
        arcs = np.arange(start, end, 1.0)
        inside = planned.is_junction[np.searchsorted(planned.route.arc_m, arcs)]
        assert not inside.any()
    assert (
        arc_within(planned, np.random.default_rng(0), before_m=1e4, after_m=0.0, from_start_m=0.0)
        is None
    )
    lights = guarded_arcs(planned, world.town.traffic_lights)
    assert lights
    edges = edges_along(world.town, planned.route.points_map_m)
    assert [light.edge_id for _, light in lights] == [
        edge for edge in edges if edge in {light.edge_id for _, light in lights}
    ]


def test_scripted_actor_keeps_to_its_path_and_limits():
    path = Route(np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 5.0]]), [RoadOption.LANE_FOLLOW] * 3)
    actor = ScriptedActor(
        id=3001,
        kind=ActorKind.CAR,
        type_id='x',
        color_rgb=(0, 0, 0),
        extent_m=(2.0, 1.0, 0.7),
        pose_map=None,
        path=path,
        target_mps=5.0,
    )
    speeds = []
    for tick in range(200):
        actor.move(tick)
        speeds.append(actor.speed_mps)
    assert max(np.diff(speeds)) <= 2.5 * 0.05 + 1e-9
    assert actor.is_at_end
    assert actor.speed_mps == 0.0
    np.testing.assert_allclose(actor.pose_map.position_m, [10.0, 5.0], atol=0.1)
