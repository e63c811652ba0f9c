# SPDX-License-Identifier: Apache-2.0
"""Scenarios with Bench2Drive's names, each one declarative description.

A new scenario is one ``Scenario`` in a file of ``families``, named in that file's ``FAMILY``.
"""

from __future__ import annotations

from simlingo_sim.situations.scenarios.arguments import Argument, Choice
from simlingo_sim.situations.scenarios.description import Scenario
from simlingo_sim.situations.scenarios.families import (
    cut_ins,
    entered_flows,
    junctions,
    motorways,
    obstacles,
    parking_exit,
    side_hazards,
    walkers,
)

_FAMILIES = (
    obstacles.FAMILY,
    side_hazards.FAMILY,
    walkers.FAMILY,
    cut_ins.FAMILY,
    junctions.FAMILY,
    entered_flows.FAMILY,
    motorways.FAMILY,
    parking_exit.FAMILY,
)

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario for family in _FAMILIES for scenario in family
}

__all__ = ['SCENARIOS', 'Scenario', 'obeyed_arguments']


def obeyed_arguments(name: str) -> frozenset[str]:
    """Return the arguments of route files that a scenario obeys; none: it is no scenario."""
    if name not in SCENARIOS:
        return frozenset()
    declared = SCENARIOS[name].arguments
    return frozenset(a.name for a in declared if isinstance(a, Argument | Choice))
