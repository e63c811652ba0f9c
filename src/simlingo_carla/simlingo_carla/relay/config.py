# SPDX-License-Identifier: Apache-2.0
"""Settings of the relay."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.config import parameter, validate


@dataclass(frozen=True, kw_only=True)
class RelayConfig:
    """Settings of the relay.

    Raises:
        ConfigError: a value is out of range or not among the choices.
    """

    host: str = parameter('localhost', description='Host of the CARLA server.')
    port: int = parameter(2000, low=1, high=65535, description='Its RPC port.')
    timeout_s: float = parameter(
        20.0, unit='s', low=0.1, high=600.0, description='A call that takes longer failed.'
    )
    role_name: str = parameter(
        'hero', description="The car's role name; the server takes commands for hero only."
    )
    camera_id: str = parameter('rgb_front', description='Id of the training camera.')
    vehicle: str = parameter('vehicle.lincoln.mkz_2020', description='Blueprint of the car.')
    town: str = parameter('', description='Town to load; empty: the one that is there.')
    route: str = parameter(
        '', description='Route to begin with, such as my.xml:3; empty: wait for a goal.'
    )
    spawns: bool = parameter(
        True, description='Spawn the car with its sensors where there is none of the role name.'
    )
    ticks: bool = parameter(
        True, description='Tick the server at 20 Hz; off: another client does.'
    )
    has_odometry: bool = parameter(
        True, description='Publish odometry; off where the stack localises by itself.'
    )
    control: str = parameter(
        'auto',
        choices=('auto', 'always', 'never'),
        description='Apply the commands through the Python client; auto: where the server '
        'ignores those over ROS.',
    )

    def __post_init__(self) -> None:
        validate(self)
