# SPDX-License-Identifier: Apache-2.0
"""One frame of the data set: what the car measured and what the expert intended.

In memory everything is REP-103.  On disk the file is SimLingo's ``measurements/NNNN.json.gz``
(upstream_spec §4.2): CARLA's axes (y right, yaw clockwise), so that upstream's tools read it too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

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
from simlingo_core.errors import ContractError, SimlingoError
from simlingo_core.geometry import Pose2
from simlingo_core.types import RoadOption
from simlingo_training.data_problems import DataError
from simlingo_training.gz_json import read_gz
from simlingo_training.labels import CameraShift

Value = TypeVar('Value')
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
        'route': points_to_disk(measurement.route_base_m),
        'route_original': points_to_disk(measurement.route_original_base_m),
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
    if not isinstance(data, dict):
        raise DataError(path, '', f'holds {type(data).__name__}; expected an object')
    fields = _Fields(data, path)
    return Measurement(
        pose_map=fields.get('ego_matrix', pose2_from_matrix),
        speed_mps=fields.number('speed'),
        target_speed_mps=fields.number('target_speed'),
        speed_limit_mps=fields.number('speed_limit'),
        target_points_base_m=np.vstack(
            [fields.get(name, _point_from_disk) for name in ('target_point', 'target_point_next')]
        ),
        command=fields.get('command', RoadOption),
        next_command=fields.get('next_command', RoadOption),
        route_base_m=fields.get('route', points_from_disk),
        route_original_base_m=fields.get('route_original', points_from_disk),
        changed_route=fields.get('changed_route', _truth),
        reduced_by_kind=fields.get('speed_reduced_by_obj_type', _optional(str)),
        reduced_by_id=fields.get('speed_reduced_by_obj_id', _optional(int)),
        reduced_by_distance_m=fields.get('speed_reduced_by_obj_distance', _optional(float)),
        hazards=frozenset(name for name in HAZARDS if fields.get(name, _truth)),
        is_in_junction=fields.get('junction', _truth),
        steer=steer_from_carla(fields.number('steer')),
        throttle=fields.number('throttle'),
        brake=fields.get('control_brake', _truth),
        shift=CameraShift(
            mirrored(fields.number('augmentation_translation')),
            yaw_from_carla(fields.number('augmentation_rotation')),
        ),
        # Upstream's files have none.
        expert=fields.get('expert', _reasons) if data.get('expert') is not None else {},
    )


class _Fields:
    """Takes fields out of a dictionary; a bad one is named with its file."""

    def __init__(self, data: dict[str, Any], path: Path) -> None:
        self._data, self._path = data, path

    def get(self, name: str, convert: Callable[[Any], Value]) -> Value:
        """Return a field, converted."""
        if name not in self._data:
            raise DataError(self._path, name, 'is missing')
        try:
            return convert(self._data[name])
        except (ArithmeticError, IndexError, TypeError, ValueError, SimlingoError) as error:
            raise DataError(self._path, name, f'is wrong ({error})') from error

    def number(self, name: str) -> float:
        """Return a finite number."""
        return self.get(name, lambda value: finite_number(name, value))


def _point_from_disk(point: list[float]) -> NDArray[np.float64]:
    return finite_array('point', points_from_disk([point]), (1, 2))


def _truth(value: Any) -> bool:
    if isinstance(value, str):
        raise ContractError(f'it is the text {value!r}; expected true or false')
    return bool(value)


def _reasons(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ContractError(f'it is {type(value).__name__}; expected an object')
    return value


def _optional(convert: Callable[[Any], Value]) -> Callable[[Any], Value | None]:
    return lambda value: None if value is None else convert(value)
