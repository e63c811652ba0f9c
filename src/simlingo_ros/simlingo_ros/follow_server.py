# SPDX-License-Identifier: Apache-2.0
"""The action ``follow_instruction``: goals in, feedback and results out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from rclpy.action.server import ActionServer, CancelResponse, GoalResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node

from simlingo_core.errors import SimlingoError
from simlingo_core.instruction_ids import make_instruction_id
from simlingo_core.status import InstructionState, InstructionStatus
from simlingo_core.types import Instruction
from simlingo_msgs.action import FollowInstruction
from simlingo_ros import interfaces
from simlingo_ros.conversions.language import goal_to_instruction, status_to_result


class InstructionFollower(Protocol):
    """Who drives by the instructions of goals."""

    def may_follow(self) -> bool:
        """Tell whether goals are taken now."""
        ...

    def follow(self, instruction: Instruction, duration_s: float) -> Awaitable[InstructionStatus]:
        """Begin to drive by an instruction; its end can be awaited."""
        ...

    def cancel(self, instruction_id: str) -> None:
        """Cancel an instruction that is being followed."""
        ...


class FollowServer:
    """Serves the action; a goal that waits holds up nothing.

    Args:
        node: offers the action.
        follower: drives by the instructions.
        now_s: simulation time.
    """

    def __init__(
        self, node: Node, follower: InstructionFollower, now_s: Callable[[], float]
    ) -> None:
        self._node, self._follower, self._now_s = node, follower, now_s
        self._handles: dict[str, Any] = {}
        self._server = ActionServer(
            node,
            FollowInstruction,
            interfaces.FOLLOW_INSTRUCTION.resolve(),
            self._execute,
            callback_group=ReentrantCallbackGroup(),
            goal_callback=self._judge,
            cancel_callback=self._cancel,
        )

    def destroy(self) -> None:
        """Remove the action."""
        self._server.destroy()

    def publish_feedback(self, commentary: str, elapsed_s: float, speed_mps: float) -> None:
        """Publish to every goal how it goes on.

        Args:
            commentary: newest words of the model.
            elapsed_s: since the instruction came into force.
            speed_mps: of the car.
        """
        for key, handle in self._handles.items():
            handle.publish_feedback(
                FollowInstruction.Feedback(
                    instruction_id=key, commentary=commentary, elapsed=elapsed_s, speed=speed_mps
                )
            )

    def _judge(self, goal: FollowInstruction.Goal) -> GoalResponse:
        try:
            goal_to_instruction(goal, 'goal', 0.0)
        except SimlingoError as error:
            self._node.get_logger().warn(f'goal refused: {error}')
            return GoalResponse.REJECT
        return GoalResponse.ACCEPT if self._follower.may_follow() else GoalResponse.REJECT

    async def _execute(self, handle: Any) -> FollowInstruction.Result:
        key = make_instruction_id('goal')
        instruction, duration_s = goal_to_instruction(handle.request, key, self._now_s())
        self._handles[key] = handle
        end = await self._follower.follow(instruction, duration_s)
        del self._handles[key]
        if handle.is_cancel_requested:
            handle.canceled()
        elif end.state is InstructionState.DONE:
            handle.succeed()
        else:
            handle.abort()
        return status_to_result(end)

    def _cancel(self, handle: Any) -> CancelResponse:
        for key, running in self._handles.items():
            if running.goal_id == handle.goal_id:
                self._follower.cancel(key)
                return CancelResponse.ACCEPT
        return CancelResponse.REJECT
