# SPDX-License-Identifier: Apache-2.0
"""What the stack publishes for people and tools to look at; names are relative to its namespace.

Each is made only while somebody listens to it.
"""

from __future__ import annotations

from simlingo_ros.interfaces.definition import DISPLAY, NEWEST, Interface

PLAN_PATH = Interface(
    name='plan_path',
    type='nav_msgs/msg/Path',
    sender=DISPLAY,
    listeners=(),
    meaning='path of the plan in map [m], stamped as the plan',
    rate_hz=5.0,
)
PLAN_WAYPOINTS = Interface(
    name='plan_waypoints',
    type='nav_msgs/msg/Path',
    sender=DISPLAY,
    listeners=(),
    meaning='speed waypoints of the plan in map [m]; each pose has the stamp at which it is due',
    rate_hz=5.0,
)
MARKERS = Interface(
    name='markers',
    type='visualization_msgs/msg/MarkerArray',
    sender=DISPLAY,
    listeners=(),
    meaning='path, speed waypoints coloured by speed, target points, route, instruction, '
    'commentary and safety state in map [m]',
    rate_hz=5.0,
)
OVERLAY = Interface(
    name='overlay/compressed',
    type='sensor_msgs/msg/CompressedImage',
    sender=DISPLAY,
    listeners=(),
    meaning='the image that a plan was made from, with the plan drawn into it, JPEG',
    qos=NEWEST,
    rate_hz=5.0,
)
