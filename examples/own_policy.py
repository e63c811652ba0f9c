# SPDX-License-Identifier: Apache-2.0
"""Your own policy: straight to the next two target points, slower in curves."""

from simlingo_core.baselines import plan_along
from simlingo_core.types import DrivingPlan, Observation
from simlingo_evaluation.agents import PolicyAgent
from simlingo_evaluation.episode import EpisodeResult, run_episode
from simlingo_sim.episode_runner import make_scorer
from simlingo_sim.score.protocol import BENCH2DRIVE
from simlingo_sim.world import SimWorld


class OwnPolicy:
    """Needs no image; sees neither traffic nor lights."""

    name = 'own'

    def reset(self) -> None:
        """Do nothing: there is no memory between observations."""

    def plan(self, observation: Observation, instruction: object = None) -> DrivingPlan:
        """Return the plan for one observation; target points are in base_link, in metres."""
        first, second = observation.target_points_base_m
        speed_mps = 6.0 / (1.0 + 0.1 * abs(first[1]))
        return plan_along(observation, [first, second], speed_mps, self.name)


def drive(route: str, max_ticks: int = 40_000) -> EpisodeResult:
    """Drive a route once, or as many ticks of 0.05 s of it as are allowed."""
    with SimWorld() as world:
        frame = world.reset(route, seed=0, with_image=False)
        agent = PolicyAgent(OwnPolicy(), uses_images=False)
        scorer = make_scorer(world, BENCH2DRIVE)
        return run_episode(world, frame, agent, scorer, max_ticks=max_ticks)


if __name__ == '__main__':
    result = drive('test:0')
    print(f'{result.score.status}: driving score {result.score.driving_score:.0f}')
    print(*(f'{t_s:6.1f} s  {event}' for t_s, event in result.trace.events), sep='\n')
