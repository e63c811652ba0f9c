# SPDX-License-Identifier: Apache-2.0
"""Make the committed route sets: random ways of 150 m and more with a place for each situation.

python -m simlingo_sim.tools.maps.make_routes [--out FOLDER] [--only SET ...]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simlingo_core.errors import WorldError
from simlingo_sim.situations import FIRST_SITUATIONS
from simlingo_sim.situations.stage import pose_on
from simlingo_sim.town.lane_graph import FAST_LIMIT_MPS
from simlingo_sim.town.loading import load_town
from simlingo_sim.town.route_files import ROUTE_FOLDER, RouteSpec, SituationSpec, write_routes
from simlingo_sim.town.route_planner import PlannedRoute, RoutePlanner
from simlingo_sim.town.town import Town
from simlingo_sim.traffic.traffic import TrafficConfig
from simlingo_sim.world import SimWorld, WorldConfig

SHORTEST_M = 150.0
START_SPACING_M = 15.0
ROOM_AT_START_M = 18.0
ON_FAST_ROADS = ('free_driving', 'lead_vehicle_brakes')
"""Nobody walks, parks or waits for lights on a motorway or a country road."""


@dataclass(frozen=True, kw_only=True)
class RouteSet:
    """What a set is made of.

    Attributes:
        towns: where; ``simlingo_sim.town.splits`` says what each may be used for.
        per_situation: routes of each situation in each town.
        seed: of every choice.
        longest_m: longest route.
        tries: for each situation in each town.
    """

    towns: tuple[str, ...]
    per_situation: int
    seed: int
    longest_m: float = 400.0
    tries: int = 4000


SETS = {
    'train': RouteSet(towns=('Town91', 'Town92'), per_situation=3, seed=11),
    'train_wide': RouteSet(towns=('Town91', 'Town92'), per_situation=14, seed=47),
    'test': RouteSet(towns=('Town93',), per_situation=4, seed=23),
    'train2': RouteSet(
        towns=('Town94', 'Town95', 'Town96'), per_situation=4, seed=31, longest_m=700, tries=400
    ),
    'val': RouteSet(towns=('Town97',), per_situation=5, seed=37, longest_m=700, tries=400),
    'test2': RouteSet(towns=('Town98',), per_situation=5, seed=41, longest_m=700, tries=400),
}


def make_set(wanted: RouteSet) -> list[RouteSpec]:
    """Return routes for every situation that each town has a place for."""
    rng = np.random.default_rng(wanted.seed)
    routes: list[RouteSpec] = []
    with SimWorld(WorldConfig(traffic=TrafficConfig(vehicles=0, pedestrians=0))) as world:
        for name in wanted.towns:
            town = load_town(name)
            planner = RoutePlanner(town.map)
            for situation in FIRST_SITUATIONS:
                found = 0
                for spec in _candidates(town, planner, situation, rng, wanted):
                    numbered = RouteSpec(
                        id=str(len(routes)),
                        town=spec.town,
                        waypoints_map_m=spec.waypoints_map_m,
                        situations=spec.situations,
                    )
                    if not _starts(world, numbered):
                        continue
                    routes.append(numbered)
                    found += 1
                    if found == wanted.per_situation:
                        break
                print(f'{name} {situation}: {found}')
    return routes


def _candidates(
    town: Town,
    planner: RoutePlanner,
    situation: str,
    rng: np.random.Generator,
    wanted: RouteSet,
) -> Iterator[RouteSpec]:
    points = [p for p in town.map.lane_points(START_SPACING_M) if not p.is_junction]
    used: set[tuple[int, int, int]] = set()
    for _ in range(wanted.tries):
        first, last = (points[int(k)] for k in rng.choice(len(points), 2, replace=False))
        if first.lane_key in used:
            continue
        # Two decimals, as in the file: what is checked here is what will be read.
        waypoints = np.round([first.pose_map.position_m, last.pose_map.position_m], 2)
        try:
            planned = planner.plan(waypoints)
        except WorldError:
            continue
        if not _is_suitable(planned, wanted.longest_m):
            continue
        arc = FIRST_SITUATIONS[situation].find_place(town, planned, rng)
        if arc is None or not _is_place_for(situation, planned, arc):
            continue
        used.add(first.lane_key)
        specs: tuple[SituationSpec, ...] = ()
        if situation != 'free_driving':
            trigger = pose_on(planned.route, arc)
            specs = (SituationSpec(name=situation, trigger_map=trigger),)
        yield RouteSpec(id='', town=town.name, waypoints_map_m=waypoints, situations=specs)


def _is_place_for(situation: str, planned: PlannedRoute, arc_m: float) -> bool:
    limit_mps = planned.limits_mps[int(np.searchsorted(planned.route.arc_m, arc_m))]
    return situation in ON_FAST_ROADS or bool(limit_mps <= FAST_LIMIT_MPS)


def _is_suitable(planned: PlannedRoute, longest_m: float) -> bool:
    room = round(ROOM_AT_START_M)
    return bool(
        SHORTEST_M <= planned.route.length_m <= longest_m
        and planned.is_junction.any()
        and not planned.is_junction[:room].any()
        and not planned.is_junction[-8:].any()
    )


def _starts(world: SimWorld, spec: RouteSpec) -> bool:
    try:
        world.reset(spec, seed=0, with_image=False)
    except WorldError as error:
        print(f'  left out: {error}')
        return False
    return True


def main() -> None:
    """Make every set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--out', type=Path, default=ROUTE_FOLDER)
    parser.add_argument('--only', nargs='+', choices=tuple(SETS), default=tuple(SETS))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in arguments.only:
        routes = make_set(SETS[name])
        write_routes(arguments.out / f'{name}.xml', routes)
        print(f'{name}: {len(routes)} routes')


if __name__ == '__main__':
    main()
