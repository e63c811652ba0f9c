# SPDX-License-Identifier: Apache-2.0
"""The nodes that join the stack to CARLA: its ROS bridge, and the relay to its native output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simlingo_bringup.carla_objects import objects_file
from simlingo_bringup.graph_parts import CAMERA, ROLE
from simlingo_bringup.programs import find_program
from simlingo_bringup.specification import (
    All,
    Argument,
    ArgumentSpec,
    Computed,
    Condition,
    Holds,
    NodeSpec,
    Readiness,
    Restart,
)

BRIDGE_PACKAGE = 'carla_ros_bridge'
AUTO, START, PASSIVE, NONE = 'auto', 'start', 'passive', 'none'

CARLA_ARGUMENTS = (
    ArgumentSpec(name='carla_host', default='localhost', description='host of the CARLA server'),
    ArgumentSpec(name='carla_port', default=2000, description='port of the CARLA server'),
    ArgumentSpec(
        name='carla_timeout', default=20.0, description='seconds to wait for an answer of it'
    ),
    ArgumentSpec(
        name='carla_vehicles',
        default=0,
        description='world:=carla_direct: vehicles of the traffic manager near the route',
    ),
    ArgumentSpec(
        name='carla_walkers',
        default=0,
        description='world:=carla_direct: pedestrians that walk about',
    ),
    ArgumentSpec(
        name='town',
        default='',
        description='town to load; empty: Town01 (bridge), or the one that is there (relay)',
    ),
    ArgumentSpec(
        name='bridge',
        default=AUTO,
        description="world:=carla: CARLA's ROS bridge; passive: another client ticks the server; "
        'auto: start it where it is installed, else wait for one',
        choices=(AUTO, START, PASSIVE, NONE),
    ),
    ArgumentSpec(
        name='objects_file',
        default='',
        description='JSON file of what carla_spawn_objects spawns; empty: a car with the '
        'training camera',
    ),
    ArgumentSpec(
        name='spawn_point',
        default='',
        description='where the bridge puts the car, in map: x,y,z,roll,pitch,yaw in metres and '
        'degrees; empty: anywhere',
    ),
    ArgumentSpec(
        name='relay',
        default=True,
        description="world:=carla_native: a client of CARLA's Python API spawns the car, ticks, "
        'and publishes what native output lacks',
    ),
    ArgumentSpec(
        name='carla_route',
        default='',
        description='route that the relay begins with, such as my.xml:3; empty: wait for a goal',
    ),
    ArgumentSpec(
        name='localisation',
        default=False,
        description='localise by satellite fix, IMU and speed instead of by odometry',
    ),
)


def is_bridge_started(arguments: Mapping[str, Any]) -> bool:
    """Tell whether the graph starts the bridge: when asked to, or where it is installed."""
    wanted = arguments['bridge']
    if wanted == AUTO:
        return find_program(BRIDGE_PACKAGE, 'bridge') is not None
    return wanted in (START, PASSIVE)


DIRECT_SERVER = (
    'carla://{carla_host}:{carla_port}'
    '?timeout={carla_timeout}&vehicles={carla_vehicles}&walkers={carla_walkers}'
)
"""The server as the world of ``world:=carla_direct`` reads it."""


def route_source(arguments: Mapping[str, Any]) -> str:
    """Return which route perception follows: the bridge's publisher sends a mere path."""
    return 'waypoints' if arguments['world'] == 'carla' else 'global_plan'


def _objects(arguments: Mapping[str, Any]) -> str:
    return objects_file(
        arguments['objects_file'],
        arguments['role_name'],
        arguments['camera_id'],
        arguments['spawn_point'],
    )


WITH_BRIDGE = All((Condition('world', ('carla',)), Holds(is_bridge_started)))
SERVER = (
    ('host', '{carla_host}'),
    ('port', Argument('carla_port')),
    ('timeout', Argument('carla_timeout')),
)


def _foreign(name: str, package: str, executable: str, config: str, **options: Any) -> NodeSpec:
    """Return a node of CARLA's bridge, which has no lifecycle."""
    return NodeSpec(
        package=package,
        module='',
        executable=executable,
        name=name,
        namespace='/',
        config_class=f'simlingo_bringup.carla_parameters:{config}',
        condition=WITH_BRIDGE,
        readiness=Readiness.RUNNING,
        **options,
    )


CARLA_BRIDGE = _foreign(
    'carla_ros_bridge',
    BRIDGE_PACKAGE,
    'bridge',
    'BridgeConfig',
    parameters=(
        *SERVER,
        ('passive', Computed(lambda arguments: arguments['bridge'] == PASSIVE)),
        ('synchronous_mode', True),
        ('synchronous_mode_wait_for_vehicle_control_command', Argument('lockstep')),
        ('fixed_delta_seconds', 0.05),
        ('town', Computed(lambda arguments: arguments['town'] or 'Town01')),
        ('ego_vehicle_role_name', Computed(lambda arguments: (arguments['role_name'],))),
    ),
    # It publishes the camera's raw images.
    publishes_images=True,
)
SPAWN_OBJECTS = _foreign(
    'carla_spawn_objects',
    'carla_spawn_objects',
    'carla_spawn_objects',
    'SpawnConfig',
    parameters=(('objects_definition_file', Computed(_objects)),),
    required=False,
    after=('carla_ros_bridge',),
)
SET_INITIAL_POSE = _foreign(
    'set_initial_pose',
    'carla_spawn_objects',
    'set_initial_pose',
    'InitialPoseConfig',
    parameters=(ROLE,),
    required=False,
    after=('carla_ros_bridge',),
)
WAYPOINT_PUBLISHER = _foreign(
    'carla_waypoint_publisher',
    'carla_waypoint_publisher',
    'carla_waypoint_publisher',
    'WaypointsConfig',
    parameters=(*SERVER, ROLE),
    required=False,
    restart=Restart.ON_FAILURE,
    after=('carla_ros_bridge',),
)
LOCALISATION = NodeSpec(
    package='simlingo_perception',
    module='simlingo_perception.localisation',
    executable='localisation_node',
    name='localisation',
    config_class='simlingo_perception.localisation.config:LocalisationConfig',
    parameters=(ROLE,),
    condition=Condition('localisation', (True,)),
    restart=Restart.ON_FAILURE,
)
RELAY = NodeSpec(
    package='simlingo_carla',
    module='simlingo_carla.relay',
    executable='carla_relay',
    name='carla_relay',
    config_class='simlingo_carla.relay.config:RelayConfig',
    parameters=(
        ROLE,
        CAMERA,
        ('host', '{carla_host}'),
        ('port', Argument('carla_port')),
        ('timeout_s', Argument('carla_timeout')),
        ('town', '{town}'),
        ('route', '{carla_route}'),
        ('has_odometry', Computed(lambda arguments: not arguments['localisation'])),
    ),
    condition=All((Condition('world', ('carla_native',)), Condition('relay', (True,)))),
    restart=Restart.ON_FAILURE,
)
BRIDGE_NODES = (CARLA_BRIDGE, SPAWN_OBJECTS, SET_INITIAL_POSE, WAYPOINT_PUBLISHER)
