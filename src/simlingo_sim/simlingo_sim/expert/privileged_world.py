# SPDX-License-Identifier: Apache-2.0
"""The simulated world as the expert reads it."""

from __future__ import annotations

from typing import Protocol

from simlingo_sim.situations.situation import ActiveSituation
from simlingo_sim.state import WorldState
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import Town


class PrivilegedWorld(Protocol):
    """A simulated world with its full state."""

    @property
    def state(self) -> WorldState:
        """Everything that moves or changes, at the current tick."""
        ...

    @property
    def town(self) -> Town:
        """The town: everything that does not move."""
        ...

    @property
    def planned(self) -> PlannedRoute:
        """The planned route of this episode."""
        ...

    @property
    def situations(self) -> tuple[ActiveSituation, ...]:
        """The situations of this episode."""
        ...
