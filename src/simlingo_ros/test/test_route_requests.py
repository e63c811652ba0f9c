# SPDX-License-Identifier: Apache-2.0
"""Turns by words between a planner and who plans routes, over real topics in this process."""

import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor
from std_msgs.msg import String

from simlingo_core.intents import Direction, Turn
from simlingo_core.status import InstructionState, InstructionStatus
from simlingo_ros.endpoints import load_type, qos_profile
from simlingo_ros.route_requests import RouteRequests, answer_route_requests

pytestmark = pytest.mark.ros


class Ends:
    """What a stack node offers to advertise and to listen, on a plain node."""

    def __init__(self, node):
        self._node = node
        self.get_logger = node.get_logger

    def advertise(self, interface):
        qos = qos_profile(interface.qos)
        return self._node.create_publisher(load_type(interface.type), interface.name, qos)

    def listen(self, interface, call, *, watch):
        qos = qos_profile(interface.subscription_qos)
        self._node.create_subscription(load_type(interface.type), interface.name, call, qos)


class World:
    """Knows the way to the left only."""

    def answer_turn(self, request):
        state, reply = InstructionState.REJECTED, 'No street leads there.'
        if 'left' in request.text:
            state, reply = InstructionState.ACTIVE, 'I turn left in 40 m.'
        return InstructionStatus(
            t_s=1.0, id=request.id, state=state, reason=request.text, spoken_reply=reply
        )

    def of_route(self):
        return [('route', String(data='to the left'))]


@pytest.fixture
def nodes():
    context = rclpy.Context()
    rclpy.init(context=context)
    made = [rclpy.create_node(name, namespace='simlingo', context=context) for name in 'ab']
    executor = SingleThreadedExecutor(context=context)
    for node in made:
        executor.add_node(node)
    yield executor, *made
    executor.shutdown()
    for node in made:
        node.destroy_node()
    rclpy.shutdown(context=context)


def spin(executor, condition):
    for _ in range(200):
        if condition():
            return
        executor.spin_once(timeout_sec=0.05)
    raise AssertionError('not within 10 s')


def test_a_turn_is_asked_for_planned_and_answered(nodes) -> None:
    executor, planner, world = nodes
    answers, routes = [], []
    requests = RouteRequests(Ends(planner), answers.append)
    assert requests.ask is None
    planning = World()
    answer_route_requests(Ends(world), lambda: (planning, planning), routes.extend)
    spin(executor, lambda: requests.ask is not None)
    assert requests.ask('t1', Turn(Direction.LEFT)) == ''
    spin(executor, lambda: answers)
    assert (answers[0].id, answers[0].state) == ('t1', InstructionState.ACTIVE)
    assert answers[0].spoken_reply == 'I turn left in 40 m.'
    assert [message.data for _, message in routes] == ['to the left']
    requests.ask('t2', Turn(Direction.RIGHT))
    spin(executor, lambda: len(answers) == 2)
    assert (answers[1].id, answers[1].state) == ('t2', InstructionState.REJECTED)
    assert answers[1].reason == 'turn right at the next junction'
    assert len(routes) == 1
