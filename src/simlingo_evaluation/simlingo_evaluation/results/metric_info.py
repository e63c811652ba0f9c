# SPDX-License-Identifier: Apache-2.0
"""``metric_info.json``: what agents of Bench2Drive log at every step, read and written.

One object by step number: ``acceleration`` [m/s^2], ``angular_velocity`` [deg/s],
``forward_vector``, ``right_vector``, ``location`` [m] and ``rotation`` (roll, pitch, yaw [deg]),
each three numbers in CARLA's world axes (reference facts: outside §c, agent_spec §8).
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simlingo_core.carla_frame import axial_to_carla, pose3_to_carla, vector_to_carla
from simlingo_core.checks import finite_array
from simlingo_core.errors import ContractError, SimlingoError
from simlingo_core.types import EgoState

FILE_NAME = 'metric_info.json'
DIGITS = 6


@dataclass(frozen=True, kw_only=True, eq=False)
class MetricInfo:
    """The log of one route.

    Attributes:
        acceleration_base_mps2: longitudinal and lateral (positive right), shape (N, 2).
        logged_yaw_rate: the number in the log, degrees per second in CARLA, shape (N,).
    """

    acceleration_base_mps2: NDArray[np.float64]
    logged_yaw_rate: NDArray[np.float64]


def read_metric_info(path: Path) -> MetricInfo:
    """Read one log.

    Raises:
        ContractError: it cannot be read, is not complete JSON, or a step lacks a field or holds
            something else than three finite numbers; the message names file, step and field.
    """
    try:
        steps = json.loads(path.read_text(encoding='utf-8'))
        numbers = sorted(steps.keys(), key=int)
    except (AttributeError, OSError, TypeError, ValueError) as error:
        raise ContractError(
            f'{path} is not a log of steps ({error}); expected the {FILE_NAME} that an agent of '
            'Bench2Drive writes'
        ) from error
    acceleration, forward, right, rate = (
        np.array([_vector(path, steps[number], number, name) for number in numbers]).reshape(-1, 3)
        for name in ('acceleration', 'forward_vector', 'right_vector', 'angular_velocity')
    )
    along, across = ((acceleration * axis)[:, :2].sum(axis=1) for axis in (forward, right))
    return MetricInfo(
        acceleration_base_mps2=np.stack([along, across], axis=1), logged_yaw_rate=rate[:, 2]
    )


def metric_info(states: Sequence[EgoState]) -> str:
    """Return the text of a log; step numbers count from 1, as an agent of Bench2Drive has them."""
    return json.dumps({str(step): _step(state) for step, state in enumerate(states, start=1)})


def _step(state: EgoState) -> dict[str, list[float]]:
    rotation = state.pose_map.rotation
    transform = pose3_to_carla(state.pose_map)
    forward, left = rotation[:, 0], rotation[:, 1]
    rate_degps = rotation @ np.array([0.0, 0.0, math.degrees(state.yaw_rate_radps)])
    vectors = {
        'acceleration': vector_to_carla(rotation @ state.acceleration_base_mps2),
        'angular_velocity': axial_to_carla(rate_degps),
        'forward_vector': vector_to_carla(forward),
        'right_vector': vector_to_carla(-left),
        'location': np.array([transform.x_m, transform.y_m, transform.z_m]),
        'rotation': np.array([transform.roll_deg, transform.pitch_deg, transform.yaw_deg]),
    }
    return {name: [round(float(v), DIGITS) for v in values] for name, values in vectors.items()}


def _vector(path: Path, step: object, number: str, name: str) -> NDArray[np.float64]:
    where = f'{path}: step {number}, {name}'
    try:
        return finite_array(where, step[name], (3,))  # type: ignore[index]
    except (KeyError, TypeError, ValueError, SimlingoError) as error:
        raise ContractError(f'{where} is missing or not three finite numbers ({error})') from error
