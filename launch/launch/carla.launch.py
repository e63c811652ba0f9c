# SPDX-License-Identifier: Apache-2.0
"""Start the stack in CARLA through its ROS bridge.

``ros2 launch simlingo_bringup carla.launch.py``
"""

from launch import LaunchDescription

from simlingo_bringup.graph import find_graph
from simlingo_bringup.launch_actions import describe


def generate_launch_description() -> LaunchDescription:
    """Return the graph as launch actions."""
    return describe(find_graph('carla'))
