# SPDX-License-Identifier: Apache-2.0
"""Listens to vehicle commands on the topic that the command line names."""

import sys

from carla_msgs.msg import CarlaEgoVehicleControl
from rclpy.node import Node

from simlingo_ros.spin import run_node


class Listener(Node):
    """Prints what it receives."""

    def __init__(self):
        super().__init__('listener')
        self.create_subscription(CarlaEgoVehicleControl, sys.argv[1], self.hear, 10)

    def hear(self, message):
        print('heard', message.brake, flush=True)


if __name__ == '__main__':
    sys.exit(run_node(Listener))
