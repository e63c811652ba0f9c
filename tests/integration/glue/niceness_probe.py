# SPDX-License-Identifier: Apache-2.0
"""Run a node that prints how nice its process is; ``watcher`` as argument: one that gives way."""

import os
import sys

from rclpy.node import Node

from simlingo_ros.spin import run_node


class Probe(Node):
    """Prints and ends."""

    def __init__(self):
        super().__init__('probe')
        print('niceness', os.nice(0))
        raise KeyboardInterrupt


sys.exit(run_node(Probe, [], gives_way=sys.argv[1:] == ['watcher']))
