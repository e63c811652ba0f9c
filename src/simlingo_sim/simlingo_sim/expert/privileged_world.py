# SPDX-License-Identifier: Apache-2.0
"""What the expert looks at."""

from __future__ import annotations

from typing import Protocol

from simlingo_sim.situations.situation import ActiveSituation
from simlingo_sim.state import WorldState
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import Town


class PrivilegedWorld(Protocol):
    """The simulated world, with nothing hidden."""

    @property
    def state(self) -> WorldState:
        """Everything that moves, now."""
        ...

    @property
    def town(self) -> Town:
        """Everything that does not."""
        ...

    @property
    def planned(self) -> PlannedRoute:
        """The route of this drive."""
        ...

    @property
    def situations(self) -> tuple[ActiveSituation, ...]:
        """What is staged on this drive."""
        ...
