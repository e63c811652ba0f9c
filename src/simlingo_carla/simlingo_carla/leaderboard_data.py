# SPDX-License-Identifier: Apache-2.0
"""What the leaderboard hands to an agent and takes from it, turned into core types and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from simlingo_carla.agent_core import Readings, SparsePlan
from simlingo_core.carla_frame import vector_from_carla
from simlingo_core.errors import ContractError
from simlingo_core.files import write_atomically
from simlingo_core.types import RoadOption
from simlingo_evaluation.results.metric_info import FILE_NAME

CAMERA, IMU, GNSS, SPEED = 'rgb_0', 'imu', 'gps', 'speed'
WRITE_PERIOD_STEPS = 200

SENSORS: tuple[Mapping[str, Any], ...] = (
    {
        'type': 'sensor.camera.rgb',
        'id': CAMERA,
        **{'x': -1.5, 'y': 0.0, 'z': 2.0, 'roll': 0.0, 'pitch': 0.0, 'yaw': 0.0},
        **{'width': 1024, 'height': 512, 'fov': 110},
    },
    {
        'type': 'sensor.other.imu',
        'id': IMU,
        **{'x': 0.0, 'y': 0.0, 'z': 0.0, 'roll': 0.0, 'pitch': 0.0, 'yaw': 0.0},
        'sensor_tick': 0.05,
    },
    {
        'type': 'sensor.other.gnss',
        'id': GNSS,
        **{'x': 0.0, 'y': 0.0, 'z': 0.0, 'roll': 0.0, 'pitch': 0.0, 'yaw': 0.0},
        'sensor_tick': 0.01,
    },
    {'type': 'sensor.speedometer', 'id': SPEED, 'reading_frequency': 20},
)
"""Upstream's sensors, in the leaderboard's words: CARLA's axes, metres and degrees."""


def sparse_plan(gps_plan: Sequence[Any], world_plan: Sequence[Any]) -> SparsePlan:
    """Return the route of ``_global_plan`` and ``_global_plan_world_coord``.

    Args:
        gps_plan: pairs of ``{'lat', 'lon', 'z'}`` and road option.
        world_plan: pairs of ``carla.Transform`` and road option.

    Raises:
        ContractError: it has fewer than two points, or a command has no number of CARLA's.
    """
    if not gps_plan or not world_plan:
        raise ContractError(
            'the leaderboard gave no route: set_global_plan must be called before the first step'
        )
    location = world_plan[0][0].location
    try:
        options = tuple(RoadOption(int(getattr(o, 'value', o))) for _, o in gps_plan)
    except ValueError as error:
        raise ContractError(f'the plan holds a command that CARLA has not: {error}') from error
    return SparsePlan(
        fixes=np.array([[fix['lat'], fix['lon'], fix['z']] for fix, _ in gps_plan], np.float64),
        first_point_map_m=vector_from_carla([location.x, location.y]),
        options=options,
    )


def readings(input_data: Mapping[str, Any]) -> Readings:
    """Return the readings of ``input_data``: pairs of frame and data by sensor.

    Raises:
        ContractError: one is missing or has another shape.
    """
    missing = [name for name in (CAMERA, IMU, GNSS, SPEED) if name not in input_data]
    if missing:
        raise ContractError(
            f'the sensors {", ".join(missing)} are missing from {sorted(input_data)}'
        )
    image, imu = np.asarray(input_data[CAMERA][1]), np.asarray(input_data[IMU][1])
    if imu.shape != (7,):
        raise ContractError(f'the IMU gave {imu.shape} numbers; expected 7, the compass last')
    if image.ndim != 3 or image.shape[2] < 3:
        raise ContractError(f'the camera gave {image.shape}; expected (512, 1024, 4)')
    bgra = np.concatenate([image[..., :3], np.full_like(image[..., :1], 255)], axis=2)
    return Readings(
        image_bgra=np.ascontiguousarray(bgra, dtype=np.uint8),
        fix=np.asarray(input_data[GNSS][1], dtype=np.float64),
        compass_rad=float(imu[6]),
        speed_mps=float(input_data[SPEED][1]['speed']),
    )


class MetricLog:
    """Collects ``get_metric_info()`` of every step, for Bench2Drive's smoothness.

    Args:
        folder: of this route; None: nothing is kept.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._steps: dict[str, Any] = {}

    def add(self, info: Mapping[str, Any]) -> None:
        """Take one step; the file is written now and then, so that a crash loses little."""
        if self._folder is None:
            return
        self._steps[str(len(self._steps) + 1)] = info
        if len(self._steps) % WRITE_PERIOD_STEPS == 0:
            self.write()

    def write(self) -> None:
        """Write ``<folder>/metric_info.json``, where Bench2Drive's tool looks for it."""
        if self._folder is not None and self._steps:
            write_atomically(self._folder / FILE_NAME, json.dumps(self._steps))
