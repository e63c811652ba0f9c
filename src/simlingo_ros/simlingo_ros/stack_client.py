# SPDX-License-Identifier: Apache-2.0
"""Talks to the stack and the world for a node that a person uses."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

from carla_msgs.msg import CarlaControl
from rclpy.node import Node
from std_msgs.msg import Bool, Int16MultiArray
from std_srvs.srv import SetBool

from simlingo_core.errors import BackendError, SimlingoError
from simlingo_core.types import DrivingPlan, Instruction
from simlingo_msgs.srv import Consider, StartEpisode
from simlingo_ros import interfaces
from simlingo_ros.conversions.driving import message_to_plan
from simlingo_ros.conversions.language import instruction_to_message
from simlingo_ros.endpoints import create_publisher, load_type
from simlingo_ros.interfaces import Interface

Failed = Callable[[SimlingoError], None]
WORLD_ACTIONS = {
    'play': CarlaControl.PLAY,
    'pause': CarlaControl.PAUSE,
    'step': CarlaControl.STEP_ONCE,
}
SERVICES = {
    interfaces.CONSIDER.name: 'the planner does not run, or is an older one',
    interfaces.EMERGENCY_STOP.name: 'control does not run',
    interfaces.START_EPISODE.name: 'only the embedded simulator can begin another episode',
}


class StackClient:
    """Publishers and clients of a node; everything is called in its executor's thread.

    Args:
        node: sends and receives.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._instructions = create_publisher(node, interfaces.INSTRUCTION)
        self._world = create_publisher(node, interfaces.WORLD_CONTROL)
        self._audio = create_publisher(node, interfaces.AUDIO)
        self._button = create_publisher(node, interfaces.PUSH_TO_TALK)
        self._clients: dict[str, Any] = {
            interface.name: node.create_client(load_type(interface.type), interface.resolve())
            for interface in (
                interfaces.CONSIDER,
                interfaces.EMERGENCY_STOP,
                interfaces.START_EPISODE,
            )
        }

    def destroy(self) -> None:
        """Remove the endpoints."""
        for publisher in (self._instructions, self._world, self._audio, self._button):
            self._node.destroy_publisher(publisher)
        for client in self._clients.values():
            self._node.destroy_client(client)

    def say(self, instruction: Instruction) -> None:
        """Send an instruction, a question or a cancel.

        Raises:
            BackendError: no planner listens.
        """
        # Others listen to instructions too; only the planner publishes what becomes of them.
        if not self._node.count_publishers(interfaces.INSTRUCTION_STATUS.resolve()):
            raise BackendError('nobody listens to instructions: the planner does not run')
        self._instructions.publish(instruction_to_message(instruction))

    @property
    def is_listened_to(self) -> bool:
        """Whether a voice node takes sound."""
        return self._audio.get_subscription_count() > 0

    def hear(self, samples: bytes) -> None:
        """Send sound to be recognised: 16 kHz, one channel, 16 bits in this machine's order.

        Raises:
            BackendError: no voice node listens.
        """
        if not self.is_listened_to:
            raise BackendError('nobody recognises speech; start the stack with voice:=true')
        self._audio.publish(Int16MultiArray(data=array('h', samples)))

    def hold(self, is_held: bool) -> None:
        """Tell a voice node that hears with a button whether it is held."""
        self._button.publish(Bool(data=is_held))

    def control_world(self, action: str) -> None:
        """Play, pause or step the world; see ``WORLD_ACTIONS``.

        Raises:
            BackendError: no world listens.
        """
        if not self._node.count_publishers(interfaces.WORLD_STATUS.resolve()):
            raise BackendError('no world listens: it does not run, or cannot be paused')
        self._world.publish(CarlaControl(command=WORLD_ACTIONS[action]))

    def consider(
        self,
        instruction: Instruction,
        done: Callable[[DrivingPlan | None, str, str], None],
        failed: Failed,
    ) -> None:
        """Have a plan made that is not driven.

        Args:
            instruction: that it is made under.
            done: gets the plan (None: there is none), the reason and the reply of the model.
            failed: gets what went wrong.

        Raises:
            BackendError: no planner answers.
        """

        def finish(response: Consider.Response) -> None:
            plan = message_to_plan(response.plan) if response.success else None
            done(plan, response.reason, response.spoken_reply)

        request = Consider.Request(
            instruction=instruction.text, safety_mode=int(instruction.safety_mode)
        )
        self._call(interfaces.CONSIDER, request, finish, failed)

    def stop(self, is_on: bool, done: Callable[[], None], failed: Failed) -> None:
        """Have control brake fully, or take that back.

        Raises:
            BackendError: control does not answer.
        """
        request = SetBool.Request(data=is_on)
        self._call(interfaces.EMERGENCY_STOP, request, lambda response: done(), failed)

    def begin(
        self,
        route: str,
        situation: str,
        seed: int,
        done: Callable[[bool, str], None],
        failed: Failed,
    ) -> None:
        """Begin another episode; ``done`` gets whether it has begun, and why not.

        Raises:
            BackendError: no world answers.
        """

        def finish(response: StartEpisode.Response) -> None:
            done(response.success, response.reason)

        request = StartEpisode.Request(route=route, situation=situation, seed=seed)
        self._call(interfaces.START_EPISODE, request, finish, failed)

    def _call(
        self, interface: Interface, request: Any, finish: Callable[[Any], None], failed: Failed
    ) -> None:
        client = self._clients[interface.name]
        if not client.service_is_ready():
            raise BackendError(f'{interface.name} is not offered: {SERVICES[interface.name]}')

        def receive(future: Any) -> None:
            try:
                finish(future.result())
            except SimlingoError as error:
                failed(error)

        client.call_async(request).add_done_callback(receive)
