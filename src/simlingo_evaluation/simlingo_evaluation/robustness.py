# SPDX-License-Identifier: Apache-2.0
"""Do words that should change nothing change the drive?  Same routes and seeds, other words.

``python -m simlingo_evaluation.robustness FILE --policy NAME``: each route is driven in silence
and under the instructions of ``harmless``, in the wording that stands first, and then in the
others; and with the sentences of each other group (ambiguous, noise, misleading), one a second.
Rewordings that the planner understands alike and gives to the model in the same words lead to the
same drive and are not driven again.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from simlingo_core.errors import BackendError, ContractError, WorldError
from simlingo_core.schedule import Schedule
from simlingo_core.status import InstructionState
from simlingo_core.types import Instruction
from simlingo_evaluation.agents import PolicyAgent
from simlingo_evaluation.episode import run_episode
from simlingo_evaluation.obedience import same_drives
from simlingo_evaluation.policies import make_agent
from simlingo_sim.episode_runner import make_scorer
from simlingo_sim.score.infractions import InfractionKind
from simlingo_sim.score.protocol import find_protocol
from simlingo_sim.world import SimWorld

HARMLESS = 'harmless'
GIVEN_S, PERIOD_S = 5.0, 1.05
ROUTES = ('test:0', 'test:4', 'test:8', 'test:12', 'test:16')


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One drive.

    Attributes:
        score: driving score, 0 to 100.
        infractions: their kinds, the minimum speed left out.
        accepted: sentences that came into force.
    """

    score: float
    infractions: tuple[str, ...]
    accepted: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Words on one route with one seed, against the drive that they should not change.

    Attributes:
        group: of the file.
        words: that were given.
        alike: how many wordings lead to this drive.
        route, seed: of the drives.
        without: in silence, or under the first wording.
        given: under the words.
    """

    group: str
    words: str
    alike: int
    route: str
    seed: int
    without: Outcome
    given: Outcome

    @property
    def change(self) -> float:
        """Change of the driving score."""
        return self.given.score - self.without.score

    @property
    def new_infractions(self) -> list[str]:
        """Infractions that the other drive did not have."""
        more = Counter(self.given.infractions) - Counter(self.without.infractions)
        return sorted(more.elements())


def read_file(path: Path) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the wordings of each harmless instruction, and the sentences of the other groups.

    Raises:
        ContractError: the file holds something else.
    """
    try:
        table = json.loads(path.read_text(encoding='utf-8'))
        harmless = {first: list(others) for first, others in table.pop(HARMLESS, {}).items()}
        return harmless, {group: list(texts) for group, texts in table.items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ContractError(f'{path} holds no groups of sentences: {error}') from error


def compare(
    world: SimWorld, agent: PolicyAgent, path: Path, route: str, seed: int, protocol: str
) -> Iterator[Comparison]:
    """Drive a route with all words of a file."""
    harmless, groups = read_file(path)
    silent = drive(world, agent, route, seed, [], protocol)
    for group, texts in groups.items():
        given = drive(world, agent, route, seed, texts, protocol)
        yield Comparison(
            group=group, words=f'{len(texts)} sentences', alike=len(texts), route=route,
            seed=seed, without=silent, given=given,
        )  # fmt: skip
    for first, others in harmless.items():
        plain = drive(world, agent, route, seed, [first], protocol)
        for alike in same_drives([first, *others]):
            is_plain = alike[0] == first
            given = plain if is_plain else drive(world, agent, route, seed, alike[:1], protocol)
            yield Comparison(
                group=HARMLESS, words=alike[-1], alike=len(alike) - is_plain, route=route,
                seed=seed, without=plain, given=given,
            )  # fmt: skip


def drive(
    world: SimWorld, agent: PolicyAgent, route: str, seed: int, texts: list[str], protocol: str
) -> Outcome:
    """Drive a route with its own situations while sentences are spoken, one a second.

    Raises:
        BackendError: the agent or the simulation crashed.
    """
    agent.instructions = [
        (GIVEN_S + PERIOD_S * number, Instruction(id=f'line-{number}', text=text))
        for number, text in enumerate(texts)
    ]
    first_frame = world.reset(route, None, seed, with_image=agent.needs_image(0))
    result = run_episode(
        world, first_frame, agent, make_scorer(world, find_protocol(protocol))
    )  # fmt: skip
    if result.error:
        raise BackendError(result.error)
    accepted = {s.id for s in agent.statuses if s.state is InstructionState.ACCEPTED}
    return Outcome(
        score=result.score.driving_score,
        infractions=tuple(
            str(found.kind.value)
            for found in result.score.infractions
            if found.kind is not InfractionKind.MIN_SPEED
        ),
        accepted=tuple(text for number, text in enumerate(texts) if f'line-{number}' in accepted),
    )


def main() -> None:
    """Print every comparison, and the mean and the largest change of each group."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('file', type=Path)
    parser.add_argument('--policy', default='expert_policy')
    parser.add_argument('--route', action='append', default=[])
    parser.add_argument('--seed', type=int, action='append', default=[])
    parser.add_argument('--protocol', default='bench2drive')
    arguments = parser.parse_args()
    found: list[Comparison] = []
    with SimWorld() as world:
        agent = make_agent(arguments.policy, world, Schedule())
        if not isinstance(agent, PolicyAgent):
            raise WorldError(f'{arguments.policy} takes no instructions; expected a policy')
        for route in arguments.route or ROUTES:
            for seed in arguments.seed or (0,):
                for one in compare(
                    world, agent, arguments.file, route, seed, arguments.protocol
                ):  # fmt: skip
                    found.append(one)
                    print(_line(one), flush=True)
    for group in dict.fromkeys(one.group for one in found):
        print(f'{arguments.policy} {group}: {_summary([o for o in found if o.group == group])}')


def _line(one: Comparison) -> str:
    accepted = f', accepted {list(one.given.accepted)}' if one.group != HARMLESS else ''
    return (
        f'{one.group:10} {one.route:8} seed {one.seed} {one.alike:2} wordings {one.words!r}: '
        f'score {one.without.score:.1f} -> {one.given.score:.1f}, '
        f'new infractions {one.new_infractions}{accepted}'
    )


def _summary(found: list[Comparison]) -> str:
    count = max(sum(one.alike for one in found), 1)
    mean = sum(one.alike * one.change for one in found) / count
    largest = max((abs(one.change) for one in found), default=0.0)
    new = sum(len(one.new_infractions) for one in found)
    return (
        f'{count} wordings on routes, mean change of the score {mean:+.2f}, '
        f'largest {largest:.2f}, new infractions {new}'
    )


if __name__ == '__main__':
    main()
