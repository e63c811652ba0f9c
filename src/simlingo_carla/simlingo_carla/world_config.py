# SPDX-License-Identifier: Apache-2.0
"""Settings of a drive in CARLA."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

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
    vehicles: int = parameter(
        0, low=0, high=1000, description='Vehicles of the traffic manager near the route.'
    )
    walkers: int = parameter(0, low=0, high=1000, description='Pedestrians that walk about.')
    traffic_manager_port: int = parameter(
        8000, low=1, high=65535, description='Port of the traffic manager.'
    )
    stages_situations: bool = parameter(
        True, description='Stage the situations that a route asks for.'
    )
    vehicle: VehicleConfig = field(default_factory=VehicleConfig)

    def __post_init__(self) -> None:
        validate(self)


OPTIONS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    'timeout': ('timeout_s', float),
    'vehicles': ('vehicles', int),
    'walkers': ('walkers', int),
    'traffic_manager_port': ('traffic_manager_port', int),
    'situations': ('stages_situations', lambda text: {'on': True, 'off': False}[text]),
}
"""What may stand behind the address: its setting, and how it is read."""


def config_of(server: str) -> CarlaConfig:
    """Return the settings for a server.

    Args:
        server: ``<host>:<port>``, ``<host>``, or empty: CARLA's defaults; then options such as
            ``?vehicles=40&walkers=20``.

    Raises:
        ConfigError: the port is no number, or none of 1 to 65535; an option is unknown, or its
            value cannot be read.
    """
    address, _, options = server.partition('?')
    host, _, port = address.partition(':')
    if port and not port.isdecimal():
        raise ConfigError(
            f'the server is {address!r}; expected <host>:<port> such as localhost:2000'
        )
    default = CarlaConfig()
    return CarlaConfig(
        host=host or default.host,
        port=int(port) if port else default.port,
        **dict(_option(text) for text in options.split('&') if text),
    )


def _option(text: str) -> tuple[str, Any]:
    name, _, value = text.partition('=')
    if name not in OPTIONS:
        raise ConfigError(
            f'the option of the server is {text!r}; expected <name>=<value> with one of the names '
            f'{", ".join(OPTIONS)}'
        )
    key, read = OPTIONS[name]
    try:
        return key, read(value)
    except (KeyError, ValueError) as error:
        expected = 'on or off' if name == 'situations' else 'a number'
        raise ConfigError(f'{name} of the server is {value!r}; expected {expected}') from error
