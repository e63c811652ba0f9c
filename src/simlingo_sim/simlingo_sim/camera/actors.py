# SPDX-License-Identifier: Apache-2.0
"""Models of actors, and the values of their lamps and limbs."""

from __future__ import annotations

import functools
import math
import zlib

from simlingo_sim.camera import (
    bicycles,
    people,
    special_vehicles,
    street_props,
    vehicle_bodies,
    vehicles,
)
from simlingo_sim.camera.mesh import COARSE_SIDES, FINE_SIDES, Mesh
from simlingo_sim.state import ActorKind, ActorState

PEDESTRIAN_VARIANTS = 6
BLINK_HZ = 1.5
BLUE_HZ = 2.5
_BODIES = {
    'sedan': vehicle_bodies.SEDAN,
    'hatchback': vehicle_bodies.HATCHBACK,
    'suv': vehicle_bodies.SUV,
    'van': vehicle_bodies.VAN,
}


_ROAD_USERS = {
    'bicycle': bicycles.bicycle_model,
    'bus': special_vehicles.bus_model,
    'motorcycle': special_vehicles.motorcycle_model,
    'ambulance': special_vehicles.ambulance_model,
    'police': special_vehicles.police_model,
    'dog': street_props.dog_model,
}
_OBJECTS = {
    'cone': people.cone_model,
    'warning_sign': people.warning_sign_model,
    'barrier': street_props.barrier_model,
    'construction_sign': street_props.construction_sign_model,
}
OPEN = '_open'


def model_name(actor: ActorState) -> str:
    """Return the name of the model of an actor; the same actor always has the same model."""
    name = actor.kind.value
    if actor.kind is ActorKind.CAR:
        # Short cars are hatchbacks; the others follow their type.
        short = actor.extent_m[0] < 2.1
        name = 'hatchback' if short or _digest(actor.type_id) % 3 == 0 else 'sedan'
    if actor.kind in (ActorKind.PEDESTRIAN, ActorKind.CHILD):
        return f'pedestrian_{_digest(f"{actor.type_id}{actor.id}") % PEDESTRIAN_VARIANTS}'
    if actor.kind is ActorKind.BILLBOARD:
        return f'billboard_{actor.type_id.rsplit(".", 1)[1]}'
    return name + OPEN if actor.open_door_rad != 0.0 and name in _BODIES else name


def _digest(text: str) -> int:
    return zlib.crc32(text.encode())


@functools.cache
def model_mesh(name: str, is_coarse: bool = False) -> Mesh:
    """Return the mesh of a model; the coarse one is for actors far away."""
    sides = COARSE_SIDES if is_coarse else FINE_SIDES
    if name.endswith(OPEN):
        return special_vehicles.with_front_doors(_BODIES[name.removesuffix(OPEN)], sides)
    if name in _BODIES:
        return vehicles.vehicle_model(_BODIES[name], sides)
    if name.startswith('pedestrian_'):
        return people.pedestrian_model(int(name.rsplit('_', 1)[1]), sides)
    if name == 'truck':
        return vehicles.truck_model(sides)
    if name.startswith('billboard_'):
        return street_props.billboard_model(int(name.rsplit('_', 1)[1]))
    if name in _ROAD_USERS:
        return _ROAD_USERS[name](sides)
    return _OBJECTS[name]()


@functools.cache
def model_extent_m(name: str) -> tuple[float, float, float]:
    """Return half length, half width and half height of a model."""
    if name.startswith('pedestrian_'):
        # The box of a standing person; swinging limbs may leave it.
        return 0.25, 0.28, 0.875
    return vehicles.model_extent_m(model_mesh(name.removesuffix(OPEN)))


def lamp_values(actor: ActorState, t_s: float) -> tuple[float, float, float, float]:
    """Return brake, left and right blinker (0 or 1) and the gait phase in radians.

    For a vehicle with blue lights the last one is the side that flashes, 1 or 2.
    """
    is_lit = (t_s * BLINK_HZ) % 1.0 < 0.5
    phase = actor.walk_phase
    if actor.kind is ActorKind.BICYCLE:
        phase = (t_s * actor.speed_mps * 1.3) % (2 * math.pi)
    elif actor.has_blue_lights:
        # 1 or 2: the side that is lit.
        phase = 1.0 + float((t_s * BLUE_HZ) % 1.0 < 0.5)
    return (
        float(actor.is_braking),
        float(actor.blinks_left and is_lit),
        float(actor.blinks_right and is_lit),
        phase,
    )


def paint_values(actor: ActorState) -> tuple[float, float, float, float]:
    """Return red, green, blue (0 to 1) and the amplitude of the limbs in radians.

    For vehicles the last one is the opening angle of a door.
    """
    red, green, blue = (channel / 255 for channel in actor.color_rgb)
    reach = actor.open_door_rad
    if actor.kind.is_walker:
        reach = min(0.62, 0.45 * abs(actor.speed_mps))
    elif actor.kind is ActorKind.BICYCLE:
        reach = 0.3 if abs(actor.speed_mps) > 0.3 else 0.0
    return red, green, blue, reach
