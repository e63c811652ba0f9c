# SPDX-License-Identifier: Apache-2.0
"""Situations that can be staged in an episode, in a registry by name."""

from __future__ import annotations

import difflib

from simlingo_core.errors import WorldError
from simlingo_sim.situations.crossing import CrossingPedestrian, CrossingTraffic
from simlingo_sim.situations.plain import FreeDriving
from simlingo_sim.situations.renamed import RENAMED
from simlingo_sim.situations.rules import RedLight, StopSignOnTheWay
from simlingo_sim.situations.scenarios import SCENARIOS, Scenario
from simlingo_sim.situations.situation import ActiveSituation, CodedSituation, Situation
from simlingo_sim.situations.vehicles_ahead import BlockedLane, LeadVehicleBrakes, ParkedObstacle

SituationKind = type[CodedSituation] | Scenario
"""What makes a situation: a class, or the description of a scenario."""

FIRST_SITUATIONS: dict[str, type[CodedSituation]] = {
    kind.name: kind
    for kind in (
        FreeDriving,
        LeadVehicleBrakes,
        RedLight,
        StopSignOnTheWay,
        CrossingTraffic,
        CrossingPedestrian,
        ParkedObstacle,
        BlockedLane,
    )
}
"""Those that the committed route sets are made of."""

SITUATIONS: dict[str, SituationKind] = {
    **FIRST_SITUATIONS,
    **{kind.name: kind for kind in RENAMED},
    **SCENARIOS,
}

__all__ = [
    'FIRST_SITUATIONS',
    'SITUATIONS',
    'ActiveSituation',
    'Situation',
    'SituationKind',
    'situation_kind',
]


def situation_kind(name: str) -> SituationKind:
    """Return what makes the situation of this name.

    Raises:
        WorldError: there is no situation of this name.
    """
    if name in SITUATIONS:
        return SITUATIONS[name]
    near = difflib.get_close_matches(name, SITUATIONS, n=1)
    hint = f'did you mean {near[0]!r}?' if near else f'expected one of {", ".join(SITUATIONS)}'
    raise WorldError(f'there is no situation {name!r}; {hint}')
