# SPDX-License-Identifier: Apache-2.0
"""Situations that can be staged in an episode, in a registry by name."""

from __future__ import annotations

import difflib

from simlingo_core.errors import WorldError
from simlingo_sim.situations.crossing import CrossingPedestrian, CrossingTraffic
from simlingo_sim.situations.plain import FreeDriving
from simlingo_sim.situations.rules import RedLight, StopSignOnTheWay
from simlingo_sim.situations.situation import ActiveSituation, Situation
from simlingo_sim.situations.vehicles_ahead import BlockedLane, LeadVehicleBrakes, ParkedObstacle

SITUATIONS: dict[str, type[Situation]] = {
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

__all__ = ['SITUATIONS', 'ActiveSituation', 'Situation', 'situation_class']


def situation_class(name: str) -> type[Situation]:
    """Return the class of a situation by its name.

    Raises:
        WorldError: there is no situation of this name.
    """
    if name in SITUATIONS:
        return SITUATIONS[name]
    near = difflib.get_close_matches(name, SITUATIONS, n=1)
    hint = f'did you mean {near[0]!r}?' if near else f'expected one of {", ".join(SITUATIONS)}'
    raise WorldError(f'there is no situation {name!r}; {hint}')
