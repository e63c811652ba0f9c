# SPDX-License-Identifier: Apache-2.0
"""Situations of traffic rules: a red light and a stop sign."""

from __future__ import annotations

import numpy as np

from simlingo_core.errors import WorldError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_sim.situations.places import GuardT, guarded_arcs
from simlingo_sim.situations.situation import CodedSituation
from simlingo_sim.situations.stage import Stage
from simlingo_sim.state import LightState, TrafficLight
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import Town

FIRST_STOP_AFTER_M = 25.0
ROOM_AFTER_M = 20.0
SEEN_WITHIN_M = 40.0
WAITING_WITHIN_M = 20.0
STANDING_MPS = 0.3
LONGEST_RED_S = 60.0


class RedLight(CodedSituation):
    """A traffic light on the route stays red until the ego has waited a few seconds."""

    name = 'red_light'
    summary = 'a light that stays red until the car has stopped for it'

    def __init__(self, arc_m: float) -> None:
        super().__init__(arc_m)
        self._light: TrafficLight | None = None
        self._wait_s = 0.0
        self._waited_s = 0.0

    @classmethod
    def find_place(
        cls, town: Town, planned: PlannedRoute, rng: np.random.Generator
    ) -> float | None:
        """Return where the route crosses the stop line of a light."""
        return _pick_line(guarded_arcs(planned, town.traffic_lights), planned, rng)

    def begin(self, stage: Stage) -> None:
        """Turn the light red."""
        self._light = _guard_at(
            guarded_arcs(stage.planned, stage.town.traffic_lights), self.arc_m, self.name
        )
        self._wait_s = float(stage.rng.uniform(2.0, 5.0))
        if stage.traffic is None:
            raise WorldError(f'{stage.town.name} has no lights to switch; choose another town')
        stage.traffic.hold_light(self._light, LightState.RED)

    def step(self, stage: Stage) -> None:
        """Switch to green once the ego has waited."""
        if self.is_over or self._light is None or stage.traffic is None:
            return
        left_m = self.arc_m - stage.ego_arc_m
        self.has_happened = self.has_happened or 0.0 < left_m < SEEN_WITHIN_M
        if left_m < WAITING_WITHIN_M and stage.ego.speed_mps < STANDING_MPS:
            self._waited_s += TICK_PERIOD_S
        if left_m < -5.0 or self._waited_s > self._wait_s or stage.t_s > LONGEST_RED_S:
            stage.traffic.hold_light(self._light, LightState.GREEN)
            stage.traffic.release_light(self._light)
            self.is_over = True


class StopSignOnTheWay(CodedSituation):
    """The route passes a stop sign; nothing else is staged."""

    name = 'stop_sign'
    summary = 'a stop sign on the way'

    @classmethod
    def find_place(
        cls, town: Town, planned: PlannedRoute, rng: np.random.Generator
    ) -> float | None:
        """Return where the route crosses the line of a stop sign."""
        return _pick_line(guarded_arcs(planned, town.stop_signs), planned, rng)

    def begin(self, stage: Stage) -> None:
        """Check that there is a sign."""
        _guard_at(guarded_arcs(stage.planned, stage.town.stop_signs), self.arc_m, self.name)

    def step(self, stage: Stage) -> None:
        """Mark it as happened when the ego reaches the stop line."""
        left_m = self.arc_m - stage.ego_arc_m
        self.has_happened = self.has_happened or left_m < 8.0
        self.is_over = left_m < -5.0


def _pick_line(
    lines: list[tuple[float, GuardT]],
    planned: PlannedRoute,
    rng: np.random.Generator,
) -> float | None:
    last = planned.route.length_m - ROOM_AFTER_M
    arcs = [arc for arc, _ in lines if FIRST_STOP_AFTER_M < arc < last]
    return arcs[int(rng.integers(len(arcs)))] if arcs else None


def _guard_at(lines: list[tuple[float, GuardT]], arc_m: float, name: str) -> GuardT:
    near = [(abs(arc - arc_m), number) for number, (arc, _) in enumerate(lines)]
    if not near or min(near)[0] > 10.0:
        raise WorldError(f'{name}: the route crosses no such stop line near {arc_m:.0f} m')
    return lines[min(near)[1]][1]
