# SPDX-License-Identifier: Apache-2.0
"""A scenario that is being staged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from simlingo_core.frame import TICK_PERIOD_S
from simlingo_sim.situations.scenarios.arguments import Values
from simlingo_sim.situations.scenarios.description import (
    Demand,
    NeedsStreets,
    Part,
    Scenario,
)
from simlingo_sim.situations.scenarios.spot import Anchor, Spot
from simlingo_sim.situations.situation import ActiveSituation, Situation, Way
from simlingo_sim.situations.stage import Stage, edges_along
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import Town

LEAVE_BEYOND_M = 60.0
JUDGED_S = 1.0
"""So long the actors stay after the time-out, so that it is charged."""
ROADSIDE = {Anchor.EDGE, Anchor.KERB, Anchor.PARKING}


class ScenarioRun(Situation):
    """One scenario at one place, as a situation of an episode.

    Args:
        scenario: the description.
        spot: where.
        values: its arguments.
    """

    def __init__(self, scenario: Scenario, spot: Spot, values: Values) -> None:
        super().__init__(spot.arc_m)
        self.scenario = scenario
        self.name, self.summary = scenario.name, scenario.summary
        self.must_be_passed = scenario.must_be_passed
        self.drives_on_m = scenario.drives_on_m
        self._spot = spot
        self._parts = [Part(role=role, spot=spot, values=values) for role in scenario.roles]
        self._began_s: float | None = None

    def closed_edges(self, town: Town, planned: PlannedRoute) -> tuple[str, ...]:
        """Return the edges around it and those of the oncoming lanes that its actors use."""
        before_m, after_m = self.scenario.clears_m
        arcs = np.arange(-before_m, after_m, 2.0)
        lefts = {0.0}
        for anchor in {role.anchor for role in self.scenario.roles}:
            if anchor in (Anchor.ONCOMING, Anchor.LEFT_LANE, Anchor.RIGHT_LANE):
                lefts.add(self._spot.left_m(anchor))
        edges: set[str] = set()
        for left_m in sorted(lefts):
            points = self._spot.points(arcs, np.full(len(arcs), left_m))
            edges.update(edges_along(town, points))
        for part in self._parts:
            behaviour = part.role.behaviour
            if isinstance(behaviour, NeedsStreets):
                edges.update(behaviour.streets(part.spot, part.values.words))
        return tuple(sorted(edges))

    def describe(self) -> ActiveSituation:
        """Return its state, with what it demands of the ego."""
        demands, ids = self.scenario.demands, self.actor_ids()
        makes_way = demands is Demand.MAKE_WAY and bool(ids)
        return replace(
            super().describe(),
            time_limit_s=self.scenario.timeout_s,
            others_have_priority=demands is Demand.GIVE_WAY,
            make_way_for_id=ids[0] if makes_way else 0,
        )

    def actor_ids(self) -> tuple[int, ...]:
        """Return the ids of its actors."""
        return tuple(actor.id for part in self._parts for actor in part.actors)

    def ways(self) -> Mapping[int, Way]:
        """Return the ways of the actors that have priority."""
        if self.scenario.demands is not Demand.GIVE_WAY:
            return {}
        actors = [actor for part in self._parts for actor in part.actors]
        return {a.id: Way(path=a.path, arc_m=a.arc_m) for a in actors if a.path is not None}

    def passed_ids(self) -> tuple[int, ...]:
        """Return the ids of the actors that the ego is to pass."""
        return tuple(a.id for part in self._parts if part.role.is_passed for a in part.actors)

    def start_left_m(self) -> float:
        """Return the middle of the parking strip where the ego starts in it."""
        return self._spot.left_m(Anchor.PARKING) if self.scenario.starts_parked else 0.0

    def begin(self, stage: Stage) -> None:
        """Place all actors."""
        before_m, after_m = self.scenario.clears_m
        arcs = np.arange(-before_m, after_m, 3.0)
        places = self._spot.points(arcs, np.zeros(len(arcs)))
        if stage.traffic is not None:
            stage.traffic.clear(places, 6.0)
        if ROADSIDE & {role.anchor for role in self.scenario.roles}:
            stage.clear_parked(places, 4.5)
        for part in self._parts:
            part.role.behaviour.enter(part, stage)

    def step(self, stage: Stage) -> None:
        """Let every role act, and judge whether it has happened and is over."""
        for part in self._parts:
            if not part.is_done:
                part.role.behaviour.step(part, stage)
                part.since_s += TICK_PERIOD_S if part.has_begun else 0.0
        behind_m = stage.ego_arc_m - self.arc_m
        if not self.has_happened and self._is_happening(behind_m):
            self.has_happened, self._began_s = True, stage.t_s
        if self.is_over:
            if behind_m > LEAVE_BEYOND_M:
                self._leave(stage)
            return
        is_late = self._began_s is not None and (
            stage.t_s - self._began_s > self.scenario.timeout_s + JUDGED_S
        )
        if is_late:
            self._leave(stage)
        is_done = self.scenario.ends_with_roles and all(part.is_done for part in self._parts)
        self.is_over = is_late or is_done or behind_m > self.scenario.ends_after_m

    def _is_happening(self, behind_m: float) -> bool:
        within_m = self.scenario.happens_within_m
        if within_m is None:
            return any(part.has_begun for part in self._parts)
        return behind_m > -within_m

    def _leave(self, stage: Stage) -> None:
        for part in self._parts:
            part.leave(stage)
