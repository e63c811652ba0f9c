# SPDX-License-Identifier: Apache-2.0
"""Bench2Drive's five abilities, as its ``ability_benchmark.py`` 0.0.4 counts them.

Each ability is the share of successful routes among those whose scenario belongs to it.  A route
of *traffic signs* that was no success counts all the same when the car got 8 m past the first
junction without a stop sign or red light infraction (reference facts: outside §c, agent_spec
§11.3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from simlingo_core.errors import ConfigError, WorldError
from simlingo_evaluation.results.rescoring import score_of
from simlingo_sim.score.abilities import ABILITIES, TRAFFIC_SIGNS, abilities_of
from simlingo_sim.score.infractions import InfractionKind
from simlingo_sim.score.scorer import EpisodeScore
from simlingo_sim.town.carla_map import CarlaMap
from simlingo_sim.town.loading import find_town
from simlingo_sim.town.route_files import RouteSpec
from simlingo_sim.town.route_planner import RoutePlanner

PAST_JUNCTION_POINTS = 8

JunctionShare = Callable[[RouteSpec], float]


@dataclass(kw_only=True)
class AbilityReport:
    """What was counted.

    Attributes:
        counts: successes and routes of each ability.
        crashed: scenario type and route id of routes without a record, which are not counted.
        undecided: ids of failed routes that count as failures because their map is missing.
        without_ability: ids of routes whose scenario belongs to none.
    """

    counts: dict[str, list[int]] = field(default_factory=lambda: {a: [0, 0] for a in ABILITIES})
    crashed: list[tuple[str, str]] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    without_ability: list[str] = field(default_factory=list)

    def as_file(self) -> dict[str, Any]:
        """Return what the original writes: each ability, their mean and the crashed routes.

        An ability without a route is None, and then so is the mean.
        """
        shares = {
            name: successes / count if count else None
            for name, (successes, count) in self.counts.items()
        }
        known = [share for share in shares.values() if share is not None]
        mean = sum(known) / len(shares) if len(known) == len(shares) else None
        return {**shares, 'mean': mean, 'crashed': [list(item) for item in self.crashed]}


def count_abilities(
    routes: Sequence[RouteSpec],
    records: Sequence[Mapping[str, Any]],
    junction_share: JunctionShare | None = None,
) -> AbilityReport:
    """Count successes by ability.

    Args:
        routes: of the benchmark's route file, each with its scenario.
        records: merged records; the first one of a route counts.
        junction_share: see ``first_junction_share``; None: maps are missing.

    Raises:
        ConfigError: a route has no scenario, or its map cannot be read.
    """
    report = AbilityReport()
    by_id: dict[str, Mapping[str, Any]] = {}
    for record in records:
        by_id.setdefault(_route_id(str(record['route_id'])), record)
    for route in routes:
        if not route.situations:
            raise ConfigError(f'route {route.id} has no scenario, which decides its ability')
        scenario = route.situations[0].name
        if route.id not in by_id:
            report.crashed.append((scenario, route.id))
            continue
        score = score_of(by_id[route.id])
        abilities = abilities_of(scenario)
        if not abilities:
            report.without_ability.append(route.id)
        for ability in abilities:
            is_success = score.is_success
            if ability == TRAFFIC_SIGNS and not is_success and not _broke_sign(score):
                if junction_share is None:
                    report.undecided.append(route.id)
                else:
                    is_success = score.route_score / 100.0 > junction_share(route)
            report.counts[ability][0] += is_success
            report.counts[ability][1] += 1
    return report


def first_junction_share(folder: Path | None) -> JunctionShare:
    """Return a function that plans a route and returns the share of it that must be driven.

    That is the number of 1 m points up to and including the first one in a junction, and 8 more,
    divided by the number of points; above 1 where the route has no junction.

    Args:
        folder: with ``<town>.xodr``; None: only the towns of this package.
    """

    @cache
    def planner(town: str) -> RoutePlanner:
        own = folder / f'{Path(town).name}.xodr' if folder is not None else None
        path = own if own is not None and own.is_file() else find_town(town)
        return RoutePlanner(CarlaMap.from_file(path))

    def share(route: RouteSpec) -> float:
        try:
            planned = planner(route.town).plan(route.waypoints_map_m)
        except WorldError as error:
            raise ConfigError(
                f'route {route.id} of {route.town} cannot be planned: {error}; give the folder '
                'with the OpenDRIVE files of CARLA, or leave --maps out'
            ) from error
        inside = np.flatnonzero(planned.is_junction)
        before = int(inside[0]) + 1 if len(inside) else len(planned.is_junction)
        return (before + PAST_JUNCTION_POINTS) / len(planned.is_junction)

    return share


def _broke_sign(score: EpisodeScore) -> bool:
    return bool(score.count(InfractionKind.STOP_SIGN) or score.count(InfractionKind.RED_LIGHT))


def _route_id(record_id: str) -> str:
    return record_id.removeprefix('RouteScenario_').rpartition('_rep')[0] or record_id
