# SPDX-License-Identifier: Apache-2.0
"""Short routes through situations, cut out of the committed routes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from simlingo_sim.situations import SituationKind, situation_kind
from simlingo_sim.situations.scenarios import Scenario
from simlingo_sim.situations.scenarios.fitting import AtParkedStart, AtZebra, BetweenJunctions
from simlingo_sim.situations.stage import pose_on
from simlingo_sim.town.loading import load_town
from simlingo_sim.town.route_files import RouteSpec, SituationSpec, read_routes
from simlingo_sim.town.route_planner import PlannedRoute, RoutePlanner
from simlingo_sim.town.town import Town

ROUTE_SETS, MORE_ROUTE_SETS = ('train', 'train2'), ('train_wide', 'test')
BEFORE_M, LONG_BEFORE_M = 52.0, 150.0
"""A route begins so far before the place: on streets, and before junctions and on motorways."""


class Course:
    """Short routes through scenarios, cut out of the committed ones.

    Args:
        sets: route sets, in any order.
        more_sets: those that are looked at after all of ``sets``.
    """

    def __init__(
        self, sets: Sequence[str] = ROUTE_SETS, more_sets: Sequence[str] = MORE_ROUTE_SETS
    ) -> None:
        self._towns: dict[str, tuple[Town, RoutePlanner]] = {}
        self._plans: dict[tuple[str, str], PlannedRoute] = {}
        self._groups = _read(sets), _read(more_sets)

    def specs(self, name: str, seed: int) -> Iterator[tuple[str, RouteSpec]]:
        """Yield the routes with a place for a scenario, cut to it, in an order of the seed."""
        kind = situation_kind(name)
        rng = np.random.default_rng([seed, 71])
        for set_name, spec in self._in_order(rng):
            town, planned = self._plan(set_name, spec)
            arc_m = kind.find_place(town, planned, rng)
            start_m = _start_m(planned, arc_m, _before_m(kind))
            if isinstance(kind, Scenario) and isinstance(kind.place, AtParkedStart):
                start_m = arc_m = _parked_start_m(kind.place, town, planned, rng)
            if arc_m is None or start_m is None:
                continue
            trigger = pose_on(planned.route, arc_m)
            ends = np.array([planned.route.position_at(start_m), spec.waypoints_map_m[-1]])
            cut = replace(
                spec,
                waypoints_map_m=ends,
                situations=(SituationSpec(name=name, trigger_map=trigger),),
            )
            yield f'{set_name}:{spec.id}', cut

    def _in_order(self, rng: np.random.Generator) -> Iterator[tuple[str, RouteSpec]]:
        for routes in self._groups:
            for number in rng.permutation(len(routes)):
                yield routes[int(number)]

    def _plan(self, set_name: str, spec: RouteSpec) -> tuple[Town, PlannedRoute]:
        if spec.town not in self._towns:
            town = load_town(spec.town)
            self._towns[spec.town] = (town, RoutePlanner(town.map))
        town, planner = self._towns[spec.town]
        key = set_name, spec.id
        if key not in self._plans:
            self._plans[key] = planner.plan(spec.waypoints_map_m)
        return town, self._plans[key]


def _read(sets: Sequence[str]) -> list[tuple[str, RouteSpec]]:
    return [(name, spec) for name in sets for spec in read_routes(name)]


def _before_m(kind: SituationKind) -> float:
    is_street = isinstance(kind, Scenario) and isinstance(kind.place, BetweenJunctions | AtZebra)
    return BEFORE_M if is_street else LONG_BEFORE_M


def _start_m(planned: PlannedRoute, arc_m: float | None, before_m: float) -> float | None:
    """Return a place before a scenario, outside of junctions, where a route can begin."""
    if arc_m is None:
        return None
    for start_m in np.arange(arc_m - before_m, 0.0, -5.0):
        if not planned.is_junction[max(0, int(start_m) - 5) : int(start_m) + 12].any():
            return float(start_m)
    return 0.0


def _parked_start_m(
    place: AtParkedStart, town: Town, planned: PlannedRoute, rng: np.random.Generator
) -> float | None:
    for start_m in rng.permutation(np.arange(0.0, planned.route.length_m - 60.0, 8.0)):
        if not place.lacks_as_start(town, planned, float(start_m)):
            return float(start_m)
    return None
