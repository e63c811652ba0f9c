# SPDX-License-Identifier: Apache-2.0
"""The file from which ``carla_spawn_objects`` puts the car into CARLA."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from simlingo_bringup.share import find_share
from simlingo_core.errors import ConfigError

NAME = 'carla_objects.json'
CAMERA_TYPE = 'sensor.camera.rgb'
POSE_KEYS = ('x', 'y', 'z', 'roll', 'pitch', 'yaw')


def objects_file(given: str, role: str, camera: str, spawn_point: str) -> str:
    """Return the file to spawn from.

    Args:
        given: file of the user, taken as it is; empty: ours.
        role: role name of the car.
        camera: id of the camera.
        spawn_point: x, y, z in metres and roll, pitch, yaw in degrees, in map; empty: any.

    Raises:
        ConfigError: the user's file does not exist, or the spawn point is no six numbers.
    """
    if given:
        path = Path(given).expanduser()
        if not path.is_file():
            raise ConfigError(f'objects_file is {given!r}; expected an existing JSON file')
        return str(path)
    ours = find_share('config', NAME)
    original = json.loads(ours.read_text(encoding='utf-8'))
    changed = adapt_objects(original, role, camera, spawn_point)
    if changed == original:
        return str(ours)
    return str(_write(json.dumps(changed, indent=2)))


def adapt_objects(objects: Any, role: str, camera: str, spawn_point: str) -> Any:
    """Return the objects with another role name, camera id and place of the car."""
    changed = json.loads(json.dumps(objects))
    (car,) = [entry for entry in changed['objects'] if entry['type'].startswith('vehicle.')]
    car['id'] = role
    for sensor in car['sensors']:
        if sensor['type'] == CAMERA_TYPE:
            sensor['id'] = camera
    if spawn_point:
        car['spawn_point'] = _read_pose(spawn_point)
    return changed


def _read_pose(text: str) -> dict[str, float]:
    try:
        numbers = [float(part) for part in text.split(',')]
        return dict(zip(POSE_KEYS, numbers, strict=True))
    except ValueError:
        raise ConfigError(
            f'spawn_point is {text!r}; expected x,y,z,roll,pitch,yaw in metres and degrees, '
            'such as 127.4,-195.4,2,0,0,180'
        ) from None


def _write(text: str) -> Path:
    """Write a file whose name tells its content, so that two graphs do not disturb each other."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir(), f'simlingo-{os.getuid()}')
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f'{digest}_{NAME}'
    part = path.with_suffix(f'.{os.getpid()}')
    part.write_text(text, encoding='utf-8')
    part.replace(path)
    return path
