# SPDX-License-Identifier: Apache-2.0
"""What the world publishes, named as by the CARLA bridge."""

from __future__ import annotations

from simlingo_ros.interfaces.definition import (
    BRIDGE_LATCHED,
    CLOCK,
    CONTROL,
    LATCHED,
    LOCALISATION,
    NEWEST,
    PERCEPTION,
    PLANNER,
    VOICE,
    WORLD,
    Interface,
)

CLOCK_TOPIC = Interface(
    name='/clock',
    type='rosgraph_msgs/msg/Clock',
    sender=WORLD,
    listeners=(PERCEPTION, PLANNER, CONTROL, VOICE),
    meaning='simulation time, each tick, before the sensors',
    listener_qos=CLOCK,
    rate_hz=20.0,
)
IMAGE = Interface(
    name='/carla/{role}/{camera}/image',
    type='sensor_msgs/msg/Image',
    sender=WORLD,
    listeners=(PERCEPTION,),
    meaning='image, bgra8, stamped at exposure',
    listener_qos=NEWEST,
    rate_hz=20.0,
)
PREVIEW = Interface(
    name='/carla/{role}/{camera}/preview/compressed',
    type='sensor_msgs/msg/CompressedImage',
    sender=WORLD,
    listeners=(),
    meaning='image half as wide, as JPEG for people to look at; made while somebody listens',
    rate_hz=12.0,
)
CAMERA_INFO = Interface(
    name='/carla/{role}/{camera}/camera_info',
    type='sensor_msgs/msg/CameraInfo',
    sender=WORLD,
    listeners=(PERCEPTION,),
    meaning='intrinsics, no distortion, stamped as the image',
    rate_hz=20.0,
)
ODOMETRY = Interface(
    name='/carla/{role}/odometry',
    type='nav_msgs/msg/Odometry',
    sender=WORLD,
    listeners=(PERCEPTION, CONTROL),
    meaning='pose in map [m], velocity in the body [m/s]',
    rate_hz=20.0,
)
IMU = Interface(
    name='/carla/{role}/imu',
    type='sensor_msgs/msg/Imu',
    sender=WORLD,
    listeners=(LOCALISATION,),
    meaning='acceleration with gravity [m/s²], turn rate [rad/s], orientation in map',
    rate_hz=20.0,
)
GNSS = Interface(
    name='/carla/{role}/gnss',
    type='sensor_msgs/msg/NavSatFix',
    sender=WORLD,
    listeners=(LOCALISATION,),
    meaning='latitude and longitude [deg], altitude [m]',
    rate_hz=20.0,
)
SPEEDOMETER = Interface(
    name='/carla/{role}/speedometer',
    type='std_msgs/msg/Float32',
    sender=WORLD,
    listeners=(PERCEPTION, LOCALISATION),
    meaning='forward speed [m/s], negative when reversing',
    rate_hz=20.0,
)
VEHICLE_STATUS = Interface(
    name='/carla/{role}/vehicle_status',
    type='carla_msgs/msg/CarlaEgoVehicleStatus',
    sender=WORLD,
    listeners=(CONTROL,),
    meaning='speed [m/s], acceleration in map [m/s²], command in force (CARLA signs)',
    rate_hz=20.0,
)
VEHICLE_INFO = Interface(
    name='/carla/{role}/vehicle_info',
    type='carla_msgs/msg/CarlaEgoVehicleInfo',
    sender=WORLD,
    listeners=(CONTROL,),
    meaning='mass, wheels, largest wheel angle [rad]; once',
    qos=BRIDGE_LATCHED,
)
ROUTE = Interface(
    name='/carla/{role}/global_plan',
    type='carla_msgs/msg/CarlaRoute',
    sender=WORLD,
    listeners=(PERCEPTION,),
    meaning='route to drive in map [m] with a command for each point; when it is set',
    qos=LATCHED,
)
GNSS_ROUTE = Interface(
    name='/carla/{role}/global_plan_gnss',
    type='carla_msgs/msg/CarlaGnssRoute',
    sender=WORLD,
    listeners=(),
    meaning='the same route in latitude and longitude [deg]',
    qos=LATCHED,
)
WAYPOINTS = Interface(
    name='/carla/{role}/waypoints',
    type='nav_msgs/msg/Path',
    sender=WORLD,
    listeners=(),
    meaning='the same route as a path in map [m], for display and waypoint followers',
    qos=LATCHED,
)
COLLISION = Interface(
    name='/carla/{role}/collision',
    type='carla_msgs/msg/CarlaCollisionEvent',
    sender=WORLD,
    listeners=(),
    meaning='collision of the car, with its impulse [N s]',
)
LANE_INVASION = Interface(
    name='/carla/{role}/lane_invasion',
    type='carla_msgs/msg/CarlaLaneInvasionEvent',
    sender=WORLD,
    listeners=(),
    meaning='lane markings that the car has crossed',
)
WORLD_STATUS = Interface(
    name='/carla/status',
    type='carla_msgs/msg/CarlaStatus',
    sender=WORLD,
    listeners=(),
    meaning='frame number, step [s], whether the world waits for commands',
    rate_hz=20.0,
)
WORLD_INFO = Interface(
    name='/carla/world_info',
    type='carla_msgs/msg/CarlaWorldInfo',
    sender=WORLD,
    listeners=(),
    meaning='town and OpenDRIVE text; once',
    qos=BRIDGE_LATCHED,
)
WORLD_MAP = Interface(
    name='/carla/map',
    type='std_msgs/msg/String',
    sender=WORLD,
    listeners=(),
    meaning='OpenDRIVE text; once',
    qos=BRIDGE_LATCHED,
)
ACTOR_LIST = Interface(
    name='/carla/actor_list',
    type='carla_msgs/msg/CarlaActorList',
    sender=WORLD,
    listeners=(),
    meaning='id, type and role of every actor',
    rate_hz=20.0,
)
LIGHT_INFO = Interface(
    name='/carla/traffic_lights/info',
    type='carla_msgs/msg/CarlaTrafficLightInfoList',
    sender=WORLD,
    listeners=(),
    meaning='where the traffic lights stand and apply, in map [m]; when the set changes',
    qos=BRIDGE_LATCHED,
)
LIGHT_STATUS = Interface(
    name='/carla/traffic_lights/status',
    type='carla_msgs/msg/CarlaTrafficLightStatusList',
    sender=WORLD,
    listeners=(),
    meaning='states of all traffic lights; when one changes',
    qos=BRIDGE_LATCHED,
)
EPISODE_CHOICES = Interface(
    name='/carla/episode_choices',
    type='simlingo_msgs/msg/EpisodeChoices',
    sender=WORLD,
    listeners=(),
    meaning='route, situation and seed of the episode, and what else can be run '
    '(embedded simulator only)',
    qos=LATCHED,
)
