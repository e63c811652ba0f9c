# SPDX-License-Identifier: Apache-2.0
"""What the world subscribes to, named as by the CARLA bridge."""

from __future__ import annotations

from simlingo_ros.interfaces.definition import (
    BRIDGE,
    CONTROL,
    LATCHED,
    NEWEST,
    USER,
    WORLD,
    Interface,
    Kind,
)

CONTROL_COMMAND = Interface(
    name='/carla/{role}/vehicle_control_cmd',
    type='carla_msgs/msg/CarlaEgoVehicleControl',
    sender=CONTROL,
    listeners=(WORLD,),
    meaning='throttle, brake, steering (CARLA sign: positive right), stamped with the tick',
    qos=NEWEST,
    listener_qos=BRIDGE,
    rate_hz=20.0,
)
MANUAL_COMMAND = Interface(
    name='/carla/{role}/vehicle_control_cmd_manual',
    type='carla_msgs/msg/CarlaEgoVehicleControl',
    sender=USER,
    listeners=(WORLD,),
    meaning='command of a person, used while the override is on',
)
MANUAL_OVERRIDE = Interface(
    name='/carla/{role}/vehicle_control_manual_override',
    type='std_msgs/msg/Bool',
    sender=USER,
    listeners=(WORLD, CONTROL),
    meaning='true: the manual command drives',
    qos=LATCHED,
)
AUTOPILOT = Interface(
    name='/carla/{role}/enable_autopilot',
    type='std_msgs/msg/Bool',
    sender=USER,
    listeners=(WORLD, CONTROL),
    meaning="true: the world's own autopilot drives",
)
STACK_READY = Interface(
    name='/carla/{role}/status',
    type='std_msgs/msg/Bool',
    sender=CONTROL,
    listeners=(WORLD,),
    meaning='true once the stack can drive (leaderboard agents wait for it)',
    qos=LATCHED,
)
WORLD_CONTROL = Interface(
    name='/carla/control',
    type='carla_msgs/msg/CarlaControl',
    sender=USER,
    listeners=(WORLD,),
    meaning='play, pause, step once (lockstep only)',
)
START_EPISODE = Interface(
    name='/carla/start_episode',
    type='simlingo_msgs/srv/StartEpisode',
    sender=WORLD,
    listeners=(USER,),
    meaning='begin another episode (embedded simulator only)',
    kind=Kind.SERVICE,
)
