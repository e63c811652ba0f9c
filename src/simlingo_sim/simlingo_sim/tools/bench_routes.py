# SPDX-License-Identifier: Apache-2.0
"""Write the route set ``bench``: every scenario in several towns, each route in another weather.

python -m simlingo_sim.tools.bench_routes OUT.xml [--each 3]
"""

from __future__ import annotations

import argparse
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from simlingo_core.errors import WorldError
from simlingo_sim.situations import FIRST_SITUATIONS, SITUATIONS
from simlingo_sim.tools.courses import Course
from simlingo_sim.town.route_files import RouteSpec, with_weather, write_routes
from simlingo_sim.traffic.traffic import TrafficConfig
from simlingo_sim.weather import PRESETS
from simlingo_sim.world import SimWorld, WorldConfig

SETS = ('train', 'train2', 'val', 'test', 'test2', 'train_wide')
SEED = 0
NAMES = tuple(name for name in SITUATIONS if name not in FIRST_SITUATIONS)


def bench_routes(world: SimWorld, each: int) -> Iterator[RouteSpec]:
    """Yield the routes, scenario by scenario; their ids count up.

    Of the towns that have a place for a scenario those come first that have the fewest routes so
    far; where they are too few for a scenario, it has several places in one town.

    Args:
        world: in which each route is tried.
        each: routes of one scenario.

    Raises:
        WorldError: a scenario has too few places.
    """
    course, used, weathers = Course(SETS, ()), Counter[str](), itertools.cycle(PRESETS)
    ids = itertools.count()
    for name in NAMES:
        places = _spread([spec for _, spec in course.specs(name, SEED)], used)
        chosen = list(itertools.islice(filter(partial(_can_begin, world), places), each))
        if len(chosen) < each:
            raise WorldError(f'{name} has {len(chosen)} places in all route sets; expected {each}')
        for spec in chosen:
            used[spec.town] += 1
            yield with_weather(replace(spec, id=str(next(ids))), next(weathers))


def _spread(places: Sequence[RouteSpec], used: Mapping[str, int]) -> list[RouteSpec]:
    """Return routes so that the first are of as many towns as there are."""
    seen, rank = Counter[str](), {}
    for number, spec in enumerate(places):
        rank[number] = seen[spec.town], used.get(spec.town, 0)
        seen[spec.town] += 1
    return [places[number] for number in sorted(rank, key=lambda number: (*rank[number], number))]


def _can_begin(world: SimWorld, spec: RouteSpec) -> bool:
    try:
        world.reset(spec, seed=SEED, with_image=False)
    except WorldError:
        return False
    return True


def main() -> None:
    """Write the file, and say how the routes are spread over the towns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('out', type=Path)
    parser.add_argument('--each', type=int, default=3, help='routes of one scenario')
    arguments = parser.parse_args()
    with SimWorld(WorldConfig(traffic=TrafficConfig(vehicles=0, pedestrians=0))) as world:
        routes = list(bench_routes(world, arguments.each))
    write_routes(arguments.out, routes)
    towns = Counter(spec.town for spec in routes)
    print(f'{len(routes)} routes, {len(NAMES)} scenarios, {dict(sorted(towns.items()))}')


if __name__ == '__main__':
    main()
