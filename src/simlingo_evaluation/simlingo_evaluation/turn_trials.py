# SPDX-License-Identifier: Apache-2.0
"""Turns by words in closed loop: ``python -m simlingo_evaluation.turn_trials --policy NAME``.

On each route, without traffic, the car is given one turn a second after its start; the trial ends
when the instruction has ended.  A turn that the route planner refuses, or whose junction is
farther than 150 m, is no trial.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

from simlingo_core.errors import WorldError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.intents import Direction, Turn
from simlingo_core.schedule import Schedule
from simlingo_core.status import InstructionState, InstructionStatus
from simlingo_core.types import Instruction
from simlingo_evaluation.agents import PolicyAgent
from simlingo_evaluation.policies import make_agent
from simlingo_sim.town.route_files import ROUTE_FOLDER, read_routes
from simlingo_sim.traffic.traffic import TrafficConfig
from simlingo_sim.world import SimWorld, WorldConfig

FARTHEST_M = 150.0
LIMIT_S = 130.0
GIVEN_S = 1.0
TURNS = (
    Turn(Direction.LEFT),
    Turn(Direction.RIGHT),
    Turn(Direction.STRAIGHT),
    Turn(Direction.RIGHT, 2),
    Turn(Direction.LEFT, 2),
)
ENDS = (
    InstructionState.DONE,
    InstructionState.NOT_FOLLOWED,
    InstructionState.REJECTED,
    InstructionState.CANCELLED,
)


@dataclass(frozen=True)
class TurnTrial:
    """One turn and what came of it.

    Attributes:
        route: its name, such as ``test:3``.
        turn: that was asked for.
        end: how the instruction ended; None: it has not within the limit.
    """

    route: str
    turn: Turn
    end: InstructionStatus | None

    @property
    def is_done(self) -> bool:
        """Whether the car has turned as it was asked to."""
        return self.end is not None and self.end.state is InstructionState.DONE


def run_trial(world: SimWorld, agent: PolicyAgent, route: str, turn: Turn) -> TurnTrial | None:
    """Drive one trial; None: the route offers none for this turn."""
    frame = world.reset(route, 'free_driving', 0, with_image=agent.needs_image(0))
    agent.reset(world.route)
    agent.instructions = [(GIVEN_S, Instruction(id='turn', text=turn.words))]
    is_near = True

    def request(wanted: Turn) -> str:
        nonlocal is_near
        words = world.turn(wanted)
        distance_m = float(words.split(' in ')[1].split(' ')[0])
        is_near = distance_m <= FARTHEST_M
        return words

    agent.offer_turns(request, lambda: world.route)
    for tick in range(round(LIMIT_S / TICK_PERIOD_S)):
        frame = world.step(agent.step(frame), with_image=agent.needs_image(tick + 1))
        ended = [status for status in agent.statuses if status.state in ENDS]
        if not is_near or (ended and ended[0].state is InstructionState.REJECTED):
            return None
        if ended:
            return TurnTrial(route, turn, ended[0])
    return TurnTrial(route, turn, None)


def run_trials(policy: str, sets: list[str], most: int) -> Iterator[TurnTrial]:
    """Drive trials on the routes of sets, at most so many.

    Raises:
        WorldError: the policy takes no instructions.
    """
    quiet = WorldConfig(traffic=TrafficConfig(vehicles=0, pedestrians=0))
    with SimWorld(quiet) as world:
        agent = make_agent(policy, world, Schedule())
        if not isinstance(agent, PolicyAgent):
            raise WorldError(f'{policy} takes no instructions; expected a policy')
        count = 0
        for number in range(99):
            for name in sets:
                routes = read_routes(ROUTE_FOLDER / f'{name}.xml')
                if number >= len(routes):
                    continue
                route = f'{name}:{routes[number].id}'
                trial = _first_trial(world, agent, route, number + number // len(TURNS))
                if trial is None:
                    continue
                yield trial
                count += 1
                if count >= most:
                    return


def _first_trial(world: SimWorld, agent: PolicyAgent, route: str, number: int) -> TurnTrial | None:
    """Drive the first turn that a route offers; on each route another one is tried first."""
    for shift in range(len(TURNS)):
        trial = run_trial(world, agent, route, TURNS[(number + shift) % len(TURNS)])
        if trial is not None:
            return trial
    return None


def main() -> None:
    """Print every trial and the share that was done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--policy', default='expert_policy')
    parser.add_argument('--routes', action='append', default=[])
    parser.add_argument('--most', type=int, default=40)
    arguments = parser.parse_args()
    done = count = 0
    for trial in run_trials(
        arguments.policy, arguments.routes or ['test', 'test2'], arguments.most
    ):
        count, done = count + 1, done + trial.is_done
        end = 'did not end in time' if trial.end is None else trial.end.reason
        verdict = 'done' if trial.is_done else 'NOT'
        print(f'{trial.route:10} {trial.turn.words:40} {verdict:5} {end}', flush=True)
    print(f'{arguments.policy}: {done} of {count} turns done')


if __name__ == '__main__':
    main()
