# SPDX-License-Identifier: Apache-2.0
"""One frame of the data set: what the car measured and what the expert intended.

In memory everything is REP-103.  On disk the file is SimLingo's ``measurements/NNNN.json.gz``
(upstream_spec §4.2): CARLA's axes (y right, yaw clockwise), so that upstream's tools read it too.
"""

from __future__ import annotations

import gzip
import json
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
from simlingo_training.labels import CameraShift

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
        reduced_by_kind, reduced_by_id, reduced_by_distance_m: what slows the expert most.
        hazards: the names of HAZARDS that hold.
        is_in_junction: whether the car is in a junction.
        steer, throttle, brake: the expert's command; steer is positive left.
        shift: of the augmentation camera of this frame.
        expert: what else the expert says of its reasons.
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
    reduced_by_id: int | None = None
    reduced_by_distance_m: float | None = None
    hazards: frozenset[str] = frozenset()
    is_in_junction: bool = False
    steer: float = 0.0
    throttle: float = 0.0
    brake: bool = False
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
    """Return points in base_link, shape (N, 2), for those of the file."""
    return vector_from_carla(np.array(points, dtype=np.float64).reshape(-1, 2))


def _points_to_disk(points_base_m: NDArray[np.float64]) -> list[list[float]]:
    """Return points as the file holds them, rounded to millimetres."""
    rows: list[list[float]] = np.round(vector_to_carla(points_base_m), 3).tolist()
    return rows


def to_json(measurement: Measurement) -> dict[str, Any]:
    """Return SimLingo's dictionary of one measurement, in CARLA's axes."""
    pose = measurement.pose_map
    points = _points_to_disk(measurement.target_points_base_m)
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
        'route': _points_to_disk(measurement.route_base_m),
        'route_original': _points_to_disk(measurement.route_original_base_m),
        'changed_route': measurement.changed_route,
        'speed_reduced_by_obj_type': measurement.reduced_by_kind,
        'speed_reduced_by_obj_id': measurement.reduced_by_id,
        'speed_reduced_by_obj_distance': measurement.reduced_by_distance_m,
        'steer': steer_to_carla(measurement.steer),
        'throttle': measurement.throttle,
        'brake': measurement.brake,
        'control_brake': measurement.brake,
        'junction': measurement.is_in_junction,
        **{name: name in measurement.hazards for name in HAZARDS},
        'augmentation_translation': mirrored(measurement.shift.y_m),
        'augmentation_rotation': yaw_to_carla(measurement.shift.yaw_rad),
        'ego_matrix': matrix_to_carla(pose).tolist(),
        'expert': measurement.expert,
    }


def from_json(data: dict[str, Any]) -> Measurement:
    """Read SimLingo's dictionary back.

    Raises:
        ContractError: a key is missing.
    """
    try:
        return Measurement(
            pose_map=pose2_from_matrix(data['ego_matrix']),
            speed_mps=data['speed'],
            target_speed_mps=data['target_speed'],
            speed_limit_mps=data['speed_limit'],
            target_points_base_m=points_from_disk(
                [data['target_point'], data['target_point_next']]
            ),
            command=RoadOption(data['command']),
            next_command=RoadOption(data['next_command']),
            route_base_m=points_from_disk(data['route']),
            route_original_base_m=points_from_disk(data['route_original']),
            changed_route=data['changed_route'],
            reduced_by_kind=data['speed_reduced_by_obj_type'],
            reduced_by_id=data['speed_reduced_by_obj_id'],
            reduced_by_distance_m=data['speed_reduced_by_obj_distance'],
            hazards=frozenset(name for name in HAZARDS if data[name]),
            is_in_junction=data['junction'],
            steer=steer_from_carla(data['steer']),
            throttle=data['throttle'],
            brake=data['control_brake'],
            shift=CameraShift(
                mirrored(data['augmentation_translation']),
                yaw_from_carla(data['augmentation_rotation']),
            ),
            expert=data.get('expert', {}),
        )
    except KeyError as error:
        raise ContractError(
            f'the measurement has no {error}; collect the data again with this version'
        ) from error


def write_gz(path: Path, data: Any) -> None:
    """Write gzipped JSON; the same data give the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(json.dumps(data).encode(), mtime=0))


def read_gz(path: Path) -> Any:
    """Read gzipped JSON.

    Raises:
        ContractError: the file is truncated or no JSON.
    """
    try:
        return json.loads(gzip.decompress(path.read_bytes()))
    except (OSError, EOFError, ValueError) as error:
        raise ContractError(f'{path} cannot be read: {error}; collect this route again') from error
