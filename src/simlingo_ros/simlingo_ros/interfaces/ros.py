# SPDX-License-Identifier: Apache-2.0
"""Interfaces of ROS itself."""

from __future__ import annotations

from simlingo_ros.interfaces.definition import (
    LATCHED,
    NOTIFY,
    TF,
    WORLD,
    Interface,
)

TF_TOPIC = Interface(
    name='/tf',
    type='tf2_msgs/msg/TFMessage',
    sender=WORLD,
    listeners=(),
    meaning='map to the vehicle (frame: role name), vehicle to each sensor',
    qos=TF,
    rate_hz=20.0,
)
TF_STATIC = Interface(
    name='/tf_static',
    type='tf2_msgs/msg/TFMessage',
    sender='bringup',
    listeners=(),
    meaning='vehicle (role name) to base_link, the identity',
    qos=LATCHED,
)
DIAGNOSTICS = Interface(
    name='/diagnostics',
    type='diagnostic_msgs/msg/DiagnosticArray',
    sender='every node',
    listeners=(),
    meaning='status lines of every node (REP-107)',
    qos=NOTIFY,
    rate_hz=1.0,
)
