# SPDX-License-Identifier: Apache-2.0
"""Start the stack: ``ros2 launch simlingo_bringup stack.launch.py``."""

from launch import LaunchDescription

from simlingo_bringup.launch_actions import describe
from simlingo_bringup.stack_graph import STACK


def generate_launch_description() -> LaunchDescription:
    """Return the graph as launch actions."""
    return describe(STACK)
