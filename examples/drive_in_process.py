# SPDX-License-Identifier: Apache-2.0
"""The mini drives a route of the held-out town in this process: no ROS, no clock."""

from simlingo_core.frame import Frame
from simlingo_core.schedule import Schedule
from simlingo_core.types import VehicleCommand
from simlingo_evaluation.episode import EpisodeResult, run_episode
from simlingo_evaluation.policies import make_agent
from simlingo_sim.episode_runner import make_scorer
from simlingo_sim.score.protocol import BENCH2DRIVE
from simlingo_sim.world import SimWorld


def drive(policy: str, route: str, max_ticks: int = 40_000) -> EpisodeResult:
    """Drive a route once, or as many ticks of 0.05 s of it as are allowed."""
    with SimWorld() as world:
        first_frame = world.reset(route, seed=0)
        agent = make_agent(policy, world, Schedule())
        scorer = make_scorer(world, BENCH2DRIVE)
        return run_episode(world, first_frame, agent, scorer, max_ticks=max_ticks, on_command=show)


def show(frame: Frame, _command: VehicleCommand) -> None:
    """Print how far the car is, every 5 s of its time."""
    if frame.tick % 100 == 0:
        print(f'{frame.t_s:5.0f} s  {frame.ego.speed_mps:4.1f} m/s', flush=True)


if __name__ == '__main__':
    result = drive('mini', 'test:0')
    print(f'{result.score.status}: driving score {result.score.driving_score:.0f}')
    for t_s, event in result.trace.events:
        print(f'{t_s:6.1f} s  {event}')
