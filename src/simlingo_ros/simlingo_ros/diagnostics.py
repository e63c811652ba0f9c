# SPDX-License-Identifier: Apache-2.0
"""Status lines of a node, published on ``/diagnostics`` (REP-107)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.node import Node

from simlingo_ros.endpoints import create_publisher
from simlingo_ros.interfaces import DIAGNOSTICS
from simlingo_ros.monitors import Level, RateMonitor, Status

PERIOD_S = 1.0


class Diagnostics:
    """Collects the status lines of one node and publishes them.

    They are published once a second (wall time, so that they still are when simulation time is
    paused) and immediately when a level changes.
    """

    def __init__(self, node: Node, *, hardware_id: str = 'simlingo') -> None:
        self._node = node
        self._hardware_id = hardware_id
        self._statuses: dict[str, Status] = {}
        self._monitors: dict[str, RateMonitor] = {}
        self._checks: dict[str, Callable[[], Status | None]] = {}
        self._publisher = create_publisher(node, DIAGNOSTICS)
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._timer = node.create_timer(PERIOD_S, self._work, clock=steady)

    def report(
        self,
        name: str,
        level: Level,
        message: str,
        values: Mapping[str, object] | None = None,
    ) -> None:
        """Set one status line, such as ``report('camera', Level.OK, '20.0 Hz')``."""
        self.set_status(name, Status(level=level, message=message, values=dict(values or {})))

    def set_status(self, name: str, status: Status) -> None:
        """Set one status line."""
        before = self._statuses.get(name)
        self._statuses[name] = status
        if before is None or before.level is not status.level:
            self.publish()

    def clear(self, name: str) -> None:
        """Forget a status line, its monitor and its check."""
        self._statuses.pop(name, None)
        self._monitors.pop(name, None)
        self._checks.pop(name, None)

    def watch_rate(self, name: str, monitor: RateMonitor) -> RateMonitor:
        """Publish the status of a monitor; record its arrivals with ``time.monotonic()``."""
        self._monitors[name] = monitor
        return monitor

    def watch(self, name: str, check: Callable[[], Status | None]) -> None:
        """Call a check once a second and publish its status; None: no line is published."""
        self._checks[name] = check

    def statuses(self) -> dict[str, Status]:
        """Return all status lines now; of a fault and a rate with one name the worse one."""
        now_s = time.monotonic()
        lines = dict(self._statuses)
        for name, monitor in self._monitors.items():
            measured = monitor.evaluate(now_s)
            if name not in lines or lines[name].level <= measured.level:
                lines[name] = measured
        return lines

    def worst_level(self) -> Level:
        """Return the worst level of all lines."""
        return max((status.level for status in self.statuses().values()), default=Level.OK)

    def publish(self) -> None:
        """Publish all status lines now."""
        message = DiagnosticArray()
        message.header.stamp = self._node.get_clock().now().to_msg()
        message.status = [self._line(name, status) for name, status in self.statuses().items()]
        self._publisher.publish(message)

    def _work(self) -> None:
        for name, check in list(self._checks.items()):
            status = check()
            if status is None:
                self._statuses.pop(name, None)
            else:
                self._statuses[name] = status
        self.publish()

    def _line(self, name: str, status: Status) -> DiagnosticStatus:
        """Return one status message, named ``node: line``."""
        return DiagnosticStatus(
            level=bytes([status.level]),
            name=f'{self._node.get_fully_qualified_name().lstrip("/")}: {name}',
            message=status.message,
            hardware_id=self._hardware_id,
            values=[KeyValue(key=key, value=str(value)) for key, value in status.values.items()],
        )
