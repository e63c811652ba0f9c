# SPDX-License-Identifier: Apache-2.0
"""Start the expert's drive: ``ros2 launch simlingo_bringup expert_drive.launch.py``."""

from launch import LaunchDescription

from simlingo_bringup.graph import find_graph
from simlingo_bringup.launch_actions import describe


def generate_launch_description() -> LaunchDescription:
    """Return the graph as launch actions."""
    return describe(find_graph('expert_drive'))
