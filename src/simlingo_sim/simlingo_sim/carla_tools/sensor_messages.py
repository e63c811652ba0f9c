# SPDX-License-Identifier: Apache-2.0
"""Messages of spawned sensors, as the CARLA bridge sends them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from simlingo_core.geometry import Pose3
from simlingo_ros.conversions import world as conversions
from simlingo_ros.conversions.carla_tools import depth_to_image
from simlingo_ros.conversions.time import tick_to_stamp
from simlingo_ros.conversions.vehicle import (
    ego_state_to_odometry,
    gnss_to_message,
    imu_to_message,
    speed_to_message,
)
from simlingo_ros.images import array_to_image
from simlingo_ros.interfaces import Interface
from simlingo_ros.transforms import make_transform
from simlingo_sim.camera.specs import CameraSpec
from simlingo_sim.carla_tools import spawned
from simlingo_sim.carla_tools.spawned import SpawnedSensor
from simlingo_sim.world_messages import EpisodeView

IMAGE_TYPE, CAMERA_INFO_TYPE = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CameraInfo'
TYPES: Mapping[str, str] = {
    spawned.GNSS: 'sensor_msgs/msg/NavSatFix',
    spawned.IMU: 'sensor_msgs/msg/Imu',
    spawned.ODOMETRY: 'nav_msgs/msg/Odometry',
    spawned.SPEEDOMETER: 'std_msgs/msg/Float32',
    spawned.OBJECTS: 'derived_object_msgs/msg/ObjectArray',
}
TF_KEY = 'tf'


def topics_of(sensor: SpawnedSensor) -> dict[str, Interface]:
    """Return the topics of a sensor, by the keys of its messages."""
    base = f'/carla/{{role}}/{sensor.name}'
    if sensor.camera is None:
        return {base: _topic(base, TYPES[sensor.type_id])}
    return {
        f'{base}/image': _topic(f'{base}/image', IMAGE_TYPE),
        f'{base}/camera_info': _topic(f'{base}/camera_info', CAMERA_INFO_TYPE),
    }


def _topic(name: str, type_name: str) -> Interface:
    meaning = 'of a spawned sensor'
    return Interface(name=name, type=type_name, sender='world', listeners=(), meaning=meaning)


def messages_of(
    sensor: SpawnedSensor, view: EpisodeView, role: str, objects: Any
) -> Iterator[tuple[str, Any]]:
    """Yield the messages of a sensor at this tick, each with its key; ``tf`` in addition.

    Args:
        sensor: that is due.
        view: the episode.
        role: role name of the car.
        objects: returns the message of the objects around the car.
    """
    frame, base = view.frame, f'/carla/{{role}}/{sensor.name}'
    stamp, frame_id = tick_to_stamp(frame.tick), f'{role}/{sensor.name}'
    if sensor.camera is not None:
        yield from _camera(sensor, sensor.camera, view, role)
        return
    pose = sensor.base_from_sensor
    if sensor.type_id == spawned.GNSS:
        place = (frame.ego.pose_map @ pose).translation_m
        reference = view.world.town.map.geo_reference
        yield base, gnss_to_message(_fix(reference.geodetic_from_map(place)), stamp, frame_id)
    elif sensor.type_id == spawned.IMU:
        yield base, imu_to_message(frame.imu, stamp, frame_id)
    elif sensor.type_id == spawned.ODOMETRY:
        yield base, ego_state_to_odometry(frame.ego, role)
    elif sensor.type_id == spawned.SPEEDOMETER:
        yield base, speed_to_message(frame.speedometer_mps)
    elif sensor.type_id == spawned.OBJECTS:
        yield base, objects()
    if sensor.type_id in (spawned.GNSS, spawned.IMU):
        yield TF_KEY, [make_transform(role, frame_id, pose, stamp)]


def _camera(
    sensor: SpawnedSensor, camera: CameraSpec, view: EpisodeView, role: str
) -> Iterator[tuple[str, Any]]:
    stamp, base = tick_to_stamp(view.frame.tick), f'/carla/{{role}}/{sensor.name}'
    frame_id = f'{role}/{sensor.name}'
    pose: Pose3 = sensor.base_from_sensor @ conversions.BODY_FROM_OPTICAL
    yield TF_KEY, [make_transform(role, frame_id, pose, stamp)]
    if sensor.type_id == spawned.DEPTH:
        image = depth_to_image(view.world.render_depth_m(camera), stamp, frame_id)
    else:
        is_semantic = sensor.type_id == spawned.SEMANTIC
        render = view.world.render_classes if is_semantic else view.world.render
        image = array_to_image(
            np.ascontiguousarray(render(camera)), 'bgra8', stamp=stamp, frame_id=frame_id
        )
    yield f'{base}/image', image
    size = camera.width_px, camera.height_px
    yield f'{base}/camera_info', conversions.camera_info(*size, camera.fov_deg, stamp, frame_id)


def _fix(degrees: Any) -> Any:
    from simlingo_core.frame import GnssReading

    return GnssReading(
        latitude_deg=float(degrees[0]),
        longitude_deg=float(degrees[1]),
        altitude_m=float(degrees[2]),
    )
