# SPDX-License-Identifier: Apache-2.0
"""Stop lines of traffic lights and stop signs on the expert's route."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlingo_sim.expert.config import ExpertConfig
from simlingo_sim.expert.dense_route import SPACING_M, DenseRoute
from simlingo_sim.expert.idm import IdmGap
from simlingo_sim.expert.leaders import LIGHT_GAP, STOP_SIGN_GAP, Leader
from simlingo_sim.expert.scene import Scene
from simlingo_sim.state import LightState, StopSign, TrafficLight

LINE_WIDENING = 0.15
PASSED_M = 1.0
STOP_NEAR_M = 3.5
STOP_CLOSE_M = 20.0
STANDING_MPS = 0.1


@dataclass(frozen=True)
class _Line:
    id: int
    index: int


@dataclass(frozen=True, kw_only=True)
class SignView:
    """Traffic lights and stop signs at one tick.

    Attributes:
        leaders: stop lines to stay behind.
        light: state of the next light within range.
        is_light_hazard, is_stop_hazard: whether a leader is a traffic light, a stop sign.
        is_stop_close: whether a stop sign that is not cleared is within 20 m.
        must_yield: whether the car waits at a stop sign or has just left its line.
    """

    leaders: tuple[Leader, ...] = ()
    light: LightState | None = None
    is_light_hazard: bool = False
    is_stop_hazard: bool = False
    is_stop_close: bool = False
    must_yield: bool = False


class StopLines:
    """Finds the stop lines on one route, and keeps which stop signs are cleared.

    Args:
        route: the expert's route.
        lights: traffic lights of the town.
        stop_signs: stop signs of the town.
        config: parameters of the expert.
    """

    def __init__(
        self,
        route: DenseRoute,
        lights: Sequence[TrafficLight],
        stop_signs: Sequence[StopSign],
        config: ExpertConfig,
    ) -> None:
        self._config = config
        self._lights = _find(route, [(light.id, light.stop_line_map_m) for light in lights])
        self._stops = _find(route, [(sign.id, sign.stop_line_map_m) for sign in stop_signs])
        self._standing_ticks = 0
        self._cleared: set[_Line] = set()
        self._yellow: tuple[_Line, bool] | None = None

    def view(self, scene: Scene) -> SignView:
        """Return lights and signs at one tick; to be called once per tick."""
        light_leader, light = self._light(scene)
        stop_leader, is_close = self._stop(scene)
        leaders = tuple(leader for leader in (light_leader, stop_leader) if leader)
        return SignView(
            leaders=leaders,
            light=light,
            is_light_hazard=light_leader is not None,
            is_stop_hazard=stop_leader is not None,
            is_stop_close=is_close,
            must_yield=self._must_yield(scene),
        )

    def next_ids(self, scene: Scene) -> tuple[int | None, int | None]:
        """Return the ids of the light and of the stop sign that the car has to obey next.

        None: there is none ahead within range, or the stop sign has been obeyed.
        """
        light, stop = self._next(self._lights, scene), self._next(self._stops, scene)
        range_m = self._config.light_range_m
        return (
            light.id if light and _front_distance_m(light, scene) < range_m else None,
            stop.id
            if stop and stop not in self._cleared and _front_distance_m(stop, scene) < range_m
            else None,
        )

    def _light(self, scene: Scene) -> tuple[Leader | None, LightState | None]:
        line = self._next(self._lights, scene)
        if line is None:
            return None, None
        state = scene.state.lights.get(line.id, LightState.UNKNOWN)
        distance_m = _front_distance_m(line, scene)
        if state is not LightState.YELLOW:
            self._yellow = None
        if state is LightState.GREEN or distance_m > self._config.light_range_m:
            return None, state
        if state is LightState.YELLOW and self._passes_yellow(line, distance_m, scene):
            return None, state
        return _leader('traffic_light', line, scene, LIGHT_GAP), state

    def _passes_yellow(self, line: _Line, distance_m: float, scene: Scene) -> bool:
        """Return whether stopping would need too hard braking; decided when it turns yellow."""
        if self._yellow is None or self._yellow[0] != line:
            needed_mps2 = scene.ego.speed_mps**2 / (2.0 * max(distance_m - 0.5, 0.1))
            self._yellow = line, needed_mps2 > self._config.yellow_braking_mps2
        return self._yellow[1]

    def _stop(self, scene: Scene) -> tuple[Leader | None, bool]:
        line = self._next(self._stops, scene)
        if line is None or line in self._cleared:
            self._standing_ticks = 0
            return None, False
        distance_m = _front_distance_m(line, scene)
        is_standing = scene.ego.speed_mps < STANDING_MPS and distance_m < STOP_NEAR_M
        self._standing_ticks = self._standing_ticks + 1 if is_standing else 0
        if self._standing_ticks > self._config.stop_clear_ticks:
            self._cleared.add(line)
            return None, True
        if distance_m > self._config.light_range_m:
            return None, False
        return _leader('stop_sign', line, scene, STOP_SIGN_GAP), distance_m < STOP_CLOSE_M

    def _must_yield(self, scene: Scene) -> bool:
        index = scene.route.index
        return any(-12.0 < (line.index - index) * SPACING_M < 8.0 for line in self._cleared)

    @staticmethod
    def _next(lines: Sequence[_Line], scene: Scene) -> _Line | None:
        ahead = [line for line in lines if _front_distance_m(line, scene) > -PASSED_M]
        return min(ahead, key=lambda line: line.index) if ahead else None


def _leader(kind: str, line: _Line, scene: Scene, gap: IdmGap) -> Leader:
    return Leader(
        kind=kind,
        id=line.id,
        distance_m=(line.index - scene.route.index) * SPACING_M,
        speed_mps=0.0,
        length_m=scene.ego.extent_m[0],
        gap=gap,
    )


def _front_distance_m(line: _Line, scene: Scene) -> float:
    return (line.index - scene.route.index) * SPACING_M - scene.ego.extent_m[0]


def _find(route: DenseRoute, lines: list[tuple[int, NDArray[np.float64]]]) -> list[_Line]:
    """Return the lines that the route crosses in their direction, by index on the route."""
    found = []
    points = route.original_map_m
    for ident, line_m in lines:
        right = line_m[1] - line_m[0]
        length = float(np.hypot(*right))
        right = right / length
        forward = np.array([-right[1], right[0]])
        along = (points - line_m[0]) @ forward
        across = (points - line_m[0]) @ right / length
        inside = (across > -LINE_WIDENING) & (across < 1.0 + LINE_WIDENING)
        passes = np.flatnonzero((along[:-1] < 0.0) & (along[1:] >= 0.0) & inside[1:])
        found += [_Line(ident, int(index) + 1) for index in passes]
    return sorted(found, key=lambda line: line.index)
