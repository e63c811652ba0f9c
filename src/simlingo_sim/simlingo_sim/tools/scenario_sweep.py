# SPDX-License-Identifier: Apache-2.0
"""Sweep of scenarios: each triggers, the expert solves it, driving through it blindly fails.

python -m simlingo_sim.tools.scenario_sweep [NAME ...] [--seeds 10] [--quiet]
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

from simlingo_core.errors import WorldError
from simlingo_core.frame import Frame
from simlingo_sim.episode_runner import EpisodeRunner
from simlingo_sim.expert.driver import Expert
from simlingo_sim.expert.route_follower import RouteFollower
from simlingo_sim.score.infractions import Infraction, InfractionKind
from simlingo_sim.score.protocol import find_protocol
from simlingo_sim.score.scorer import Scorer
from simlingo_sim.score.town_road import TownRoad
from simlingo_sim.situations import SITUATIONS
from simlingo_sim.situations.scenarios import SCENARIOS
from simlingo_sim.tools.courses import Course
from simlingo_sim.traffic.traffic import TrafficConfig
from simlingo_sim.world import SimWorld, WorldConfig

LONGEST_TICKS = 20 * 150
RULE_KINDS = (InfractionKind.RED_LIGHT, InfractionKind.STOP_SIGN)
"""What counts where a situation has no actors."""
BEHIND_M = 8.0
"""So far behind its end a drive through a scenario is over."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One drive through a scenario.

    Attributes:
        route: of the drive, ``<set>:<id>``.
        has_happened, is_over: of the situation.
        charges: kinds of infractions, minimum speed excepted, with the id of the other actor.
        is_own: whether one of the charges is with an actor of the scenario.
        duration_s: simulated time.
    """

    route: str
    has_happened: bool
    is_over: bool
    charges: tuple[str, ...]
    is_own: bool
    duration_s: float

    @property
    def is_solved(self) -> bool:
        """Whether it happened and was left behind without a charge."""
        return self.has_happened and self.is_over and not self.charges


def start(world: SimWorld, course: Course, name: str, seed: int) -> tuple[str, Frame]:
    """Reset the world to a route with a place for a scenario, chosen by the seed.

    Returns:
        The route, ``<set>:<id>``, and the first frame.

    Raises:
        WorldError: no route has a place.
    """
    refusal = 'none has one'
    for route, spec in course.specs(name, seed):
        try:
            return route, world.reset(spec, seed=seed, with_image=False)
        except WorldError as error:
            refusal = str(error)
    raise WorldError(f'no route has a place for {name}; reason of the last one: {refusal}')


def drive(world: SimWorld, course: Course, name: str, seed: int, *, is_blind: bool) -> Outcome:
    """Drive through one scenario as the expert; blindly, only until the first own charge."""
    route, first = start(world, course, name, seed)
    driver: RouteFollower | Expert = RouteFollower(world) if is_blind else Expert(world)
    driver.reset()
    scorer = Scorer(world.route, TownRoad(world.town), find_protocol('bench2drive'))
    runner = EpisodeRunner(world, scorer)
    runner.begin(first)
    found: list[Infraction] = []
    own_ids: frozenset[int] = frozenset()
    for _ in range(LONGEST_TICKS):
        found += [i for i in runner.infractions if i.kind is not InfractionKind.MIN_SPEED]
        (situation,) = world.situations
        own_ids = own_ids.union(situation.actor_ids)
        is_charged = any(i.other_id in own_ids if own_ids else i.kind in RULE_KINDS for i in found)
        is_left = situation.is_over and world.route_arc_m > situation.arc_m + BEHIND_M
        if runner.is_over or is_left or (is_blind and is_charged):
            break
        runner.step(driver.drive(runner.frame))
    return Outcome(
        route=route,
        has_happened=situation.has_happened,
        is_over=situation.is_over,
        charges=tuple(f'{i.kind.value}:{i.other_id}' for i in found),
        is_own=is_charged,
        duration_s=world.state.t_s,
    )


def sweep(world: SimWorld, course: Course, name: str, seeds: int) -> bool:
    """Print the outcomes of one scenario; return whether it keeps its contract."""
    solved, failed, happened, spent_s = 0, 0, 0, 0.0
    for seed in range(seeds):
        started_s = time.process_time()
        careful = drive(world, course, name, seed, is_blind=False)
        blind = drive(world, course, name, seed, is_blind=True)
        solved += careful.is_solved
        failed += blind.is_own
        happened += careful.has_happened
        spent_s += time.process_time() - started_s
        if not careful.is_solved or not blind.is_own:
            print(f'  seed {seed} {careful.route}: expert {careful}, blind {blind}', flush=True)
    scenario = SCENARIOS.get(name)
    is_harmless = scenario is not None and bool(scenario.cannot_fail)
    least = 0.9 * seeds
    is_kept = happened == seeds and solved >= least and (failed >= least or is_harmless)
    words = 'ok' if is_kept else 'BROKEN'
    print(
        f'{name}: happens {happened}, expert {solved}, blind fails {failed} of {seeds} {words} '
        f'({spent_s / seeds:.1f} s of CPU a seed)',
        flush=True,
    )
    return is_kept


def main() -> None:
    """Sweep the named scenarios, else all; exit 1 where a contract is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('names', nargs='*', metavar='NAME')
    parser.add_argument('--seeds', type=int, default=10)
    parser.add_argument('--quiet', action='store_true', help='without other traffic')
    arguments = parser.parse_args()
    names = arguments.names or [name for name in SITUATIONS if name != 'free_driving']
    traffic = TrafficConfig(vehicles=0, pedestrians=0) if arguments.quiet else TrafficConfig()
    with SimWorld(WorldConfig(traffic=traffic)) as world:
        course = Course()
        kept = [sweep(world, course, name, arguments.seeds) for name in names]
    raise SystemExit(0 if all(kept) else 1)


if __name__ == '__main__':
    main()
