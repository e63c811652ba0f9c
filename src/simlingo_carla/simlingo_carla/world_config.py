# SPDX-License-Identifier: Apache-2.0
"""Settings of a drive in CARLA."""

from __future__ import annotations

from dataclasses import dataclass, field

from simlingo_core.config import parameter, validate
from simlingo_core.errors import ConfigError
from simlingo_sim.ego.vehicle import VehicleConfig


@dataclass(frozen=True, kw_only=True)
class CarlaConfig:
    """Server, car and sensors.

    Attributes:
        vehicle: size and mass of the car, for messages; those of the blueprint's default.

    Raises:
        ConfigError: a value is out of range.
    """

    host: str = parameter('localhost', description='Host of the CARLA server.')
    port: int = parameter(2000, low=1, high=65535, description='Its RPC port.')
    timeout_s: float = parameter(
        20.0, unit='s', low=0.1, high=600.0, description='A call that takes longer failed.'
    )
    sensor_timeout_s: float = parameter(
        5.0, unit='s', low=0.05, high=60.0, description='A reading that takes longer is missing.'
    )
    role_name: str = parameter('hero', description="The car's role name.")
    blueprint: str = parameter('vehicle.lincoln.mkz_2020', description='Blueprint of the car.')
    warm_up_ticks: int = parameter(
        10, low=0, high=200, description='Ticks with full brake before the first frame.'
    )
    spawn_height_m: float = parameter(
        0.5, unit='m', low=0.0, high=5.0, description='The car is dropped from this height.'
    )
    vehicle: VehicleConfig = field(default_factory=VehicleConfig)

    def __post_init__(self) -> None:
        validate(self)


def config_of(server: str) -> CarlaConfig:
    """Return the settings for a server.

    Args:
        server: ``<host>:<port>``, ``<host>``, or empty: CARLA's defaults.

    Raises:
        ConfigError: the port is no number, or none of 1 to 65535.
    """
    host, _, port = server.partition(':')
    if port and not port.isdecimal():
        raise ConfigError(
            f'the server is {server!r}; expected <host>:<port> such as localhost:2000'
        )
    default = CarlaConfig()
    return CarlaConfig(host=host or default.host, port=int(port) if port else default.port)
