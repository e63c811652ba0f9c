# SPDX-License-Identifier: Apache-2.0
"""One frame of the data set: what the car measured and what the expert intended.

In memory everything is REP-103.  On disk the file is SimLingo's ``measurements/NNNN.json.gz``
(upstream_spec §4.2): CARLA's axes (y right, yaw clockwise), so that upstream's tools read it too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlingo_core.carla_frame import (
    matrix_to_carla,
    mirrored,
    pose2_from_matrix,
    steer_from_carla,
    steer_to_carla,
    vector_from_carla,
    vector_to_carla,
    yaw_from_carla,
    yaw_to_carla,
)
from simlingo_core.checks import finite_array, finite_number
from simlingo_core.errors import ContractError
from simlingo_core.geometry import Pose2
from simlingo_core.types import RoadOption
from simlingo_training.carla_types import kind_of_type
from simlingo_training.gz_json import read_gz
from simlingo_training.labels import CameraShift
from simlingo_training.schema.base import parse
from simlingo_training.schema.measurement import MeasurementFile

HAZARDS = ('vehicle_hazard', 'light_hazard', 'walker_hazard', 'stop_sign_hazard')


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What is known about one frame.

    Attributes:
        pose_map: base_link in map.
        speed_mps: of the car.
        target_speed_mps: what the expert wants.
        speed_limit_mps: of the road.
        target_points_base_m: the next two points of the down-sampled plan, shape (2, 2).
        command: in force.
        next_command: the one after it.
        route_base_m: up to 40 points 1 m apart, shifts around obstacles included, shape (N, 2).
        route_original_base_m: the same without shifts.
        changed_route: whether the expert leaves the original route here.
        reduced_by_kind, reduced_by_id, reduced_by_distance_m: what slows the expert most; the
            kind is an ``ActorKind``, ``traffic_light``, ``stop_sign``, ``junction`` or ``curve``.
        reduced_by_type: its CARLA type; None for what CARLA has no type of.
        hazards: the names of HAZARDS that hold.
        is_in_junction: whether the car is in a junction.
        is_stop_sign_close, is_walker_close: whether one is near, hazard or not.
        vehicle_affecting_id, walker_affecting_id, walker_close_id: ids of their boxes.
        aim_base_m: the point that the expert steers to, shape (2,).
        steer, throttle, brake: the expert's command; steer is positive left.
        hazard_brake: whether a hazard demands braking.
        shift: of the augmentation camera of this frame.
        expert: more of its reasons, see ``EpisodeRecorder``.
    """

    pose_map: Pose2
    speed_mps: float
    target_speed_mps: float
    speed_limit_mps: float
    target_points_base_m: NDArray[np.float64]
    command: RoadOption
    next_command: RoadOption
    route_base_m: NDArray[np.float64]
    route_original_base_m: NDArray[np.float64]
    changed_route: bool = False
    reduced_by_kind: str | None = None
    reduced_by_type: str | None = None
    reduced_by_id: int | None = None
    reduced_by_distance_m: float | None = None
    hazards: frozenset[str] = frozenset()
    is_in_junction: bool = False
    is_stop_sign_close: bool = False
    is_walker_close: bool = False
    vehicle_affecting_id: int | None = None
    walker_affecting_id: int | None = None
    walker_close_id: int | None = None
    aim_base_m: NDArray[np.float64] | None = None
    steer: float = 0.0
    throttle: float = 0.0
    brake: bool = False
    hazard_brake: bool = False
    shift: CameraShift = field(default_factory=CameraShift)
    expert: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ('speed_mps', 'target_speed_mps', 'speed_limit_mps', 'steer', 'throttle'):
            finite_number(f'Measurement.{name}', getattr(self, name))
        finite_array('Measurement.target_points_base_m', self.target_points_base_m, (2, 2))
        for name in ('route_base_m', 'route_original_base_m'):
            finite_array(f'Measurement.{name}', getattr(self, name), (None, 2))
        unknown = self.hazards.difference(HAZARDS)
        if unknown:
            raise ContractError(f'hazards are {sorted(unknown)}; expected some of {HAZARDS}')


def points_from_disk(points: list[list[float]]) -> NDArray[np.float64]:
    """Return points in base_link, shape (N, 2), for those of the file.

    Raises:
        ContractError: they are no such points.
    """
    array = finite_array('points', np.array(points, dtype=np.float64), (None, 2))
    if len(array) == 0:
        raise ContractError('there are no points; expected at least one')
    return vector_from_carla(array)


def points_to_disk(points_base_m: NDArray[np.float64]) -> list[list[float]]:
    """Return points as the file holds them, rounded to millimetres."""
    rows: list[list[float]] = np.round(vector_to_carla(points_base_m), 3).tolist()
    return rows


def to_json(measurement: Measurement) -> dict[str, Any]:
    """Return SimLingo's dictionary of one measurement, in CARLA's axes."""
    pose = measurement.pose_map
    points = points_to_disk(measurement.target_points_base_m)
    expert = dict(measurement.expert)
    if measurement.reduced_by_kind is not None:
        expert['reduced_by_kind'] = measurement.reduced_by_kind
    return {
        'pos_global': [pose.x_m, mirrored(pose.y_m)],
        'theta': mirrored(pose.yaw_rad),
        'speed': measurement.speed_mps,
        'target_speed': measurement.target_speed_mps,
        'speed_limit': measurement.speed_limit_mps,
        'target_point': points[0],
        'target_point_next': points[1],
        'command': int(measurement.command),
        'next_command': int(measurement.next_command),
        **_aim_to_json(measurement),
        'route': points_to_disk(measurement.route_base_m),
        'route_original': points_to_disk(measurement.route_original_base_m),
        'changed_route': measurement.changed_route,
        'speed_reduced_by_obj_type': measurement.reduced_by_type,
        'speed_reduced_by_obj_id': measurement.reduced_by_id,
        'speed_reduced_by_obj_distance': measurement.reduced_by_distance_m,
        'steer': steer_to_carla(measurement.steer),
        'throttle': measurement.throttle,
        'brake': measurement.hazard_brake,
        'control_brake': measurement.brake,
        'junction': measurement.is_in_junction,
        **{name: name in measurement.hazards for name in HAZARDS},
        'stop_sign_close': measurement.is_stop_sign_close,
        'walker_close': measurement.is_walker_close,
        'vehicle_affecting_id': measurement.vehicle_affecting_id,
        'walker_affecting_id': measurement.walker_affecting_id,
        'walker_close_id': measurement.walker_close_id,
        'augmentation_translation': mirrored(measurement.shift.y_m),
        'augmentation_rotation': yaw_to_carla(measurement.shift.yaw_rad),
        'ego_matrix': matrix_to_carla(pose).tolist(),
        'expert': expert,
    }


def _aim_to_json(measurement: Measurement) -> dict[str, Any]:
    if measurement.aim_base_m is None:
        return {'aim_wp': None, 'angle': None}
    ((x_m, y_m),) = points_to_disk(measurement.aim_base_m[None])
    return {'aim_wp': [x_m, y_m], 'angle': math.degrees(math.atan2(y_m, x_m)) / 90.0}


def read_measurement(path: Path) -> Measurement:
    """Read ``measurements/NNNN.json.gz``.

    Raises:
        DataError: the file cannot be read, or a field is missing or wrong; it names both.
    """
    return from_json(read_gz(path), path)


def from_json(data: Any, path: Path = Path()) -> Measurement:
    """Read SimLingo's dictionary back.

    Args:
        data: as ``to_json`` makes it.
        path: of the file, for errors.

    Raises:
        DataError: a field is missing or wrong.
    """
    stored: MeasurementFile = parse(MeasurementFile, data, path)
    targets = [stored.target_point, stored.target_point_next]
    shift = CameraShift(
        mirrored(stored.augmentation_translation), yaw_from_carla(stored.augmentation_rotation)
    )
    expert = dict(stored.expert or {})
    aim = stored.aim_wp
    return Measurement(
        pose_map=pose2_from_matrix(stored.ego_matrix),
        speed_mps=stored.speed,
        target_speed_mps=stored.target_speed,
        speed_limit_mps=stored.speed_limit,
        target_points_base_m=vector_from_carla(targets),
        command=RoadOption(stored.command),
        next_command=RoadOption(stored.next_command),
        route_base_m=vector_from_carla(stored.route),
        route_original_base_m=vector_from_carla(stored.route_original),
        changed_route=stored.changed_route,
        reduced_by_kind=kind_of_type(
            stored.speed_reduced_by_obj_type, expert.pop('reduced_by_kind', None)
        ),
        reduced_by_type=stored.speed_reduced_by_obj_type,
        reduced_by_id=stored.speed_reduced_by_obj_id,
        reduced_by_distance_m=stored.speed_reduced_by_obj_distance,
        hazards=frozenset(name for name in HAZARDS if getattr(stored, name)),
        is_in_junction=stored.junction,
        is_stop_sign_close=stored.stop_sign_close,
        is_walker_close=stored.walker_close,
        vehicle_affecting_id=stored.vehicle_affecting_id,
        walker_affecting_id=stored.walker_affecting_id,
        walker_close_id=stored.walker_close_id,
        aim_base_m=None if aim is None else vector_from_carla(aim),
        steer=steer_from_carla(stored.steer),
        throttle=stored.throttle,
        brake=stored.brake if stored.control_brake is None else stored.control_brake,
        hazard_brake=stored.brake,
        shift=shift,
        expert=expert,
    )
