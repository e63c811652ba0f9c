# SPDX-License-Identifier: Apache-2.0
"""Obedience in closed loop: ``python -m simlingo_evaluation.obedience FILE --policy NAME``.

FILE holds wordings by label in JSON; ``{side}`` stands for left and right.  Wordings that the
planner understands alike and gives to the model in the same words lead to the same drive, so each
such group is driven once on every route.  With ``--hostile`` all sentences of the file are given,
one a second, and the drive is compared with that in silence.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from simlingo_core.errors import WorldError
from simlingo_core.schedule import Schedule
from simlingo_core.status import InstructionState, InstructionStatus
from simlingo_core.understanding import Understanding, understand
from simlingo_evaluation.agents import PolicyAgent
from simlingo_evaluation.obedience_drives import PERIOD_S, SETTLE_S, drive, is_opposite
from simlingo_evaluation.policies import make_agent
from simlingo_evaluation.turn_trials import ENDS
from simlingo_sim.traffic.traffic import TrafficConfig
from simlingo_sim.world import SimWorld, WorldConfig

LIMIT_S, TURN_LIMIT_S = 40.0, 120.0
ROUTES = ('test:0', 'test:9', 'test2:2')
# Long enough for twenty sentences each.
HOSTILE_ROUTES = tuple(f'test:{number}' for number in (0, 1, 2, 5, 9, 17, 18, 25, 26, 30))


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Wordings of one meaning on one route.

    Attributes:
        label: of the file.
        route: its name.
        wordings: that lead to this drive.
        end: how the instruction ended; None: not within the limit.
        is_opposite: the car did the contrary.
    """

    label: str
    route: str
    wordings: tuple[str, ...]
    end: InstructionStatus | None
    is_opposite: bool

    @property
    def is_followed(self) -> bool:
        """Whether the car did what was asked for."""
        return self.end is not None and self.end.state is InstructionState.DONE


def read_wordings(path: Path) -> dict[str, list[str]]:
    """Return wordings by label, with left and right for ``{side}``."""
    found: dict[str, list[str]] = {}
    for label, texts in json.loads(path.read_text(encoding='utf-8')).items():
        for side in ('left', 'right') if '{side}' in label else ('',):
            named = [text.replace('{side}', side.upper() if text.isupper() else side)
                     for text in texts]  # fmt: skip
            found[label.replace('{side}', side)] = named
    return found


def same_drives(texts: Iterable[str]) -> list[list[str]]:
    """Return texts in groups that the planner understands alike and words alike for the model."""
    groups: dict[Understanding | str, list[str]] = {}
    for text in texts:
        asked = understand(text)
        alike = replace(asked, is_polite=False, is_urgent=False, language='en')
        is_reworded = bool(asked.wording) or (asked.turn is not None and asked.kind is None)
        groups.setdefault(alike if is_reworded else text, []).append(text)
    return list(groups.values())


def run_wordings(
    world: SimWorld, agent: PolicyAgent, wordings: dict[str, list[str]], routes: Iterable[str]
) -> Iterator[Trial]:
    """Drive every group of wordings on every route."""
    for label, texts in wordings.items():
        for group in same_drives(texts):
            for route in routes:
                is_turn = understand(group[0]).turn is not None
                limit_s = TURN_LIMIT_S if is_turn else LIMIT_S
                driven = drive(world, agent, route, group[:1], limit_s)
                ends = [status for status in driven.statuses if status.state in ENDS]
                yield Trial(
                    label=label,
                    route=route,
                    wordings=tuple(group),
                    end=ends[0] if ends else None,
                    is_opposite=is_opposite(understand(group[0]), driven),
                )


def run_hostile(
    world: SimWorld, agent: PolicyAgent, route: str, texts: list[str]
) -> tuple[int, list[str], float]:
    """Return how many were spoken, which were not refused, and how far the drive left silence [m].

    A sentence that is refused changes nothing; so the drives are the same to the last digit.
    """
    limit_s = 2.0 * SETTLE_S + PERIOD_S * len(texts)
    spoken, silent = (drive(world, agent, route, lines, limit_s) for lines in (texts, []))
    refused = {s.id for s in spoken.statuses if s.state is InstructionState.REJECTED}
    given = {s.id for s in spoken.statuses}
    accepted = [
        text
        for number, text in enumerate(texts)
        if f'line-{number}' in given and f'line-{number}' not in refused
    ]
    apart_m = np.hypot(*(spoken.places_map_m - silent.places_map_m).T)
    return len(given), accepted, float(apart_m.max())


def main() -> None:
    """Print every drive and the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('file', type=Path)
    parser.add_argument('--policy', default='expert_policy')
    parser.add_argument('--route', action='append', default=[])
    parser.add_argument('--hostile', action='store_true')
    parser.add_argument('--label', action='append', default=[])
    arguments = parser.parse_args()
    default = HOSTILE_ROUTES if arguments.hostile else ROUTES
    routes = arguments.route or list(default)
    with SimWorld(WorldConfig(traffic=TrafficConfig(vehicles=0, pedestrians=0))) as world:
        agent = make_agent(arguments.policy, world, Schedule())
        if not isinstance(agent, PolicyAgent):
            raise WorldError(f'{arguments.policy} takes no instructions; expected a policy')
        if arguments.hostile:
            _print_hostile(world, agent, arguments.file, routes)
            return
        wordings = read_wordings(arguments.file)
        chosen = {k: v for k, v in wordings.items() if not arguments.label or k in arguments.label}
        _print_wordings(arguments.policy, list(_shown(run_wordings(world, agent, chosen, routes))))


def _shown(trials: Iterable[Trial]) -> Iterator[Trial]:
    for trial in trials:
        end = 'did not end in time' if trial.end is None else trial.end.reason
        verdict = 'done' if trial.is_followed else 'OPPOSITE' if trial.is_opposite else 'NOT'
        count = len(trial.wordings)
        print(f'{trial.label:13} {trial.route:8} {count:3} wordings {verdict:5} {end}', flush=True)
        yield trial


def _print_wordings(policy: str, trials: list[Trial]) -> None:
    for label in dict.fromkeys(trial.label for trial in trials):
        of_label = [trial for trial in trials if trial.label == label]
        count = sum(len(trial.wordings) for trial in of_label)
        followed = sum(len(trial.wordings) for trial in of_label if trial.is_followed)
        opposite = sum(len(trial.wordings) for trial in of_label if trial.is_opposite)
        print(f'{policy} {label}: {followed} of {count} followed, {opposite} opposite')


def _print_hostile(world: SimWorld, agent: PolicyAgent, path: Path, routes: list[str]) -> None:
    families = json.loads(path.read_text(encoding='utf-8'))
    texts = [text for family in families.values() for text in family]
    for number, route in enumerate(routes):
        own = texts[number :: len(routes)]
        count, accepted, apart_m = run_hostile(world, agent, route, own)
        print(
            f'{agent.name} {route}: {count} hostile sentences, accepted {accepted}, '
            f'{apart_m:g} m from the drive in silence',
            flush=True,
        )


if __name__ == '__main__':
    main()
