# SPDX-License-Identifier: Apache-2.0
"""What tools of CARLA attach to in the embedded world, named as by the CARLA bridge and its nodes.

Objects and markers are made only while somebody listens to them.
"""

from __future__ import annotations

from simlingo_ros.interfaces.definition import LATCHED, USER, WORLD, Interface, Kind

OBJECTS = Interface(
    name='/carla/objects',
    type='derived_object_msgs/msg/ObjectArray',
    sender=WORLD,
    listeners=(),
    meaning='all vehicles and people, the car included, in map [m, m/s]',
    rate_hz=20.0,
)
EGO_OBJECTS = Interface(
    name='/carla/{role}/objects',
    type='derived_object_msgs/msg/ObjectArray',
    sender=WORLD,
    listeners=(),
    meaning='the same without the car itself',
    rate_hz=20.0,
)
WORLD_MARKERS = Interface(
    name='/carla/markers',
    type='visualization_msgs/msg/MarkerArray',
    sender=WORLD,
    listeners=(),
    meaning='a box for each vehicle and person, in map [m]',
    rate_hz=20.0,
)
STATIC_MARKERS = Interface(
    name='/carla/markers/static',
    type='visualization_msgs/msg/MarkerArray',
    sender=WORLD,
    listeners=(),
    meaning='a box for each building, rail and tree trunk, in map [m]; all drawn 3 m high',
    qos=LATCHED,
)
WEATHER_CONTROL = Interface(
    name='/carla/weather_control',
    type='carla_msgs/msg/CarlaWeatherParameters',
    sender=USER,
    listeners=(WORLD,),
    meaning='weather from now on, in the units of CARLA',
)
GOAL = Interface(
    name='/carla/{role}/goal',
    type='geometry_msgs/msg/PoseStamped',
    sender=USER,
    listeners=(WORLD,),
    meaning='where to drive, in map [m]; the route is planned anew',
)
INITIAL_POSE = Interface(
    name='/initialpose',
    type='geometry_msgs/msg/PoseWithCovarianceStamped',
    sender=USER,
    listeners=(WORLD,),
    meaning='puts the car there, in map [m]; the route is planned anew',
)
SET_TRANSFORM = Interface(
    name='/carla/{role}/control/set_transform',
    type='geometry_msgs/msg/Pose',
    sender=USER,
    listeners=(WORLD,),
    meaning='puts the car there, in map [m]; the route is planned anew',
)
SET_TARGET_VELOCITY = Interface(
    name='/carla/{role}/control/set_target_velocity',
    type='geometry_msgs/msg/Twist',
    sender=USER,
    listeners=(WORLD,),
    meaning='sets the speed at once to linear.x [m/s], wheels straight; the rest is ignored',
)
ACKERMANN_COMMAND = Interface(
    name='/carla/{role}/ackermann_cmd',
    type='ackermann_msgs/msg/AckermannDrive',
    sender=USER,
    listeners=(WORLD,),
    meaning='wheel angle [rad], positive left, and speed [m/s]; holds for 1 s (real time only)',
)
TWIST_COMMAND = Interface(
    name='/carla/{role}/twist',
    type='geometry_msgs/msg/Twist',
    sender=USER,
    listeners=(WORLD,),
    meaning='throttle as linear.x over 10, wheel angle [rad] as angular.z (real time only)',
)
SPAWN_OBJECT = Interface(
    name='/carla/spawn_object',
    type='carla_msgs/srv/SpawnObject',
    sender=WORLD,
    listeners=(USER,),
    meaning='attach a sensor to the car; it publishes from the next tick on',
    kind=Kind.SERVICE,
)
DESTROY_OBJECT = Interface(
    name='/carla/destroy_object',
    type='carla_msgs/srv/DestroyObject',
    sender=WORLD,
    listeners=(USER,),
    meaning='take a spawned sensor away',
    kind=Kind.SERVICE,
)
GET_BLUEPRINTS = Interface(
    name='/carla/get_blueprints',
    type='carla_msgs/srv/GetBlueprints',
    sender=WORLD,
    listeners=(USER,),
    meaning='what can be spawned',
    kind=Kind.SERVICE,
)
GET_WAYPOINT = Interface(
    name='/carla_waypoint_publisher/{role}/get_waypoint',
    type='carla_waypoint_types/srv/GetWaypoint',
    sender=WORLD,
    listeners=(USER,),
    meaning='the lane nearest to a place in map [m]',
    kind=Kind.SERVICE,
)
GET_ACTOR_WAYPOINT = Interface(
    name='/carla_waypoint_publisher/{role}/get_actor_waypoint',
    type='carla_waypoint_types/srv/GetActorWaypoint',
    sender=WORLD,
    listeners=(USER,),
    meaning='the lane nearest to an actor',
    kind=Kind.SERVICE,
)
