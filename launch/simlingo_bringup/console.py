# SPDX-License-Identifier: Apache-2.0
"""Talks to a running stack for the time of one command: ``simlingo say``, ``ask``, ``status``."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from simlingo_bringup.plan_trace import TraceRecorder
from simlingo_bringup.status_screen import StackView
from simlingo_core.errors import BackendError
from simlingo_core.status import InstructionState, InstructionStatus
from simlingo_core.types import Answer, Instruction
from simlingo_msgs.msg import Commentary
from simlingo_msgs.msg import InstructionStatus as InstructionStatusMessage
from simlingo_msgs.srv import Ask
from simlingo_ros import interfaces
from simlingo_ros.conversions.driving import message_to_observation, message_to_plan
from simlingo_ros.conversions.language import (
    instruction_to_message,
    message_to_instruction_status,
    message_to_safety_state,
    response_to_answer,
)
from simlingo_ros.conversions.time import stamp_to_seconds
from simlingo_ros.endpoints import create_publisher, create_subscription
from simlingo_ros.interfaces import Interface

POLL_S = 0.05
ENDED = (
    InstructionState.REJECTED,
    InstructionState.DONE,
    InstructionState.CANCELLED,
    InstructionState.NOT_FOLLOWED,
)


class StackConsole:
    """A node of its own that sends and receives until it is closed.

    Args:
        namespace: of the stack's own topics, without slashes.
        find_limit_s: how long the stack is looked for.
    """

    def __init__(self, namespace: str = 'simlingo', find_limit_s: float = 5.0) -> None:
        self._namespace, self._find_limit_s = namespace.strip('/'), find_limit_s
        self._context = rclpy.Context()
        rclpy.init(args=[], context=self._context)
        self._node = Node(
            '_simlingo_console',
            context=self._context,
            enable_rosout=False,
            start_parameter_services=False,
        )
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)

    def __enter__(self) -> StackConsole:
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown()
        self._node.destroy_node()
        rclpy.try_shutdown(context=self._context)

    def follow(self, instruction: Instruction, limit_s: float) -> Iterator[InstructionStatus]:
        """Send an instruction or a cancel and yield what becomes of it, until its end.

        Raises:
            BackendError: no planner listens.
        """
        received: list[InstructionStatus] = []

        def keep(message: InstructionStatusMessage) -> None:
            received.append(message_to_instruction_status(message))

        statuses = create_subscription(self._node, self._own(interfaces.INSTRUCTION_STATUS), keep)
        publisher = create_publisher(self._node, self._own(interfaces.INSTRUCTION))
        self._find(
            'planner listens to instructions',
            lambda: publisher.get_subscription_count() and statuses.get_publisher_count(),
        )
        publisher.publish(instruction_to_message(instruction))
        end_s = time.monotonic() + limit_s
        while time.monotonic() < end_s:
            self._executor.spin_once(timeout_sec=POLL_S)
            while received:
                status = received.pop(0)
                if instruction.id and status.id != instruction.id:
                    continue
                yield status
                if status.state in ENDED:
                    return

    def ask(self, question: str, limit_s: float) -> Answer:
        """Ask the model about the newest image.

        Raises:
            BackendError: there is no planner, or no answer came in time.
        """
        client: Any = self._node.create_client(Ask, self._own(interfaces.ASK).resolve())
        self._find('planner answers questions', client.service_is_ready)
        future = client.call_async(Ask.Request(question=question))
        if not self._spin_until(future.done, limit_s):
            raise BackendError(f'no answer within {limit_s:g} s; the planner is busy or hangs')
        return response_to_answer(future.result())

    def newest_commentary(self, limit_s: float) -> str:
        """Wait for the next complete commentary; empty: none came in time."""
        view = StackView()
        self._listen(interfaces.COMMENTARY, partial(_keep_commentary, view))
        self._spin_until(lambda: view.commentary, limit_s)
        return view.commentary

    def observe(self, duration_s: float) -> StackView:
        """Listen for a time and return what was seen of the stack."""
        view, came_s = StackView(), dict[str, float]()

        def keep(name: str, convert: Callable[[Any], Any], message: Any) -> None:
            setattr(view, name, convert(message))
            came_s[name] = time.monotonic()

        def keep_lines(message: DiagnosticArray) -> None:
            for status in message.status:
                view.lines[status.name] = ord(status.level), status.message

        for interface, name, convert in (
            (interfaces.SAFETY_STATE, 'state', message_to_safety_state),
            (interfaces.OBSERVATION, 'observation', message_to_observation),
            (interfaces.PLAN, 'plan', message_to_plan),
        ):
            self._listen(interface, partial(keep, name, convert))
        self._listen(interfaces.COMMENTARY, partial(_keep_commentary, view))
        create_subscription(self._node, interfaces.DIAGNOSTICS, keep_lines)
        self._spin_until(lambda: False, duration_s)
        view.nodes = self._nodes()
        view.ages_s = {name: time.monotonic() - then_s for name, then_s in came_s.items()}
        return view

    def trace(self, duration_s: float, role: str, camera: str) -> TraceRecorder:
        """Listen for a time and return when each stage of each plan was over."""
        recorder = TraceRecorder()
        subscriptions = [
            create_subscription(
                self._node,
                interfaces.CAMERA_INFO,
                lambda m: recorder.note_exposure(_stamp_s(m), time.monotonic()),
                role=role,
                camera=camera,
            ),
            self._listen(
                interfaces.OBSERVATION,
                lambda m: recorder.note_observation(_stamp_s(m), time.monotonic()),
            ),
            self._listen(
                interfaces.PLAN,
                lambda m: recorder.note_plan(
                    _stamp_s(m), time.monotonic(), m.inference_time, m.policy
                ),
            ),
            self._listen(
                interfaces.SAFETY_STATE,
                lambda m: recorder.note_control(_stamp_s(m), m.plan_age, time.monotonic()),
            ),
            self._listen(
                interfaces.COMMENTARY,
                lambda m: recorder.note_commentary(
                    _stamp_s(m), time.monotonic(), is_growing=m.is_growing
                ),
            ),
        ]
        self._spin_until(lambda: False, duration_s)
        for subscription in subscriptions:
            self._node.destroy_subscription(subscription)
        return recorder

    def _nodes(self) -> tuple[str, ...]:
        """Return the names of the nodes of the stack and of its world, hidden ones left out."""
        own = f'/{self._namespace}'
        found = self._node.get_node_names_and_namespaces()
        return tuple(sorted({n for n, where in found if where == own and not n.startswith('_')}))

    def _listen(self, interface: Interface, callback: Callable[[Any], None]) -> Any:
        return create_subscription(self._node, self._own(interface), callback)

    def _own(self, interface: Interface) -> Interface:
        return replace(interface, name=f'/{self._namespace}/{interface.name}')

    def _find(self, what: str, condition: Callable[[], Any]) -> None:
        if not self._spin_until(condition, self._find_limit_s):
            domain = os.environ.get('ROS_DOMAIN_ID', '0')
            raise BackendError(
                f'no {what} in /{self._namespace} on ROS domain {domain}; start the stack '
                "('simlingo up'), or name its --namespace and --domain-id"
            )

    def _spin_until(self, condition: Callable[[], Any], limit_s: float) -> bool:
        end_s = time.monotonic() + limit_s
        while time.monotonic() < end_s:
            self._executor.spin_once(timeout_sec=POLL_S)
            if condition():
                return True
        return False


def _stamp_s(message: Any) -> float:
    return stamp_to_seconds(message.header.stamp)


def _keep_commentary(view: StackView, message: Commentary) -> None:
    if not message.is_growing:
        view.commentary = message.text
