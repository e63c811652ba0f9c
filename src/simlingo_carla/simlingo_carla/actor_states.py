# SPDX-License-Identifier: Apache-2.0
"""CARLA's actors and traffic lights as the simulator's states: REP-103, map."""

from __future__ import annotations

import re
from typing import Any

import carla
import numpy as np

from simlingo_core.carla_frame import (
    CarlaTransform,
    axial_from_carla,
    pose2_from_carla,
    pose3_from_carla,
    vector_from_carla,
)
from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.types import EgoState
from simlingo_sim.state import ActorKind, ActorState, LightState, TrafficLight

EGO_ID = 1
LIGHT_ID_STEP = 100
KNOWN_ROLES = frozenset({'traffic', 'scenario', 'parked'})
VEHICLES = {
    'car': ActorKind.CAR,
    'van': ActorKind.VAN,
    'truck': ActorKind.TRUCK,
    'bus': ActorKind.BUS,
    'motorcycle': ActorKind.MOTORCYCLE,
    'bicycle': ActorKind.BICYCLE,
}
PROPS = {
    'cone': ActorKind.CONE,
    'warning': ActorKind.WARNING_SIGN,
    'construction': ActorKind.CONSTRUCTION_SIGN,
    'billboard': ActorKind.BILLBOARD,
}
LAMPS = carla.VehicleLightState
LEAST_BRAKE = 0.05
GREY = (128, 128, 128)
TWO_WHEELS, LARGE_HALF_LENGTH_M = 2, 3.5


def pose_of(transform: Any) -> Pose3:
    """Return a ``carla.Transform`` as a pose in map."""
    place, turn = transform.location, transform.rotation
    return pose3_from_carla(
        CarlaTransform(
            x_m=place.x,
            y_m=place.y,
            z_m=place.z,
            roll_deg=turn.roll,
            pitch_deg=turn.pitch,
            yaw_deg=turn.yaw,
        )
    )


def ego_state(actor: Any, t_s: float) -> EgoState:
    """Return pose and motion of the car; speed along its own x axis."""
    pose = pose_of(actor.get_transform())
    velocity_base = pose.rotation.T @ vector_from_carla(_numbers(actor.get_velocity()))
    acceleration_base = pose.rotation.T @ vector_from_carla(_numbers(actor.get_acceleration()))
    rate_map_degps = axial_from_carla(_numbers(actor.get_angular_velocity()))
    return EgoState(
        t_s=t_s,
        pose_map=pose,
        speed_mps=float(velocity_base[0]),
        yaw_rate_radps=float(np.radians(pose.rotation.T @ rate_map_degps)[2]),
        acceleration_base_mps2=acceleration_base,
    )


def actor_state(actor: Any, *, ego_role: str = '', lamps: int = 0) -> ActorState:
    """Return one vehicle, walker or prop.

    Args:
        actor: of CARLA.
        ego_role: role name, if it is the ego; its id becomes 1.
        lamps: that are on, as ``carla.VehicleLightState``.
    """
    transform, box = actor.get_transform(), actor.bounding_box
    pose = pose_of(transform)
    planar = pose.planar
    offset = vector_from_carla([box.location.x, box.location.y])
    centre = planar.transform(offset)
    velocity = pose.rotation.T @ vector_from_carla(_numbers(actor.get_velocity()))
    role = str(actor.attributes.get('role_name', ''))
    return ActorState(
        id=EGO_ID if ego_role else int(actor.id),
        kind=kind_of(actor),
        type_id=str(actor.type_id),
        role=ego_role or (role if role in KNOWN_ROLES else 'traffic'),
        pose_map=Pose2(float(centre[0]), float(centre[1]), planar.yaw_rad),
        speed_mps=float(velocity[0]),
        extent_m=(float(box.extent.x), float(box.extent.y), float(box.extent.z)),
        is_braking=bool(lamps & LAMPS.Brake) or _brakes(actor),
        blinks_left=bool(lamps & LAMPS.LeftBlinker),
        blinks_right=bool(lamps & LAMPS.RightBlinker),
        has_blue_lights=bool(lamps & LAMPS.Special1),
        color_rgb=_color(str(actor.attributes.get('color', ''))),
    )


def kind_of(actor: Any) -> ActorKind:
    """Return the kind of an actor by blueprint and attributes."""
    type_id = str(actor.type_id)
    if type_id.startswith('walker.'):
        return ActorKind.PEDESTRIAN
    if not type_id.startswith('vehicle.'):
        found = [kind for word, kind in PROPS.items() if word in type_id]
        return found[0] if found else ActorKind.BARRIER
    attributes = actor.attributes
    if attributes.get('special_type') == 'emergency':
        return ActorKind.POLICE if 'police' in type_id else ActorKind.AMBULANCE
    if attributes.get('base_type', '').lower() in VEHICLES:
        return VEHICLES[attributes['base_type'].lower()]
    if attributes.get('number_of_wheels') == str(TWO_WHEELS):
        return ActorKind.BICYCLE
    is_large = actor.bounding_box.extent.x > LARGE_HALF_LENGTH_M
    return ActorKind.TRUCK if is_large else ActorKind.CAR


def traffic_lights(light: Any) -> tuple[TrafficLight, ...]:
    """Return a light of CARLA as one light for each lane it stops.

    The ids are CARLA's id times 100 and the number of the lane.
    """
    place = light.get_transform().location
    lights = []
    for number, waypoint in enumerate(light.get_stop_waypoints()):
        where = waypoint.transform
        line = pose2_from_carla(where.location.x, where.location.y, where.rotation.yaw)
        half_m = 0.5 * waypoint.lane_width
        post = pose2_from_carla(place.x, place.y, where.rotation.yaw + 180.0)
        lights.append(
            TrafficLight(
                id=light_id(light, number),
                sumo_id='',
                link_index=number,
                pose_map=post,
                stop_line_map_m=line.transform([[0.0, half_m], [0.0, -half_m]]),
            )
        )
    return tuple(lights)


def light_id(light: Any, number: int) -> int:
    """Return our id of the light of CARLA for its stop line of this number."""
    return int(light.id) * LIGHT_ID_STEP + number


def light_state(light: Any) -> LightState:
    """Return the state of a light; the numbers of CARLA and of its messages differ in nothing."""
    name = str(light.get_state()).rpartition('.')[2].upper()
    return LightState[name] if name in LightState.__members__ else LightState.UNKNOWN


def _brakes(actor: Any) -> bool:
    if not str(actor.type_id).startswith('vehicle.'):
        return False
    return float(actor.get_control().brake) > LEAST_BRAKE


def _color(text: str) -> tuple[int, int, int]:
    """Return a colour of an attribute, such as ``17,37,103``; grey where there is none."""
    found = re.fullmatch(r'\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*', text)
    if not found:
        return GREY
    red, green, blue = (min(int(number), 255) for number in found.groups())
    return (red, green, blue)


def _numbers(vector: Any) -> list[float]:
    return [vector.x, vector.y, vector.z]
