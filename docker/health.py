# SPDX-License-Identifier: Apache-2.0
"""Health check of a container: exit code 0 if the stack sends plans.

Takes part in the ROS graph for a moment; reads no file and needs no port.
"""

import sys
import time
from typing import Any

import rclpy

from simlingo_ros.endpoints import create_subscription
from simlingo_ros.interfaces import PLAN

LIMIT_S = 15.0


def hears_a_plan(limit_s: float = LIMIT_S) -> bool:
    """Tell whether a plan comes within a time limit; the stack is in its default namespace."""
    heard: list[Any] = []
    rclpy.init()
    node = rclpy.create_node('health', namespace='simlingo')
    try:
        create_subscription(node, PLAN, heard.append)
        deadline_s = time.monotonic() + limit_s
        while not heard and time.monotonic() < deadline_s:
            rclpy.spin_once(node, timeout_sec=0.2)
    finally:
        node.destroy_node()
        rclpy.shutdown()
    return bool(heard)


if __name__ == '__main__':
    if not hears_a_plan():
        sys.exit(f'unhealthy: no plan within {LIMIT_S:.0f} s')
