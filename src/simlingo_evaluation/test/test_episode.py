# SPDX-License-Identifier: Apache-2.0
"""Whole episodes in the simulated world, short and with little traffic."""

import cv2
import numpy as np
import pytest

from simlingo_core.errors import StaleInputError
from simlingo_core.schedule import Schedule
from simlingo_core.types import VehicleCommand
from simlingo_evaluation.agents import DriverAgent, PolicyAgent
from simlingo_evaluation.campaign import Campaign, run_campaign
from simlingo_evaluation.causes import describe_failure
from simlingo_evaluation.episode import run_episode
from simlingo_evaluation.policies import make_agent
from simlingo_evaluation.strips import write_strip
from simlingo_sim.camera.renderer import Renderer
from simlingo_sim.expert import Expert
from simlingo_sim.expert.route_follower import RouteFollower
from simlingo_sim.score.infractions import EndReason, InfractionKind
from simlingo_sim.score.protocol import BENCH2DRIVE
from simlingo_sim.score.scorer import Scorer
from simlingo_sim.score.town_road import TownRoad
from simlingo_sim.town.route_files import RouteSpec, read_routes
from simlingo_sim.traffic.traffic import TrafficConfig
from simlingo_sim.world import SimWorld, WorldConfig


@pytest.fixture(scope='module')
def world():
    config = WorldConfig(traffic=TrafficConfig(vehicles=4, pedestrians=2))
    with SimWorld(config) as opened:
        yield opened


@pytest.fixture(scope='module')
def short(world):
    """The first part of a committed route."""
    route = next(r for r in read_routes('test') if r.situation_names == ('free_driving',))
    world.reset(route, 'free_driving', 0, with_image=False)
    points = world.route.points_map_m
    return RouteSpec(id='short', town=route.town, waypoints_map_m=points[[0, 110]])


def drive(world, route, make, seed=0, situation=None):
    frame = world.reset(route, situation, seed, with_image=False)
    scorer = Scorer(world.route, TownRoad(world.town), BENCH2DRIVE)
    return run_episode(world, frame, make(world), scorer)


def expert_policy(world):
    return PolicyAgent(Expert(world), Schedule(4, 2), uses_images=False)


class Standing:
    """A driver that brakes for ever, or fails."""

    name = 'standing'

    def __init__(self, error=None):
        self._error = error

    def reset(self):
        pass

    def drive(self, frame):
        if self._error is not None and frame.tick == 20:
            raise self._error
        return VehicleCommand.full_brake()


@pytest.mark.parametrize('make', [lambda w: DriverAgent(Expert(w)), expert_policy])
def test_the_expert_arrives_by_commands_and_by_plans(world, short, make):
    outcome = drive(world, short, make)
    assert describe_failure(outcome) == ''
    assert outcome.score.driving_score == 100.0
    assert outcome.score.is_success
    assert outcome.trace.has_happened == {'free_driving': True}
    assert max(outcome.trace.speed_mps) > 5.0


def test_the_same_seed_gives_the_same_episode(world, short):
    runs = [drive(world, short, lambda w: DriverAgent(Expert(w)), seed=3) for _ in range(2)]
    assert runs[0].trace.speed_mps == runs[1].trace.speed_mps
    assert runs[0].score == runs[1].score


def test_the_route_follower_runs_into_what_is_in_the_way(world):
    route = next(r for r in read_routes('test') if r.situation_names == ('blocked_lane',))
    outcome = drive(world, route, lambda w: DriverAgent(RouteFollower(w)))
    assert outcome.score.count(InfractionKind.COLLISION_VEHICLE) >= 1
    assert 'hit a vehicle' in describe_failure(outcome)


@pytest.mark.parametrize('error', [StaleInputError('too old'), RuntimeError('broken')])
def test_a_failing_driver_ends_its_own_episode_only(world, short, error):
    outcome = drive(world, short, lambda w: DriverAgent(Standing(error)))
    assert outcome.score.end is EndReason.AGENT_CRASHED
    assert str(error) in outcome.error
    assert str(error) in describe_failure(outcome)
    assert drive(world, short, lambda w: DriverAgent(Expert(w))).score.is_success


def test_standing_is_blocked_and_leaves_images(world, short, tmp_path):
    outcome = drive(world, short, lambda w: DriverAgent(Standing()))
    assert outcome.score.end is EndReason.BLOCKED
    assert len(outcome.trace.snapshots) == 6
    renderer = Renderer(world.town, seed=0)
    try:
        write_strip(tmp_path / 'strip.jpg', outcome.trace.snapshots[-2:], renderer, 'stood')
    finally:
        renderer.close()
    image = cv2.imread(str(tmp_path / 'strip.jpg'))
    assert image.shape[1] == 2 * 512
    assert np.std(image) > 10.0


def test_agents_have_their_names(world, short):
    world.reset(short, None, 0, with_image=False)
    names = [make_agent(name, world, Schedule()).name for name in ('expert', 'expert_policy')]
    assert names == ['expert', 'expert_policy']


def test_a_campaign_drives_draws_and_resumes(short, tmp_path, world):
    world.close()  # one world with traffic at a time
    nowhere = RouteSpec(id='off', town='Town93', waypoints_map_m=np.array([[9e3, 0], [9e3, 50]]))
    campaign = Campaign(
        policies=('expert',),
        routes=(nowhere, short),
        seeds=(0,),
        folder=tmp_path,
    )
    first = list(run_campaign(campaign))
    assert [record.score.driving_score for record in first] == [0.0, 100.0]
    assert 'the simulation failed' in first[0].cause
    assert [record.is_crashed for record in first] == [True, False]
    assert list(run_campaign(campaign)) == first
    # The last episode ended well and left no traffic behind: SUMO runs once per process.
    frame = world.reset(short, None, 0, with_image=False)
    assert frame.tick == 0
