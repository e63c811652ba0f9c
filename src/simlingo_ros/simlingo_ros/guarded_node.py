# SPDX-License-Identifier: Apache-2.0
"""A lifecycle node with a checked configuration, guarded callbacks and diagnostics.

A ``SimlingoError`` in a callback becomes a diagnostic and a call of ``on_fault``; the next
callback of the same kind that succeeds clears it.  Any other exception ends the process.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from lifecycle_msgs.msg import State
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.lifecycle import LifecycleNode, LifecycleState
from rclpy.lifecycle.publisher import LifecyclePublisher
from rclpy.timer import Timer

from simlingo_core.errors import SimlingoError
from simlingo_ros.diagnostics import Diagnostics
from simlingo_ros.endpoints import QOS_OVERRIDES, load_type, qos_profile
from simlingo_ros.interfaces import DEFAULT_CAMERA, DEFAULT_ROLE, Interface, Qos
from simlingo_ros.listener import Listener
from simlingo_ros.monitors import Level, RateMonitor
from simlingo_ros.parameters import declare, read_overrides
from simlingo_ros.qos_overrides import PREFIX as QOS_PREFIX

ConfigT = TypeVar('ConfigT')
ACTIVE = LifecycleState(label='active', state_id=State.PRIMARY_STATE_ACTIVE)
# A callback that fails 20 times a second is logged once a second, with equal text once in ten.
FAULT_LOG_PERIOD_S = 1.0
SAME_FAULT_LOG_PERIOD_S = 10.0


class GuardedNode(LifecycleNode, Generic[ConfigT]):
    """Configuration, endpoints and guarded callbacks of a node.

    Attributes:
        config: configuration made from the parameters.
        diagnostics: status lines of this node.
        faults: errors of callbacks that have not succeeded since, by name.
        is_active: between activate and deactivate.

    Raises:
        ConfigError: a parameter is unknown, of the wrong type or out of range.
    """

    def __init__(self, name: str, config_class: type[ConfigT], **options: Any) -> None:
        super().__init__(name, **options)
        self.declare_parameter('autostart', True)
        self.config: ConfigT = declare(self, config_class, also=('autostart',))
        self._qos_overrides = frozenset(
            key for key in read_overrides(self) if key.startswith(QOS_PREFIX)
        )
        self.is_active = False
        self.diagnostics = Diagnostics(self)
        self.faults: dict[str, SimlingoError] = {}
        self._logged_faults: dict[str, tuple[str, float]] = {}
        self._own_entities: list[Callable[[], None]] = []

    def on_fault(self, error: SimlingoError) -> None:
        """React to an error in a callback, such as stopping the car."""

    def advertise(
        self,
        interface: Interface,
        *,
        role: str = DEFAULT_ROLE,
        camera: str = DEFAULT_CAMERA,
        qos: Qos | None = None,
    ) -> LifecyclePublisher[Any]:
        """Create a publisher that is silent while the node is not active."""
        publisher = self.create_lifecycle_publisher(
            load_type(interface.type),
            interface.resolve(role, camera),
            qos_profile(qos or interface.qos),
            qos_overriding_options=QOS_OVERRIDES,
        )
        self._own_entities.append(lambda: self._drop(self.destroy_lifecycle_publisher, publisher))
        return publisher

    def open_publisher(
        self, interface: Interface, *, role: str = DEFAULT_ROLE
    ) -> LifecyclePublisher[Any]:
        """Create a publisher while the node works; the caller destroys it again."""
        publisher = self.create_lifecycle_publisher(
            load_type(interface.type), interface.resolve(role), qos_profile(interface.qos)
        )
        if self.is_active:
            publisher.on_activate(ACTIVE)
        return publisher

    def listen(
        self,
        interface: Interface,
        callback: Callable[[Any], None],
        *,
        role: str = DEFAULT_ROLE,
        camera: str = DEFAULT_CAMERA,
        qos: Qos | None = None,
        when_inactive: bool = False,
        watch: bool = True,
        expected_hz: float | None = None,
    ) -> Listener:
        """Create a guarded subscription; incompatible publishers are named in diagnostics.

        Args:
            interface: entry of the table of interfaces.
            callback: takes the message; a ``SimlingoError`` is reported under the topic's name.
            role: role name in the name of the topic.
            camera: camera id in the name of the topic.
            qos: quality of service instead of the table's.
            when_inactive: call it also while the node is inactive (for latched topics).
            watch: report rate and silence of a topic with an expected rate in diagnostics.
            expected_hz: expected rate instead of the table's.

        Returns:
            The subscription, to be destroyed and resumed by a node that needs it at times only.
        """
        name = interface.resolve(role, camera)
        monitor = None
        rate_hz = expected_hz or interface.rate_hz
        if watch and rate_hz is not None:
            monitor = self.diagnostics.watch_rate(name, RateMonitor(rate_hz))

        def receive(message: Any) -> None:
            if monitor is not None:
                monitor.record(time.monotonic())
            if self.is_active or when_inactive:
                self.run_guarded(name, callback, message)

        listener = Listener(
            self,
            interface,
            receive,
            role=role,
            camera=camera,
            qos=qos,
            overrides=self._qos_overrides,
        )
        line = f'{name} qos'
        self.diagnostics.watch(line, listener.check)
        self._own_entities += [
            listener.destroy,
            lambda: self.diagnostics.clear(name),
            lambda: self.diagnostics.clear(line),
        ]
        return listener

    def every(
        self, period_s: float, callback: Callable[[], None], *, is_wall_time: bool = False
    ) -> Timer:
        """Create a guarded timer that works while the node is active.

        Args:
            period_s: time between calls.
            callback: a ``SimlingoError`` is reported under its name.
            is_wall_time: use wall time; watchdogs must run while simulation time is paused.
        """
        name = f'timer {getattr(callback, "__name__", "callback").strip("_")}'

        def run() -> None:
            if self.is_active:
                self.run_guarded(name, callback)

        clock = Clock(clock_type=ClockType.STEADY_TIME) if is_wall_time else self.get_clock()
        timer = self.create_timer(period_s, run, clock=clock)
        self._own_entities.append(lambda: self._drop(self.destroy_timer, timer))
        return timer

    def serve(
        self,
        interface: Interface,
        callback: Callable[..., Any],
        *,
        role: str = DEFAULT_ROLE,
        depth: int = 10,
    ) -> None:
        """Create a service; calls that wait hold up nothing, not even each other.

        Args:
            interface: entry of the table of interfaces.
            callback: takes request and response and returns the response; may be a coroutine.
            role: role name in the name of the service.
            depth: number of requests that may wait in the middleware.
        """
        service = self.create_service(
            load_type(interface.type),
            interface.resolve(role),
            callback,
            qos_profile=qos_profile(Qos(depth)),
            callback_group=ReentrantCallbackGroup(),
        )
        self._own_entities.append(lambda: self._drop(self.destroy_service, service))

    def run_guarded(self, name: str, callback: Callable[..., None], *arguments: Any) -> None:
        """Call a function; report a ``SimlingoError`` under ``name``, clear it on success."""
        try:
            callback(*arguments)
        except SimlingoError as error:
            self.report_fault(name, error)
        else:
            if self.faults.pop(name, None) is not None:
                self._logged_faults.pop(name, None)
                self.get_logger().info(f'{name}: works again')
                self.diagnostics.report(name, Level.OK, 'works again')

    def report_fault(self, name: str, error: SimlingoError) -> None:
        """Publish an error as diagnostics, log it and call ``on_fault``."""
        self._note_fault(name, error)
        self.on_fault(error)

    def _note_fault(self, name: str, error: SimlingoError) -> None:
        """Publish an error as diagnostics and log it."""
        self.faults[name] = error
        kind, text, now_s = type(error).__name__, str(error), time.monotonic()
        logged_text, logged_s = self._logged_faults.get(name, ('', -math.inf))
        period_s = SAME_FAULT_LOG_PERIOD_S if text == logged_text else FAULT_LOG_PERIOD_S
        if now_s - logged_s >= period_s:
            self._logged_faults[name] = text, now_s
            self.get_logger().error(f'{name}: {kind}: {text}')
        self.diagnostics.report(name, Level.ERROR, text, {'error': kind})

    def _release(self) -> None:
        """Remove the endpoints this class made."""
        while self._own_entities:
            self._own_entities.pop()()

    @staticmethod
    def _drop(destroy: Callable[[Any], object], entity: Any) -> None:
        """Destroy one endpoint."""
        destroy(entity)
