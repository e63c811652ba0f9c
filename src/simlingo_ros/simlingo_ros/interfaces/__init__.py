# SPDX-License-Identifier: Apache-2.0
"""The table of all interfaces: name, type, quality of service, rate, sender and listeners.

Nodes create their publishers and subscriptions from it (``endpoints``), the reference page is
made from it (``topics_page``), and a test compares it with a running graph.

Names of our own are relative; launch puts them under ``/simlingo``.  The CARLA side has the
absolute names that the CARLA bridge gives them, with the role name and sensor ids filled in.
"""

from __future__ import annotations

from simlingo_ros.interfaces.commands import (
    AUTOPILOT,
    CONTROL_COMMAND,
    MANUAL_COMMAND,
    MANUAL_OVERRIDE,
    STACK_READY,
    START_EPISODE,
    WORLD_CONTROL,
)
from simlingo_ros.interfaces.definition import (
    BRIDGE,
    BRIDGE_LATCHED,
    CLOCK,
    CONTROL,
    DEFAULT_CAMERA,
    DEFAULT_ROLE,
    DISPLAY,
    LATCHED,
    NEWEST,
    NOTIFY,
    PATIENT,
    PERCEPTION,
    PLANNER,
    RECORD_DEPTH,
    TF,
    USER,
    VOICE,
    WORLD,
    Interface,
    Kind,
    Qos,
)
from simlingo_ros.interfaces.display import MARKERS, OVERLAY, PLAN_PATH, PLAN_WAYPOINTS
from simlingo_ros.interfaces.ros import (
    DIAGNOSTICS,
    TF_STATIC,
    TF_TOPIC,
)
from simlingo_ros.interfaces.stack import (
    ASK,
    AUDIO,
    COMMENTARY,
    CONSIDER,
    EMERGENCY_STOP,
    FOLLOW_INSTRUCTION,
    INSTRUCTION,
    INSTRUCTION_STATUS,
    OBSERVATION,
    PLAN,
    PUSH_TO_TALK,
    ROUTE_ANSWER,
    ROUTE_REQUEST,
    SAFETY_STATE,
    SPEECH,
)
from simlingo_ros.interfaces.world import (
    ACTOR_LIST,
    CAMERA_INFO,
    CLOCK_TOPIC,
    COLLISION,
    EPISODE_CHOICES,
    GNSS,
    GNSS_ROUTE,
    IMAGE,
    IMU,
    LANE_INVASION,
    LIGHT_INFO,
    LIGHT_STATUS,
    ODOMETRY,
    PREVIEW,
    ROUTE,
    SPEEDOMETER,
    VEHICLE_INFO,
    VEHICLE_STATUS,
    WAYPOINTS,
    WORLD_INFO,
    WORLD_MAP,
    WORLD_STATUS,
)

SECTIONS: dict[str, tuple[Interface, ...]] = {
    'The stack': (
        OBSERVATION,
        PLAN,
        COMMENTARY,
        INSTRUCTION,
        INSTRUCTION_STATUS,
        SAFETY_STATE,
        ASK,
        CONSIDER,
        FOLLOW_INSTRUCTION,
        EMERGENCY_STOP,
        ROUTE_REQUEST,
        ROUTE_ANSWER,
        AUDIO,
        PUSH_TO_TALK,
        SPEECH,
    ),
    'For display': (PLAN_PATH, PLAN_WAYPOINTS, MARKERS, OVERLAY),
    'The world': (
        CLOCK_TOPIC,
        IMAGE,
        PREVIEW,
        CAMERA_INFO,
        ODOMETRY,
        IMU,
        GNSS,
        SPEEDOMETER,
        VEHICLE_STATUS,
        VEHICLE_INFO,
        ROUTE,
        GNSS_ROUTE,
        WAYPOINTS,
        COLLISION,
        LANE_INVASION,
        WORLD_STATUS,
        WORLD_INFO,
        WORLD_MAP,
        ACTOR_LIST,
        LIGHT_INFO,
        LIGHT_STATUS,
        EPISODE_CHOICES,
    ),
    'To the world': (
        CONTROL_COMMAND,
        STACK_READY,
        MANUAL_COMMAND,
        MANUAL_OVERRIDE,
        AUTOPILOT,
        WORLD_CONTROL,
        START_EPISODE,
    ),
    'ROS': (TF_TOPIC, TF_STATIC, DIAGNOSTICS),
}

ALL: tuple[Interface, ...] = tuple(entry for group in SECTIONS.values() for entry in group)
