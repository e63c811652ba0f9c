# SPDX-License-Identifier: Apache-2.0
"""Parameters of the simulator node."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.config import parameter, validate
from simlingo_core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class SimConfig:
    """Parameters of the simulator node and of ``simlingo drive``.

    Raises:
        ConfigError: a value is out of range or not among the choices.
    """

    route: str = parameter(
        'test:0', description='Route set and id, such as test:3, or the path of a file and an id.'
    )
    situation: str = parameter(
        '', description="Situation to stage; empty: the one in the route's file."
    )
    world: str = parameter(
        'embedded',
        description='Where it is driven: embedded, or carla://<host>:<port> of a CARLA server.',
    )
    seed: int = parameter(
        0, low=0, description='Seed of traffic, situations, sensor noise and appearance.'
    )
    role_name: str = parameter('ego_vehicle', description='Role name of the ego car.')
    camera_id: str = parameter('rgb_front', description='Id of the front camera.')
    lockstep: bool = parameter(False, description='Wait for the command of each frame.')
    plan_period_ticks: int = parameter(
        4, low=1, unit='ticks', description='Period of the front camera in lockstep.'
    )
    command_wait_limit_s: float = parameter(
        10.0,
        unit='s',
        low=0.1,
        high=120.0,
        description='Brake for one tick when no command has come for so long (lockstep).',
    )
    repeat_after_s: float = parameter(
        0.5,
        unit='s',
        low=0.05,
        high=10.0,
        description='Publish a frame again that has not been answered for so long (lockstep).',
    )
    autopilot: bool = parameter(False, description='The expert drives from the start.')
    vehicles: int = parameter(30, low=0, high=200, description='Number of other vehicles.')
    pedestrians: int = parameter(10, low=0, high=200, description='Number of pedestrians.')
    quality: str = parameter(
        'plain',
        choices=('plain', 'antialiased', 'full'),
        description='Image quality; training data and evaluation use plain.',
    )
    weather: str = parameter(
        '',
        description="A weather preset of CARLA such as HardRainNight, 'random' (by the seed), "
        "'noon', or empty: that of the route.",
    )
    camera_faults: str = parameter(
        '',
        description='Faults of the front camera, separated by commas: dirt, drops, glare, noise, '
        'exposure, frozen, late, dropped.',
    )
    has_sensor_noise: bool = parameter(
        False,
        description="GNSS and IMU noise of the leaderboard; off by default, as the bridge's are.",
    )
    has_odometry: bool = parameter(
        True, description='Publish odometry; off: the stack localises by satellite fix and IMU.'
    )
    has_camera: bool = parameter(True, description='Publish the front camera.')
    top_view_period_ticks: int = parameter(
        0,
        unit='ticks',
        low=0,
        high=200,
        description='Period of the images from above (rgb_top); 0: none.',
    )
    protocol: str = parameter('bench2drive', description='Rules of the score.')
    result_path: str = parameter(
        '', description='JSON file to write the result to; empty: no file.'
    )
    waits_for: str = parameter(
        '',
        description='Full name of a node, such as a recorder, that must listen to all topics but '
        'images before the episode begins; empty: none.',
    )
    waits_for_limit_s: float = parameter(
        20.0, unit='s', low=0.0, high=120.0, description='Begin without it after so long.'
    )
    ends_when_done: bool = parameter(
        True,
        description='End the process at the end of the episode; else the car stays braked.',
    )

    def __post_init__(self) -> None:
        validate(self)
        if self.lockstep and 'dropped' in self.camera_faults:
            raise ConfigError(
                f'camera_faults is {self.camera_faults!r} in lockstep, where every planning tick '
                'would wait for its lost image; expected no dropped images, or drive in real time'
            )
