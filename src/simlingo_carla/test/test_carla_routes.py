# SPDX-License-Identifier: Apache-2.0
"""Whole routes through the test double score as in the embedded world."""

from dataclasses import replace
from types import SimpleNamespace

import carla
import pytest
from fake_actors import HeroActor
from fake_carla import FakeServer, assert_clean

from simlingo_carla.actor_states import ego_state
from simlingo_carla.world import CarlaWorld
from simlingo_carla.world_config import CarlaConfig
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.schedule import Schedule
from simlingo_core.types import VehicleCommand
from simlingo_evaluation.episode import run_episode
from simlingo_evaluation.policies import make_agent
from simlingo_sim.episode_runner import make_scorer
from simlingo_sim.score.infractions import EndReason
from simlingo_sim.score.protocol import BENCH2DRIVE
from simlingo_sim.world import SimWorld

SEED = 0
TOLERANCE = 3.0
STANDING_TICKS = 12
"""So long the car stands first, on the server and in the embedded world.

Traffic and lights go on meanwhile, and a drive that begins half a second later is another drive.
A multiple of the period of plans, so that both plan at the same moments.
"""


class SinglePrecision(SimWorld):
    """The embedded world with numbers as a client of CARLA gets and gives them.

    They have 24 bits there.  A mini that creeps up to a light makes metres out of the difference
    within ten seconds, which says nothing about the way through the client.
    """

    @property
    def state(self):
        state = super().state
        tick = state.tick - STANDING_TICKS
        return replace(state, tick=tick, t_s=tick * TICK_PERIOD_S)

    def reset(self, *args, with_image=True, **kwargs):
        super().reset(*args, with_image=False, **kwargs)
        for _ in range(STANDING_TICKS):
            frame = super().step(VehicleCommand.full_brake(), with_image=with_image)
        return self._rounded(frame)

    def step(self, command, *, with_image=True):
        given = carla.VehicleControl(
            throttle=command.throttle, steer=command.steer, brake=command.brake
        )
        command = replace(command, throttle=given.throttle, steer=given.steer, brake=given.brake)
        return self._rounded(super().step(command, with_image=with_image))

    def render(self, camera):
        # Indicators blink by the time of the simulator.
        return self._open_renderer().render(super().state, camera)

    def _rounded(self, frame):
        server = SimpleNamespace(sim=self, sim_frame=frame)
        tick, t_s = self.state.tick, self.state.t_s
        ego = ego_state(HeroActor(server, {}), t_s)
        return replace(frame, tick=tick, t_s=t_s, ego=ego, speedometer_mps=ego.speed_mps)


def drive(world, route, policy, max_ticks=10_000):
    agent = make_agent(policy, world, Schedule())
    frame = world.reset(route, seed=SEED, with_image=agent.needs_image(0))
    scorer = make_scorer(world, BENCH2DRIVE)
    return run_episode(world, frame, agent, scorer, max_ticks=max_ticks)


def drive_in_both(route, policy, **limits):
    with SinglePrecision() as embedded:
        expected = drive(embedded, route, policy, **limits)
    server = FakeServer(route, seed=SEED)
    # The tick of the first frame is one more.  The simulator behind stages the situations.
    config = CarlaConfig(warm_up_ticks=STANDING_TICKS - 1, stages_situations=False)
    try:
        with CarlaWorld(config, server.make_client) as world:
            found = drive(world, route, policy, **limits)
        assert_clean(server)
    finally:
        server.close()
    assert (expected.error, found.error) == ('', '')
    return expected.score, found.score


def test_beginning_of_a_route_is_driven_as_in_the_embedded_world():
    expected, found = drive_in_both('test:0', 'expert', max_ticks=150)

    assert expected.route_score > 3.0
    assert found.route_score == pytest.approx(expected.route_score, abs=0.7)
    assert len(found.infractions) == len(expected.infractions)


@pytest.mark.slow
@pytest.mark.timeout(3600)
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
