# SPDX-License-Identifier: Apache-2.0
"""Sensors that tools attach to the car: which there are, and which have been spawned."""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Mapping
from dataclasses import dataclass

from simlingo_core.errors import ContractError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.geometry import Pose3
from simlingo_ros.conversions.carla_tools import SpawnRequest
from simlingo_sim.camera.specs import CameraSpec
from simlingo_sim.episode import EGO_ID, EGO_TYPE

FIRST_SENSOR_ID, FIRST_PSEUDO_ID = 3001, 10_000
RGB, DEPTH, SEMANTIC = (
    'sensor.camera.rgb',
    'sensor.camera.depth',
    'sensor.camera.semantic_segmentation',
)
CAMERAS = (RGB, DEPTH, SEMANTIC)
GNSS, IMU = 'sensor.other.gnss', 'sensor.other.imu'
COLLISION, LANE_INVASION = 'sensor.other.collision', 'sensor.other.lane_invasion'
ODOMETRY, SPEEDOMETER = 'sensor.pseudo.odom', 'sensor.pseudo.speedometer'
OBJECTS, MARKERS = 'sensor.pseudo.objects', 'sensor.pseudo.markers'
TF, ACTOR_LIST, LIGHTS, MAP = (
    'sensor.pseudo.tf',
    'sensor.pseudo.actor_list',
    'sensor.pseudo.traffic_lights',
    'sensor.pseudo.opendrive_map',
)
CONTROL = 'actor.pseudo.control'
PSEUDO = (ODOMETRY, SPEEDOMETER, OBJECTS, MARKERS, TF, ACTOR_LIST, LIGHTS, MAP, CONTROL)
BLUEPRINTS = (*CAMERAS, GNSS, IMU, COLLISION, LANE_INVASION, *PSEUDO, EGO_TYPE)
# What the world publishes anyhow: spawning it again is no error, and changes nothing.
BUILT_IN: Mapping[str, str] = {
    TF: 'tf',
    ODOMETRY: 'odometry',
    SPEEDOMETER: 'speedometer',
    OBJECTS: 'objects',
    MARKERS: 'markers',
    ACTOR_LIST: 'actor_list',
    LIGHTS: 'traffic_lights',
    MAP: 'map',
    CONTROL: 'control',
    GNSS: 'gnss',
    IMU: 'imu',
    COLLISION: 'collision',
    LANE_INVASION: 'lane_invasion',
}
ONLY_BUILT_IN = (TF, MARKERS, ACTOR_LIST, LIGHTS, MAP, CONTROL, COLLISION, LANE_INVASION)
CAMERA_ATTRIBUTES = {'image_size_x': '800', 'image_size_y': '600', 'fov': '90'}
WITHOUT_EFFECT = (
    'lens_*', 'gamma', 'shutter_speed', 'iso', 'fstop', 'min_fstop', 'blade_count', 'exposure_*',
    'enable_postprocess_effects', 'motion_blur_*', 'bloom_intensity', 'focal_distance', 'noise_*',
    'slope', 'toe', 'shoulder', 'black_clip', 'white_clip', 'temp', 'tint', 'chromatic_*',
    'calibration_constant', 'blur_*', 'depth_blur_*', 'role_name', 'ros_name', 'reading_frequency',
    'color', 'generation', 'sticky_control',
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SpawnedSensor:
    """One sensor that was spawned.

    Attributes:
        id: of its actor.
        type_id: its blueprint.
        name: last part of its topics.
        base_from_sensor: its place on the car, x forward, y left, z up.
        camera: of a camera; None: it is none.
        period_ticks: ticks between readings.
    """

    id: int
    type_id: str
    name: str
    base_from_sensor: Pose3
    camera: CameraSpec | None
    period_ticks: int


class SpawnRegistry:
    """Takes requests; a request for what the world has anyhow is granted.

    Args:
        role: role name of the car.
        camera_id: id of the front camera, which the world publishes.

    Attributes:
        sensors: that were spawned, by id.
    """

    def __init__(self, role: str, camera_id: str) -> None:
        self._role = role
        self._built_in = {(type_id, name) for type_id, name in BUILT_IN.items()}
        self._built_in.add((RGB, camera_id))
        self._taken = {name for _, name in self._built_in}
        self._next_id, self._next_pseudo_id = FIRST_SENSOR_ID, FIRST_PSEUDO_ID
        self.sensors: dict[int, SpawnedSensor] = {}

    def spawn(self, request: SpawnRequest) -> int:
        """Spawn a sensor; return the id of its actor.

        Raises:
            ContractError: there is no such blueprint, the embedded world cannot have it, its name
                is taken, or an attribute is unknown or out of range.
        """
        type_id = self._type(request.type_id)
        if type_id == EGO_TYPE:
            return self._car(request)
        if (type_id, request.id) in self._built_in:
            return self._new_id(type_id)
        self._check(request, type_id)
        attributes = _attributes(request.attributes, is_camera=type_id in CAMERAS)
        pose = Pose3.identity() if request.pose is None else request.pose
        ident = self._new_id(type_id)
        self.sensors[ident] = SpawnedSensor(
            id=ident,
            type_id=type_id,
            name=request.id,
            base_from_sensor=pose,
            camera=_camera(attributes, pose) if type_id in CAMERAS else None,
            period_ticks=_period_ticks(attributes.get('sensor_tick', '0')),
        )
        return ident

    def destroy(self, ident: int) -> SpawnedSensor | None:
        """Take a sensor away; return it, or None where there is none of that id."""
        return self.sensors.pop(ident, None)

    def _car(self, request: SpawnRequest) -> int:
        if request.id != self._role:
            raise ContractError(
                f'the embedded world has one car, {self._role!r}; {request.id!r} cannot be '
                'spawned: other vehicles come from its traffic'
            )
        return EGO_ID

    def _check(self, request: SpawnRequest, type_id: str) -> None:
        if type_id in ONLY_BUILT_IN:
            raise ContractError(
                f'{type_id} is there under the id {BUILT_IN[type_id]!r} only, not {request.id!r}'
            )
        if not request.id.isidentifier():
            raise ContractError(
                f'the id is {request.id!r}; expected letters, digits and underscores'
            )
        if request.parent_id != EGO_ID:
            raise ContractError(
                f'attach_to is {request.parent_id}; expected {EGO_ID}, the car: the embedded '
                'world has sensors on the car only'
            )
        names = self._taken | {sensor.name for sensor in self.sensors.values()}
        if request.id in names:
            raise ContractError(f'the id {request.id!r} is taken; choose another')

    def _type(self, pattern: str) -> str:
        found = [name for name in BLUEPRINTS if fnmatch.fnmatchcase(name, pattern)]
        if not found:
            raise ContractError(
                f'the embedded world has no blueprint {pattern!r}; expected one of '
                f'{", ".join(BLUEPRINTS)}'
            )
        return found[0]

    def _new_id(self, type_id: str) -> int:
        if type_id in PSEUDO:
            self._next_pseudo_id += 1
            return self._next_pseudo_id - 1
        self._next_id += 1
        return self._next_id - 1


def blueprints(pattern: str) -> list[str]:
    """Return the blueprints that a pattern matches; empty: all."""
    return [name for name in BLUEPRINTS if fnmatch.fnmatchcase(name, pattern or '*')]


def _attributes(given: Mapping[str, str], *, is_camera: bool) -> dict[str, str]:
    known = {*(CAMERA_ATTRIBUTES if is_camera else ()), 'sensor_tick'}
    for name in given:
        is_idle = any(fnmatch.fnmatchcase(name, pattern) for pattern in WITHOUT_EFFECT)
        if name not in known and not is_idle:
            raise ContractError(
                f'attribute {name!r} is unknown; expected {", ".join(sorted(known))}'
            )
    return (CAMERA_ATTRIBUTES if is_camera else {}) | {
        name: value for name, value in given.items() if name in known
    }


def _camera(attributes: Mapping[str, str], pose: Pose3) -> CameraSpec:
    roll_rad, pitch_rad, yaw_rad = pose.roll_pitch_yaw_rad
    x_m, y_m, z_m = (float(number) for number in pose.translation_m)
    return CameraSpec(
        x_m=x_m,
        y_m=y_m,
        z_m=z_m,
        roll_rad=roll_rad,
        pitch_rad=pitch_rad,
        yaw_rad=yaw_rad,
        width_px=int(_number('image_size_x', attributes)),
        height_px=int(_number('image_size_y', attributes)),
        fov_deg=_number('fov', attributes),
        shows_ego=True,
    )


def _period_ticks(text: str) -> int:
    period_s = _number('sensor_tick', {'sensor_tick': text})
    if period_s < 0.0:
        raise ContractError(f'sensor_tick is {text!r}; expected 0 or more seconds')
    return max(1, math.ceil(period_s / TICK_PERIOD_S - 1e-6))


def _number(name: str, attributes: Mapping[str, str]) -> float:
    try:
        number = float(attributes[name])
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ContractError(f'attribute {name} is {attributes[name]!r}; expected a number')
    return number
