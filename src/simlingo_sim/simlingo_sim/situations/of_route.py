# SPDX-License-Identifier: Apache-2.0
"""The situations that a route asks for, each at its place."""

from __future__ import annotations

import numpy as np

from simlingo_core.errors import WorldError
from simlingo_sim.situations import Situation, situation_kind
from simlingo_sim.situations.together import check_together
from simlingo_sim.town.route_files import RouteSpec, SituationSpec
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import Town


def situations_of(
    spec: RouteSpec, override: str | None, town: Town, planned: PlannedRoute, seed: int
) -> tuple[Situation, ...]:
    """Return the situations of a route, each at its place.

    Args:
        spec: the route.
        override: name of a situation instead of those of the route; None: the route's.
        town: where it lies.
        planned: the planned route.
        seed: chooses the places of situations that have none.

    Raises:
        WorldError: one has no place on the route, or two cannot stand together.
    """
    specs = spec.situations if override is None else (SituationSpec(name=override),)
    made = []
    for number, wanted in enumerate(specs or (SituationSpec(name='free_driving'),)):
        kind = situation_kind(wanted.name)
        if wanted.trigger_map is not None:
            arc, lateral = planned.route.project(wanted.trigger_map.position_m)
            if abs(lateral) > 2.0:
                raise WorldError(
                    f'{wanted.name} on route {spec.id} is {abs(lateral):.1f} m off the route; '
                    'expected at most 2 m'
                )
            made.append(kind.stage_at(town, planned, arc, wanted.arguments))
            continue
        place = kind.find_place(town, planned, np.random.default_rng([seed, 5, number]))
        if place is None:
            raise WorldError(
                f'route {spec.id} has no place for {wanted.name} ({kind.summary}); '
                'choose another route or situation'
            )
        texts = {name: text for name, text in wanted.arguments.items() if name != 'distance'}
        made.append(kind.stage_at(town, planned, place, texts))
    check_together(made, planned)
    return tuple(made)
