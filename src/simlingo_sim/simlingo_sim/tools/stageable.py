# SPDX-License-Identifier: Apache-2.0
"""What of a route file could be staged in the embedded world, scenario by scenario."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from simlingo_core.errors import WorldError
from simlingo_sim.situations import SITUATIONS
from simlingo_sim.situations.scenarios import Scenario
from simlingo_sim.situations.scenarios.arguments import read_arguments
from simlingo_sim.town.loading import find_town, load_town
from simlingo_sim.town.route_files import RouteSpec, SituationSpec
from simlingo_sim.town.route_planner import PlannedRoute, RoutePlanner
from simlingo_sim.town.town import Town

TRIGGER_BESIDE_M = 2.0

Lookup = Callable[[str], 'tuple[Town, RoutePlanner] | None']
"""Returns a town by the name in a route file, None: its map is not here."""


@dataclass(kw_only=True)
class TypeReport:
    """What was found for one scenario type.

    Attributes:
        routes: scenarios of this type in the file.
        known: of them, those whose type and arguments the embedded world knows.
        placed: of them, those that fit where the file puts them.
        fitting: of them, those that fit somewhere on their route.
        reasons: why the others do not, counted.
    """

    routes: int = 0
    known: int = 0
    placed: int = 0
    fitting: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def check_file(routes: Sequence[RouteSpec], lookup: Lookup) -> dict[str, TypeReport]:
    """Return a report for each scenario type of the routes, sorted by its name."""
    reports: dict[str, TypeReport] = {}
    for route in routes:
        for spec in route.situations:
            report = reports.setdefault(spec.name, TypeReport())
            report.routes += 1
            refusal = _refusal(spec)
            if refusal:
                report.reasons[refusal] += 1
                continue
            report.known += 1
            _place(route, spec, lookup, report)
    return dict(sorted(reports.items()))


def towns_in(folder: Path | None) -> Lookup:
    """Return a lookup of towns in a folder with ``<town>.xodr``, else of those of this package."""

    @cache
    def find(name: str) -> tuple[Town, RoutePlanner] | None:
        own = folder / f'{Path(name).name}.xodr' if folder is not None else None
        try:
            path = own if own is not None and own.is_file() else find_town(name)
        except WorldError:
            return None
        town = load_town(path)
        return town, RoutePlanner(town.map)

    return find


def _refusal(spec: SituationSpec) -> str:
    """Return why the type or an argument is not known, empty: it is."""
    kind = SITUATIONS.get(spec.name)
    if kind is None:
        return 'no such scenario here'
    if isinstance(kind, Scenario):
        try:
            read_arguments(spec.name, kind.arguments, spec.arguments)
        except WorldError as error:
            return str(error)
    return ''


def _place(route: RouteSpec, spec: SituationSpec, lookup: Lookup, report: TypeReport) -> None:
    found = lookup(route.town)
    if found is None:
        report.reasons[f'the map of {Path(route.town).stem} is not here'] += 1
        return
    town, planner = found
    try:
        planned = planner.plan(route.waypoints_map_m)
    except WorldError as error:
        report.reasons[f'route {route.id}: {error}'] += 1
        return
    kind = SITUATIONS[spec.name]
    if not isinstance(kind, Scenario) and town.net_path is None:
        report.reasons[f'{town.name} has no network for traffic beside it'] += 1
        return
    refusal = _fit(town, planned, spec)
    if not refusal:
        report.placed += 1
    if not refusal or kind.find_place(town, planned, np.random.default_rng(0)) is not None:
        report.fitting += 1
    if refusal:
        report.reasons[refusal] += 1


def _fit(town: Town, planned: PlannedRoute, spec: SituationSpec) -> str:
    """Return why a scenario does not fit where the file puts it, empty: it does."""
    if spec.trigger_map is None:
        return 'the file gives no trigger'
    arc_m, beside_m = planned.route.project(spec.trigger_map.position_m)
    if abs(beside_m) > TRIGGER_BESIDE_M:
        return f'the trigger is more than {TRIGGER_BESIDE_M:g} m beside the route'
    try:
        SITUATIONS[spec.name].stage_at(town, planned, float(arc_m), spec.arguments)
    except WorldError as error:
        return str(error)
    return ''
