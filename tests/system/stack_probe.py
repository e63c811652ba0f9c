# SPDX-License-Identifier: Apache-2.0
"""What the system tests know of a running stack, and a small world that can be broken at will."""

import math
import threading
import time

import rclpy
from builtin_interfaces.msg import Time
from rclpy.executors import SingleThreadedExecutor
from rosgraph_msgs.msg import Clock
from stack_run import wait_until

from simlingo_core.testing import FakeWorld
from simlingo_core.types import VehicleCommand
from simlingo_ros import interfaces
from simlingo_ros.conversions.driving import message_to_plan
from simlingo_ros.conversions.route import route_to_message
from simlingo_ros.conversions.time import stamp_to_tick, tick_to_stamp
from simlingo_ros.conversions.vehicle import (
    ego_state_to_odometry,
    message_to_command,
    odometry_to_ego_state,
    speed_to_message,
)
from simlingo_ros.endpoints import create_publisher, create_subscription
from simlingo_ros.images import array_to_image
from simlingo_ros.interfaces import Interface, Qos

NAMESPACE = 'simlingo'
PATIENT = Qos(1000)


def in_namespace(interface):
    """Return the interface under the stack's namespace."""
    return Interface(**{**vars(interface), 'name': f'/{NAMESPACE}/{interface.name}'})


class StackProbe:
    """Hears what the stack says, in a thread of its own."""

    def __init__(self, domain_id):
        self.context = rclpy.Context()
        rclpy.init(context=self.context, domain_id=domain_id)
        self.node = rclpy.create_node('probe', context=self.context)
        self.egos, self.plans, self.states, self.answers = {}, {}, [], []
        self.commands, self.ready, self.instructions = [], [], []
        self.diagnostics = {}
        for interface, callback in (
            (interfaces.ODOMETRY, self._on_odometry),
            (in_namespace(interfaces.PLAN), self._on_plan),
            (in_namespace(interfaces.SAFETY_STATE), self.states.append),
            (in_namespace(interfaces.INSTRUCTION_STATUS), self.instructions.append),
            (interfaces.CONTROL_COMMAND, self.commands.append),
            (interfaces.DIAGNOSTICS, self._on_diagnostics),
        ):
            create_subscription(self.node, interface, callback, qos=PATIENT)
        create_subscription(
            self.node, interfaces.STACK_READY, lambda message: self.ready.append(message.data)
        )
        self._instruct = create_publisher(self.node, in_namespace(interfaces.INSTRUCTION))
        self._executor = SingleThreadedExecutor(context=self.context)
        self._executor.add_node(self.node)
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._spin, daemon=True)

    def start(self):
        self._thread.start()

    def instruct(self, message):
        """Tell the planner something, once the two have found each other."""
        status = in_namespace(interfaces.INSTRUCTION_STATUS).resolve()
        deadline_s = time.monotonic() + 20.0
        while not (self._instruct.get_subscription_count() and self.node.count_publishers(status)):
            assert time.monotonic() < deadline_s, 'nobody listens to instructions'
            time.sleep(0.05)
        # Found in the graph is not yet connected both ways.
        time.sleep(0.5)
        self._instruct.publish(message)

    def _spin(self):
        while not self._is_closed.is_set():
            self._executor.spin_once(timeout_sec=0.1)

    def _on_odometry(self, message):
        if not math.isnan(message.pose.pose.position.x):
            self.egos[stamp_to_tick(message.header.stamp)] = odometry_to_ego_state(message)

    def _on_plan(self, message):
        plan = message_to_plan(message)
        self.plans[stamp_to_tick(message.header.stamp)] = plan

    def _on_diagnostics(self, message):
        for status in message.status:
            self.diagnostics[status.name] = (ord(status.level), status.message)

    @property
    def reasons(self):
        """Why the car does not drive, as of now."""
        return set(self.states[-1].reasons) if self.states else set()

    def wait_for_line(self, name, text, limit_s=20.0):
        """Wait until a line of diagnostics that is no OK holds a text."""
        wait_until(
            lambda: any(
                name in key and level > 0 and text in said
                for key, (level, said) in list(self.diagnostics.items())
            ),
            f'{name} says {text!r}; it says {self.diagnostics}',
            limit_s,
        )

    def close(self):
        self._is_closed.set()
        self._thread.join(5.0)
        self._executor.shutdown()
        self.node.destroy_node()
        self.context.try_shutdown()


class BreakableWorld:
    """A straight road in real time on CARLA's topics; camera and odometry can be broken."""

    WIDTH, HEIGHT = 128, 64

    def __init__(self, probe, route):
        self.world = FakeWorld(route, 0.0, 100_000, self.WIDTH, self.HEIGHT)
        self.frame = self.world.reset()
        self.is_camera_frozen = self.is_odometry_nan = self.is_silent = False
        self.command = VehicleCommand.full_brake()
        self._node, self._route = probe.node, route
        self._publishers = {
            interface.name: create_publisher(self._node, interface)
            for interface in (
                interfaces.CLOCK_TOPIC,
                interfaces.ROUTE,
                interfaces.IMAGE,
                interfaces.SPEEDOMETER,
                interfaces.ODOMETRY,
            )
        }
        create_subscription(self._node, interfaces.CONTROL_COMMAND, self._on_command)
        self._frozen = self.frame.image_bgra
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def speed_mps(self):
        return self.frame.ego.speed_mps

    def start(self):
        self._publish(interfaces.ROUTE, route_to_message(self._route, Time()))
        self._thread.start()

    def close(self):
        self._is_closed.set()
        self._thread.join(5.0)

    def _on_command(self, message):
        self.command = message_to_command(message)

    def _run(self):
        next_s = time.monotonic()
        while not self._is_closed.is_set():
            self._publish_frame()
            next_s += 0.05
            self._is_closed.wait(max(next_s - time.monotonic(), 0.0))
            self.frame = self.world.step(self.command)

    def _publish_frame(self):
        if self.is_silent:
            return
        frame, stamp = self.frame, tick_to_stamp(self.frame.tick)
        self._publish(interfaces.CLOCK_TOPIC, Clock(clock=stamp))
        if not self.is_camera_frozen:
            self._frozen = frame.image_bgra
        image = array_to_image(self._frozen, 'bgra8', stamp=stamp, frame_id='ego_vehicle/rgb')
        self._publish(interfaces.IMAGE, image)
        self._publish(interfaces.SPEEDOMETER, speed_to_message(frame.speedometer_mps))
        odometry = ego_state_to_odometry(frame.ego, 'ego_vehicle')
        if self.is_odometry_nan:
            odometry.pose.pose.position.x = math.nan
        self._publish(interfaces.ODOMETRY, odometry)

    def _publish(self, interface, message):
        self._publishers[interface.name].publish(message)
