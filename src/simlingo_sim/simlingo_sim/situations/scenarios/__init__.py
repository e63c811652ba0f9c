# SPDX-License-Identifier: Apache-2.0
"""Scenarios with Bench2Drive's names, each one declarative description.

A new scenario is one ``Scenario`` in a file of ``families``, named in that file's ``FAMILY``.
"""

from __future__ import annotations

from simlingo_sim.situations.scenarios.description import Scenario
from simlingo_sim.situations.scenarios.families import (
    cut_ins,
    junctions,
    motorways,
    obstacles,
    side_hazards,
    walkers,
)

_FAMILIES = (
    obstacles.FAMILY,
    side_hazards.FAMILY,
    walkers.FAMILY,
    cut_ins.FAMILY,
    junctions.FAMILY,
    motorways.FAMILY,
)

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario for family in _FAMILIES for scenario in family
}

__all__ = ['SCENARIOS', 'Scenario']
