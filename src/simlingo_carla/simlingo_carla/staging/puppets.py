# SPDX-License-Identifier: Apache-2.0
"""Actors of situations on a CARLA server, moved by the client and not by the server's physics."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import carla
import numpy as np

from simlingo_core.carla_frame import vector_to_carla, yaw_to_carla
from simlingo_core.errors import WorldError
from simlingo_sim.actor_catalog import MODELS
from simlingo_sim.state import ActorState

ROLE = 'scenario'
SPAWN_ABOVE_M = (0.5, 15.0, 40.0)
"""Tried one after the other: an actor is spawned only where nothing is, and then put down."""
LEAST_EXTENT_M = 0.05
OPEN_DOOR_RAD = 0.3
DRIVING, WALKER, WHEELS = 'vehicle.', 'walker.', 'number_of_wheels'
LAMPS = carla.VehicleLightState


class Puppets:
    """The actors of situations of one episode.

    Args:
        world: of CARLA, in synchronous mode.
        carla_map: ``carla.Map`` of it, for the height of the road.
    """

    def __init__(self, world: Any, carla_map: Any) -> None:
        self._world, self._map = world, carla_map
        self._actors: dict[int, Any] = {}
        self._lamps: dict[int, int] = {}
        self._open: set[int] = set()

    @property
    def server_ids(self) -> frozenset[int]:
        """Ids of the actors on the server."""
        return frozenset(int(actor.id) for actor in self._actors.values())

    def extent_m(
        self, ident: int, default: tuple[float, float, float]
    ) -> tuple[float, float, float]:
        """Return the half sizes of an actor's box on the server.

        Args:
            ident: id of the situation's actor.
            default: where the server does not know it; some two-wheelers have an empty box.
        """
        extent = self._actors[ident].bounding_box.extent
        found = (float(extent.x), float(extent.y), float(extent.z))
        return found if min(found) > LEAST_EXTENT_M else default

    def show(self, states: Sequence[ActorState], near_z_m: float) -> None:
        """Have the server show these actors, and no others, from the next tick on.

        Args:
            states: of the actors of situations.
            near_z_m: height of the car, to tell a bridge from the road below.

        Raises:
            WorldError: the server has no blueprint for one, or no room.
        """
        wanted = {state.id for state in states}
        for ident in [ident for ident in self._actors if ident not in wanted]:
            self._actors.pop(ident).destroy()
        for state in states:
            if state.id not in self._actors:
                self._actors[state.id] = self._spawn(state, near_z_m)
            self._move(self._actors[state.id], state, near_z_m)

    def destroy(self) -> None:
        """Take all away.

        Raises:
            RuntimeError: the server no longer answers.
        """
        while self._actors:
            self._actors.popitem()[1].destroy()

    def _spawn(self, state: ActorState, near_z_m: float) -> Any:
        blueprint = self._blueprint(state)
        for name, value in (('role_name', ROLE), ('color', _color(state))):
            if blueprint.has_attribute(name):
                blueprint.set_attribute(name, value)
        for above_m in SPAWN_ABOVE_M:
            place = self._place(state, near_z_m)
            place.location.z += above_m
            actor = self._world.try_spawn_actor(blueprint, place)
            if actor is not None:
                actor.set_simulate_physics(False)
                return actor
        raise WorldError(
            f'the server has no room for a {state.kind.value} of a situation at {state.pose_map}; '
            'remove the vehicles of an earlier run, or restart the server'
        )

    def _blueprint(self, state: ActorState) -> Any:
        """Return the blueprint of its look, else of its kind, else the nearest of its family."""
        library = self._world.get_blueprint_library()
        for name in (state.type_id, *MODELS[state.kind].type_ids):
            try:
                return library.find(name)
            except IndexError:
                continue
        family = state.type_id.partition('.')[0]
        wheels = '2' if state.kind in _TWO_WHEELS else '4'
        found = [
            blueprint
            for blueprint in sorted(library.filter(f'{family}.*'), key=lambda b: str(b.id))
            if not blueprint.has_attribute(WHEELS)
            or str(blueprint.get_attribute(WHEELS).as_str()) == wheels
        ]
        if family == 'static' or not found:
            raise WorldError(
                f'the server has no blueprint like {state.type_id}, which a situation needs; '
                'drive without situations: carla://HOST:PORT?situations=off'
            )
        return found[0]

    def _move(self, actor: Any, state: ActorState, near_z_m: float) -> None:
        place = self._place(state, near_z_m)
        box = actor.bounding_box
        forward = place.get_forward_vector()
        place.location -= carla.Location(forward.x * box.location.x, forward.y * box.location.x)
        if str(actor.type_id).startswith(WALKER):
            # A walker's origin is its middle, that of all others on the ground.
            place.location.z += box.extent.z
            forward.z = 0.0
            actor.apply_control(carla.WalkerControl(forward, state.speed_mps))
        actor.set_transform(place)
        if str(actor.type_id).startswith(DRIVING):
            self._light(actor, state)
            self._open_door(actor, state)

    def _light(self, actor: Any, state: ActorState) -> None:
        on = {
            LAMPS.Brake: state.is_braking,
            LAMPS.LeftBlinker: state.blinks_left,
            LAMPS.RightBlinker: state.blinks_right,
            LAMPS.Special1: state.has_blue_lights,
        }
        lamps = sum(int(lamp) for lamp, is_on in on.items() if is_on)
        if self._lamps.get(state.id, 0) != lamps:
            actor.set_light_state(LAMPS(lamps))
            self._lamps[state.id] = lamps

    def _open_door(self, actor: Any, state: ActorState) -> None:
        if state.id not in self._open and abs(state.open_door_rad) > OPEN_DOOR_RAD:
            is_left = state.open_door_rad > 0.0
            actor.open_door(carla.VehicleDoor.FL if is_left else carla.VehicleDoor.FR)
            self._open.add(state.id)

    def _place(self, state: ActorState, near_z_m: float) -> Any:
        """Return where it stands, level with the road below it."""
        x_m, y_m = vector_to_carla(state.pose_map.position_m)
        place = carla.Location(float(x_m), float(y_m), near_z_m)
        road = self._map.get_waypoint(place, lane_type=carla.LaneType.Any).transform
        yaw_deg = yaw_to_carla(state.pose_map.yaw_rad)
        along = math.cos(np.radians(yaw_deg - road.rotation.yaw))
        place.z = road.location.z
        return carla.Transform(
            place, carla.Rotation(pitch=road.rotation.pitch * along, yaw=yaw_deg)
        )


_TWO_WHEELS = frozenset(
    kind for kind, model in MODELS.items() if model.sumo_class in ('bicycle', 'motorcycle')
)


def _color(state: ActorState) -> str:
    return ','.join(str(part) for part in state.color_rgb)
