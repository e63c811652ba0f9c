# SPDX-License-Identifier: Apache-2.0
"""What situations ask of the traffic, on a CARLA server."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import carla
import numpy as np
import shapely
from numpy.typing import NDArray

from simlingo_core.errors import WorldError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_sim.actor_catalog import MODELS
from simlingo_sim.situations.places import guarded_arcs
from simlingo_sim.situations.stage import Stage
from simlingo_sim.state import ActorKind, LightState, TrafficLight
from simlingo_sim.town.town import LaneKind

AFTER_RELEASE_S = 8.0
BRAKE_MPS2 = 3.0
BEFORE_LINE_M = 2.0
COLOURS = {
    LightState.RED: carla.TrafficLightState.Red,
    LightState.YELLOW: carla.TrafficLightState.Yellow,
    LightState.GREEN: carla.TrafficLightState.Green,
}
Clear = Callable[[NDArray[np.float64], float], None]


@dataclass
class _Held:
    """A group of lights that is held; once released, for ``left_s`` more."""

    lights: list[Any]
    shown: dict[int, Any]
    left_s: float = math.inf


class StagedTraffic:
    """Lights that are held, and vehicles that drive along the route as a situation commands.

    These vehicles are scripted: they follow the route at the speed commanded, keep their distance
    and stop at red lights.

    Args:
        lights: the traffic lights of CARLA by our ids.
        clear: removes background traffic, see ``BackgroundTraffic.clear``.
    """

    def __init__(self, lights: Mapping[int, Any], clear: Clear | None) -> None:
        self._lights, self._clear = lights, clear
        self._held: dict[int, _Held] = {}
        self._commanded_mps: dict[int, float | None] = {}
        self._stage: Stage | None = None

    def enter(self, stage: Stage) -> None:
        """Take the stage on which vehicles are put."""
        self._stage = stage

    def clear(self, places_map_m: NDArray[np.float64], radius_m: float) -> None:
        """Remove background vehicles near places, shape (n, 2)."""
        if self._clear is not None:
            self._clear(places_map_m, radius_m)

    def hold_light(self, light: TrafficLight, wanted: LightState) -> None:
        """Let a light show this and the others of its junction red, until it is released.

        Raises:
            WorldError: the server has no such light.
        """
        if light.id not in self._lights:
            raise WorldError(f'the server has no light {light.id}')
        actor = self._lights[light.id]
        group = list(actor.get_group_traffic_lights())
        shown = {int(member.id): carla.TrafficLightState.Red for member in group}
        shown[int(actor.id)] = COLOURS[wanted]
        self._held[_key(group)] = _Held([*group], shown)

    def release_light(self, light: TrafficLight) -> None:
        """Let a junction continue its program, after a few seconds."""
        if light.id in self._lights:
            held = self._held.get(_key(self._lights[light.id].get_group_traffic_lights()))
            if held is not None:
                held.left_s = min(held.left_s, AFTER_RELEASE_S)

    def add_vehicle(
        self, kind: ActorKind, edges: Sequence[str], lane_index: int, at_m: float, speed_mps: float
    ) -> int:
        """Put a vehicle that follows the route onto its lane and return its id.

        Raises:
            WorldError: there is no such lane, or its place is taken.
        """
        stage = self._require_stage()
        found = [
            lane
            for lane in stage.town.lanes
            if lane.kind is LaneKind.DRIVING
            and (lane.edge_id, lane.index) == (edges[0], lane_index)
        ]
        if not found:
            raise WorldError(f'{stage.town.name} has no lane {lane_index} of {edges[0]}')
        route = stage.planned.route
        middle_m = max(at_m - MODELS[kind].extent_m[0], 0.0)
        place = shapely.LineString(found[0].centre_map_m).interpolate(middle_m)
        arc_m, _ = route.project([place.x, place.y])
        actor = stage.spawn(kind, stage.ego.pose_map, path=route, arc_m=arc_m)
        actor.speed_mps = actor.target_mps = speed_mps
        actor.keeps_distance = True
        self._commanded_mps[actor.id] = None
        return actor.id

    def command_speed(self, actor_id: int, speed_mps: float | None, decel_mps2: float) -> None:
        """Command the speed of such a vehicle; None: it drives on as others do."""
        actor = self._require_stage().actors.get(actor_id)
        if actor is not None:
            actor.deceleration_mps2 = decel_mps2
            self._commanded_mps[actor_id] = speed_mps

    def step(self, colours: Mapping[int, LightState]) -> None:
        """Drive the vehicles and hold the lights for the next tick.

        Args:
            colours: state of each light by its id.
        """
        stage = self._require_stage()
        stops = [
            arc
            for arc, light in guarded_arcs(stage.planned, stage.town.traffic_lights)
            if self._commanded_mps and colours.get(light.id) in (LightState.RED, LightState.YELLOW)
        ]
        for ident, commanded_mps in list(self._commanded_mps.items()):
            actor = stage.actors.get(ident)
            if actor is None or actor.is_at_end:
                del self._commanded_mps[ident]
                stage.actors.pop(ident, None)
                continue
            limits = stage.planned.limits_mps
            index = min(round(actor.arc_m), len(limits) - 1)
            target_mps = float(limits[index]) if commanded_mps is None else commanded_mps
            front_m = actor.arc_m + actor.extent_m[0]
            actor.target_mps = min(target_mps, _speed_before(stops, front_m))
        for key, held in list(self._held.items()):
            for light in held.lights:
                light.set_state(held.shown[int(light.id)])
            held.left_s -= TICK_PERIOD_S
            if held.left_s <= 0.0:
                del self._held[key]

    def _require_stage(self) -> Stage:
        if self._stage is None:
            raise WorldError('no situation has begun')
        return self._stage


def _speed_before(stops_m: Sequence[float], front_m: float) -> float:
    """Return the speed from which one can still stop before the next line ahead."""
    left = [stop - BEFORE_LINE_M - front_m for stop in stops_m if stop > front_m]
    return math.sqrt(2.0 * BRAKE_MPS2 * max(min(left), 0.0)) if left else math.inf


def _key(group: Any) -> int:
    return min(int(light.id) for light in group)
