# SPDX-License-Identifier: Apache-2.0
"""Start the fixture graph: ``ros2 launch simlingo_bringup fixture.launch.py``."""

from launch import LaunchDescription

from simlingo_bringup.fixture.graph import FIXTURE
from simlingo_bringup.launch_actions import describe


def generate_launch_description() -> LaunchDescription:
    """Return the graph as launch actions."""
    return describe(FIXTURE)
