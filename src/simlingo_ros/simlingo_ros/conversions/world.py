# SPDX-License-Identifier: Apache-2.0
"""Messages that only a world publishes: cameras, actors, vehicle data, collisions, lane crossings.

Messages are those of the CARLA bridge; everything goes one way, from the world to ROS.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from builtin_interfaces.msg import Time
from carla_msgs.msg import (
    CarlaActorInfo,
    CarlaActorList,
    CarlaCollisionEvent,
    CarlaEgoVehicleInfo,
    CarlaEgoVehicleInfoWheel,
    CarlaLaneInvasionEvent,
    CarlaStatus,
    CarlaWorldInfo,
)
from numpy.typing import NDArray
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import String

from simlingo_core.checks import number_in_range
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.geometry import Pose3
from simlingo_msgs.msg import EpisodeChoices
from simlingo_ros.conversions.geometry import make_header, vector_to_vector3

# Camera axes (x forward, y left, z up) to optical axes (z forward, x right, y down): REP-103.
BODY_FROM_OPTICAL = Pose3(np.zeros(3), np.array([-0.5, 0.5, -0.5, 0.5]))
CENTIMETRES_PER_METRE = 100.0
MAP_NAME_PREFIX = 'Carla/Maps/'


@dataclass(frozen=True, kw_only=True)
class Actor:
    """One line of the actor list."""

    id: int
    type_id: str
    role: str
    parent_id: int = 0


@dataclass(frozen=True, kw_only=True)
class VehicleSheet:
    """Constant data of the ego car.

    Attributes:
        id: id of the actor.
        type_id: CARLA blueprint.
        role: role name.
        mass_kg: kerb weight.
        wheelbase_m: distance from front to rear axle, the origin half-way.
        track_m: distance between the wheels of an axle.
        wheel_radius_m: radius of each wheel.
        wheel_angle_rad: angle of the front wheels at full lock; rear wheels have 0.
        center_of_mass_m: centre of mass in CARLA's axes, as the bridge copies it, shape (3,).
    """

    id: int
    type_id: str
    role: str
    mass_kg: float
    wheelbase_m: float
    track_m: float
    wheel_radius_m: float
    wheel_angle_rad: float
    center_of_mass_m: NDArray[np.float64]


def camera_info(
    width_px: int, height_px: int, fov_deg: float, stamp: Time, frame_id: str
) -> CameraInfo:
    """Return the intrinsics of a pinhole camera without distortion.

    Args:
        width_px: width of the image.
        height_px: height of the image.
        fov_deg: horizontal field of view.
        stamp: stamp of the image.
        frame_id: coordinate frame of the camera.

    Raises:
        ContractError: the field of view is not between 1 and 179 degrees.
    """
    fov_deg = number_in_range('camera fov_deg', fov_deg, 1.0, 179.0)
    focal_px = width_px / (2.0 * math.tan(math.radians(fov_deg) / 2.0))
    rows = (
        (focal_px, 0.0, width_px / 2.0),
        (0.0, focal_px, height_px / 2.0),
        (0.0, 0.0, 1.0),
    )
    return CameraInfo(
        header=make_header(stamp, frame_id),
        height=height_px,
        width=width_px,
        distortion_model='plumb_bob',
        d=[0.0] * 5,
        k=[value for row in rows for value in row],
        r=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        p=[value for row in rows for value in (*row, 0.0)],
    )


def world_info(town: str, opendrive: str) -> CarlaWorldInfo:
    """Return name and OpenDRIVE text of the town; the name gets CARLA's prefix."""
    return CarlaWorldInfo(map_name=f'{MAP_NAME_PREFIX}{town}', opendrive=opendrive)


def opendrive_map(opendrive: str) -> String:
    """Return the OpenDRIVE text of the town."""
    return String(data=opendrive)


def world_status(tick: int, *, is_lockstep: bool) -> CarlaStatus:
    """Return the state of the world's clock."""
    return CarlaStatus(
        frame=tick,
        fixed_delta_seconds=TICK_PERIOD_S,
        synchronous_mode=is_lockstep,
        synchronous_mode_running=is_lockstep,
    )


def actor_list(actors: Iterable[Actor]) -> CarlaActorList:
    """Return the list of all actors."""
    return CarlaActorList(
        actors=[
            CarlaActorInfo(id=a.id, parent_id=a.parent_id, type=a.type_id, rolename=a.role)
            for a in actors
        ]
    )


def vehicle_info(sheet: VehicleSheet) -> CarlaEgoVehicleInfo:
    """Return the constant data of the ego car.

    Wheels are front left, front right, rear left, rear right.  Their positions are in the vehicle
    frame (REP-103), their radius is in centimetres, as the bridge has it.
    """
    half_length_m, half_track_m = sheet.wheelbase_m / 2.0, sheet.track_m / 2.0
    wheels = [
        CarlaEgoVehicleInfoWheel(
            tire_friction=3.5,
            damping_rate=0.25,
            max_steer_angle=sheet.wheel_angle_rad if x_m > 0.0 else 0.0,
            radius=sheet.wheel_radius_m * CENTIMETRES_PER_METRE,
            max_brake_torque=1500.0,
            max_handbrake_torque=0.0 if x_m > 0.0 else 3000.0,
            position=vector_to_vector3([x_m, y_m, sheet.wheel_radius_m]),
        )
        for x_m in (half_length_m, -half_length_m)
        for y_m in (half_track_m, -half_track_m)
    ]
    return CarlaEgoVehicleInfo(
        id=sheet.id,
        type=sheet.type_id,
        rolename=sheet.role,
        wheels=wheels,
        max_rpm=5800.0,
        moi=1.0,
        damping_rate_full_throttle=0.15,
        damping_rate_zero_throttle_clutch_engaged=2.0,
        damping_rate_zero_throttle_clutch_disengaged=0.35,
        use_gear_autobox=True,
        gear_switch_time=0.0,
        clutch_strength=10.0,
        mass=sheet.mass_kg,
        drag_coefficient=0.3,
        center_of_mass=vector_to_vector3(sheet.center_of_mass_m),
    )


def collision_event(
    other_id: int, impulse_map_ns: Sequence[float], stamp: Time, frame_id: str
) -> CarlaCollisionEvent:
    """Return a collision; the impulse is in newton seconds, in map."""
    return CarlaCollisionEvent(
        header=make_header(stamp, frame_id),
        other_actor_id=other_id,
        normal_impulse=vector_to_vector3(np.asarray(impulse_map_ns, dtype=np.float64)),
    )


def lane_invasion_event(
    markings: Sequence[int], stamp: Time, frame_id: str
) -> CarlaLaneInvasionEvent:
    """Return the kinds of lane markings that were crossed, as CARLA numbers them."""
    return CarlaLaneInvasionEvent(
        header=make_header(stamp, frame_id), crossed_lane_markings=list(markings)
    )


def episode_choices(
    route: str,
    situations: Sequence[str],
    seed: int,
    known_routes: Sequence[str],
    known_situations: Sequence[str],
    stamp: Time,
) -> EpisodeChoices:
    """Return which episode runs and which others can be run."""
    return EpisodeChoices(
        header=make_header(stamp, ''),
        route=route,
        situations=list(situations),
        seed=seed,
        known_routes=list(known_routes),
        known_situations=list(known_situations),
    )
