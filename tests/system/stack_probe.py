# SPDX-License-Identifier: Apache-2.0
"""What the system tests know of a running stack, and a small world that can be broken at will."""

import math
import threading
import time

import rclpy
from builtin_interfaces.msg import Time
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.executors import SingleThreadedExecutor
from rosgraph_msgs.msg import Clock
from stack_run import LIMIT_S, wait_until

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
# In a parameter file: the world begins when it is asked to.
WAITING_WORLD = '/**/world: {ros__parameters: {autostart: false}}\n'


def in_namespace(interface):
    """Return the interface under the stack's namespace."""
    return Interface(**{**vars(interface), 'name': f'/{NAMESPACE}/{interface.name}'})


class StackProbe:
    """Receives what the stack publishes, in a thread of its own."""

    def __init__(self, domain_id):
        self.context = rclpy.Context()
        rclpy.init(context=self.context, domain_id=domain_id)
        self.node = rclpy.create_node('probe', context=self.context)
        self.egos, self.plans, self.states, self.answers = {}, {}, [], []
        self.commands, self.ready, self.instructions = [], [], []
        self.diagnostics = {}
        entries = (
            (interfaces.ODOMETRY, self._on_odometry),
            (in_namespace(interfaces.PLAN), self._on_plan),
            (in_namespace(interfaces.SAFETY_STATE), self.states.append),
            (in_namespace(interfaces.INSTRUCTION_STATUS), self.instructions.append),
            (interfaces.CONTROL_COMMAND, self.commands.append),
            (interfaces.DIAGNOSTICS, self._on_diagnostics),
            (interfaces.STACK_READY, lambda message: self.ready.append(message.data)),
        )
        self._subscriptions = {}
        for interface, callback in entries:
            qos = interface.qos if interface.qos.is_latched else PATIENT
            subscription = create_subscription(self.node, interface, callback, qos=qos)
            self._subscriptions[interface.resolve()] = subscription
        self._instruct = create_publisher(self.node, in_namespace(interfaces.INSTRUCTION))
        self._executor = SingleThreadedExecutor(context=self.context)
        self._executor.add_node(self.node)
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._spin, daemon=True)

    def start(self):
        self._thread.start()

    def instruct(self, message):
        """Tell the planner something, once the two are connected."""
        wait_until(self._instruct.get_subscription_count, 'the planner listens to instructions')
        statuses = self._subscriptions[in_namespace(interfaces.INSTRUCTION_STATUS).resolve()]
        wait_until(statuses.get_publisher_count, 'the planner tells what becomes of them')
        self.wait_until_known_to('planner')
        self._instruct.publish(message)

    def start_world(self):
        """Begin the episode of a waiting world (``WAITING_WORLD``) and receive its first frame."""
        self._change_world(Transition.TRANSITION_CONFIGURE)
        wait_until(
            lambda: all(it.get_publisher_count() for it in self._subscriptions.values()),
            'a publisher for every subscription of the probe',
        )
        self.wait_until_known_to('control', 'planner', 'world')
        self._change_world(Transition.TRANSITION_ACTIVATE)

    def wait_until_known_to(self, *nodes):
        """Wait until these nodes send to every subscription of the probe.

        An answer of a service of theirs proves it: a process makes its endpoints known in the
        order of their creation, and the client is the newest.
        """
        for name in nodes:
            self.call(GetState, f'/{NAMESPACE}/{name}/get_state', GetState.Request())

    def call(self, kind, name, request):
        """Return the answer of a service."""
        client = self.node.create_client(kind, name)
        wait_until(client.service_is_ready, f'service {name}')
        future = client.call_async(request)
        wait_until(future.done, f'an answer of {name}')
        return future.result()

    def _change_world(self, transition):
        request = ChangeState.Request(transition=Transition(id=transition))
        assert self.call(ChangeState, f'/{NAMESPACE}/world/change_state', request).success

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

    def wait_for_line(self, name, text, limit_s=LIMIT_S):
        """Wait until a line of diagnostics that is no OK holds a text."""
        wait_until(
            lambda: any(
                name in key and level > 0 and text in message
                for key, (level, message) in list(self.diagnostics.items())
            ),
            f'{name} says {text!r}; it says {self.diagnostics}',
            limit_s,
        )

    def close(self):
        self._is_closed.set()
        if self._thread.ident is not None:  # it has begun
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
        self.publish_route()
        self._thread.start()

    def publish_route(self, message=None):
        """Publish a route; None: the world's own again."""
        if message is None:
            message = route_to_message(self._route, Time())
        self._publish(interfaces.ROUTE, message)

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
