# SPDX-License-Identifier: Apache-2.0
"""Whole routes through the test double score as in the embedded world."""

import pytest
from fake_carla import FakeServer, assert_clean

from simlingo_carla.world import CarlaWorld
from simlingo_carla.world_config import CarlaConfig
from simlingo_core.schedule import Schedule
from simlingo_evaluation.episode import run_episode
from simlingo_evaluation.policies import make_agent
from simlingo_sim.episode_runner import make_scorer
from simlingo_sim.score.infractions import EndReason
from simlingo_sim.score.protocol import BENCH2DRIVE
from simlingo_sim.world import SimWorld

SEED = 0
TOLERANCE = 3.0


def drive(world, route, policy, max_ticks=10_000):
    agent = make_agent(policy, world, Schedule())
    frame = world.reset(route, seed=SEED, with_image=agent.needs_image(0))
    scorer = make_scorer(world, BENCH2DRIVE)
    return run_episode(world, frame, agent, scorer, max_ticks=max_ticks)


def drive_in_both(route, policy, config=None, **limits):
    with SimWorld() as embedded:
        expected = drive(embedded, route, policy, **limits)
    server = FakeServer(route, seed=SEED)
    try:
        with CarlaWorld(config, server.make_client) as world:
            found = drive(world, route, policy, **limits)
        assert_clean(server)
    finally:
        server.close()
    assert (expected.error, found.error) == ('', '')
    return expected.score, found.score


def test_beginning_of_a_route_is_driven_as_in_the_embedded_world():
    # The warm-up would shift the drive against traffic and lights by half a second.
    config = CarlaConfig(warm_up_ticks=0)
    expected, found = drive_in_both('test:0', 'expert', config, max_ticks=150)

    assert expected.route_score > 3.0
    assert found.route_score == pytest.approx(expected.route_score, abs=0.7)
    assert len(found.infractions) == len(expected.infractions)


@pytest.mark.slow
@pytest.mark.parametrize('number', range(10))
@pytest.mark.parametrize('policy', ['expert', 'mini'])
def test_whole_route_scores_as_in_the_embedded_world(policy, number):
    expected, found = drive_in_both(f'test:{number}', policy)

    print(
        f'{policy} test:{number}: embedded {expected.driving_score:.1f}, '
        f'test double {found.driving_score:.1f}'
    )
    assert found.end is expected.end
    assert found.driving_score == pytest.approx(expected.driving_score, abs=TOLERANCE)
    if policy == 'expert':
        assert found.end is EndReason.ARRIVED
