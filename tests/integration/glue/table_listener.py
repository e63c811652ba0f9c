# SPDX-License-Identifier: Apache-2.0
"""Subscribe to every topic of the table; print ``complete`` when each has brought a message."""

import sys

from rclpy.node import Node

from simlingo_ros.endpoints import create_subscription
from simlingo_ros.interfaces import ALL, Kind
from simlingo_ros.spin import run_node


class TableListener(Node):
    """Ticks off what has arrived."""

    def __init__(self):
        super().__init__('table_listener')
        self.missing = {entry.name for entry in ALL if entry.kind is Kind.TOPIC}
        for entry in ALL:
            if entry.kind is Kind.TOPIC:
                create_subscription(self, entry, lambda _, name=entry.name: self.tick_off(name))
        print('ready', flush=True)

    def tick_off(self, name):
        if name in self.missing:
            self.missing.discard(name)
            print(f'{len(self.missing)} missing: {sorted(self.missing)}', flush=True)
        if not self.missing:
            print('complete', flush=True)


sys.exit(run_node(TableListener))
