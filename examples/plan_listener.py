# SPDX-License-Identifier: Apache-2.0
"""A ROS 2 node that listens to the plan: run it beside `simlingo up` or `simlingo demo`."""

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node

from simlingo_msgs.msg import DrivingPlan


class PlanListener(Node):
    """Logs where each plan goes and how fast."""

    def __init__(self) -> None:
        super().__init__('plan_listener')
        self.create_subscription(DrivingPlan, '/simlingo/plan', self.on_plan, 1)

    def on_plan(self, plan: DrivingPlan) -> None:
        """Take one plan; its points are in base_link (x forward, y left) at its stamp."""
        end, in_two_seconds = plan.path[-1], plan.speed_waypoints[7]
        self.get_logger().info(
            f'{plan.policy}: path ends {end.x:.1f} m ahead, {end.y:+.1f} m to the left; '
            f'{in_two_seconds.x:.1f} m ahead in 2 s'
        )


def main() -> None:
    """Listen until Ctrl-C."""
    rclpy.init()
    node = PlanListener()
    try:
        rclpy.spin(node)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


if __name__ == '__main__':
    main()
