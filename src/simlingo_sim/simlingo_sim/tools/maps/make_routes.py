# SPDX-License-Identifier: Apache-2.0
"""Make the committed route sets: random ways of 150 to 400 m with a place for each situation.

python -m simlingo_sim.tools.maps.make_routes [--out FOLDER]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from simlingo_core.errors import WorldError
from simlingo_sim.situations import SITUATIONS
from simlingo_sim.situations.stage import pose_on
from simlingo_sim.town.loading import load_town
from simlingo_sim.town.route_files import ROUTE_FOLDER, RouteSpec, SituationSpec, write_routes
from simlingo_sim.town.route_planner import PlannedRoute, RoutePlanner
from simlingo_sim.town.town import Town
from simlingo_sim.traffic.traffic import TrafficConfig
from simlingo_sim.world import SimWorld, WorldConfig

LENGTH_M = (150.0, 400.0)
START_SPACING_M = 15.0
ROOM_AT_START_M = 18.0
TRIES = 4000
SETS = {
    'train': (('Town91', 'Town92'), 3, 11),
    'train_wide': (('Town91', 'Town92'), 14, 47),
    'test': (('Town93',), 4, 23),
}
"""Towns, routes of each situation in each town, seed; data are collected on ``train_wide``."""


def make_set(towns: tuple[str, ...], per_situation: int, seed: int) -> list[RouteSpec]:
    """Return routes for every situation that each town has a place for."""
    rng = np.random.default_rng(seed)
    routes: list[RouteSpec] = []
    with SimWorld(WorldConfig(traffic=TrafficConfig(vehicles=0, pedestrians=0))) as world:
        for name in towns:
            town = load_town(name)
            planner = RoutePlanner(town.map)
            for situation in SITUATIONS:
                found = 0
                for spec in _candidates(town, planner, situation, rng):
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
                    if found == per_situation:
                        break
                print(f'{name} {situation}: {found}')
    return routes


def _candidates(
    town: Town, planner: RoutePlanner, situation: str, rng: np.random.Generator
) -> Iterator[RouteSpec]:
    points = [p for p in town.map.lane_points(START_SPACING_M) if not p.is_junction]
    used: set[tuple[int, int, int]] = set()
    for _ in range(TRIES):
        first, last = (points[int(k)] for k in rng.choice(len(points), 2, replace=False))
        if first.lane_key in used:
            continue
        # Two decimals, as in the file: what is checked here is what will be read.
        waypoints = np.round([first.pose_map.position_m, last.pose_map.position_m], 2)
        try:
            planned = planner.plan(waypoints)
        except WorldError:
            continue
        if not _is_suitable(planned):
            continue
        arc = SITUATIONS[situation].find_place(town, planned, rng)
        if arc is None:
            continue
        used.add(first.lane_key)
        specs: tuple[SituationSpec, ...] = ()
        if situation != 'free_driving':
            trigger = pose_on(planned.route, arc)
            specs = (SituationSpec(name=situation, trigger_map=trigger),)
        yield RouteSpec(id='', town=town.name, waypoints_map_m=waypoints, situations=specs)


def _is_suitable(planned: PlannedRoute) -> bool:
    low, high = LENGTH_M
    room = round(ROOM_AT_START_M)
    return bool(
        low <= planned.route.length_m <= high
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
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, (towns, per_situation, seed) in SETS.items():
        routes = make_set(towns, per_situation, seed)
        write_routes(arguments.out / f'{name}.xml', routes)
        print(f'{name}: {len(routes)} routes')


if __name__ == '__main__':
    main()
