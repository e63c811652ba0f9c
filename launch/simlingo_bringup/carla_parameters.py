# SPDX-License-Identifier: Apache-2.0
"""Parameters of the nodes of CARLA's ROS bridge that the graph sets, as far as it knows them."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.config import parameter, validate


@dataclass(frozen=True, kw_only=True)
class ServerConfig:
    """Where the CARLA server is."""

    host: str = parameter('localhost', description='Host of the CARLA server.')
    port: int = parameter(2000, low=1, high=65535, description='Port of the CARLA server.')
    timeout: float = parameter(
        20.0, unit='s', low=1.0, high=600.0, description='For an answer; a town loads slowly.'
    )

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, kw_only=True)
class BridgeConfig(ServerConfig):
    """Of ``carla_ros_bridge``."""

    passive: bool = parameter(False, description='Another client ticks the server.')
    synchronous_mode: bool = parameter(True, description='The server waits for its clients.')
    synchronous_mode_wait_for_vehicle_control_command: bool = parameter(
        False, description='Wait up to 1 s for a command after each tick.'
    )
    fixed_delta_seconds: float = parameter(
        0.05, unit='s', low=0.001, high=0.1, description='Period of a tick.'
    )
    register_all_sensors: bool = parameter(True, description='Not only those it spawned itself.')
    town: str = parameter('Town01', description='Town to load.')
    ego_vehicle_role_name: tuple[str, ...] = parameter(
        ('ego_vehicle',), description='Role names of cars to be driven.'
    )


@dataclass(frozen=True, kw_only=True)
class SpawnConfig:
    """Of ``carla_spawn_objects``."""

    objects_definition_file: str = parameter('', description='JSON file of what to spawn.')
    spawn_sensors_only: bool = parameter(False, description='Onto a car that is there.')

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, kw_only=True)
class InitialPoseConfig:
    """Of ``set_initial_pose``."""

    role_name: str = parameter('ego_vehicle', description='Role name of the car.')
    control_id: str = parameter('control', description='Id of the control pseudo actor.')

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, kw_only=True)
class WaypointsConfig(ServerConfig):
    """Of ``carla_waypoint_publisher``."""

    role_name: str = parameter('ego_vehicle', description='Role name of the car.')
