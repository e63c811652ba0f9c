# SPDX-License-Identifier: Apache-2.0
"""Observation, instruction and question in; plan, commentary, answer and status out."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Sequence

from simlingo_core.errors import SimlingoError
from simlingo_core.protocols import Policy
from simlingo_core.status import InstructionState, InstructionStatus
from simlingo_core.types import Commentary, DrivingPlan, Instruction
from simlingo_msgs.msg import Instruction as InstructionMessage
from simlingo_msgs.msg import Observation as ObservationMessage
from simlingo_planner.config import PlannerNodeConfig
from simlingo_planner.instruction_statuses import status_text
from simlingo_planner.planning import Job, Outcome
from simlingo_planner.policies import load_policy
from simlingo_planner.policy_threads import PolicyCallbacks, PolicyThreads
from simlingo_planner.questions import Now
from simlingo_planner.session import PlannerSession
from simlingo_planner.warm_up import warm_up
from simlingo_ros import interfaces
from simlingo_ros.call_queue import CallQueue
from simlingo_ros.conversions.driving import message_to_observation, plan_to_message
from simlingo_ros.conversions.language import (
    commentary_to_message,
    instruction_status_to_message,
    message_to_instruction,
)
from simlingo_ros.follow_server import FollowServer
from simlingo_ros.language_services import answer_considerations, answer_questions
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.monitors import Level
from simlingo_ros.route_requests import RouteRequests
from simlingo_ros.spin import run_node

PLANNING, LANGUAGE, INSTRUCTION, WORDS = 'planning', 'language', 'instruction', 'says and does'
WATCH_PERIOD_S, FINISHING_S = 0.25, 0.3
# Many questions may come at once; each is answered or refused, none is dropped on the way.
ASK_DEPTH = 200
_BAD_ENDS = (InstructionState.REJECTED, InstructionState.NOT_FOLLOWED)


class PlannerNode(StackNode[PlannerNodeConfig]):
    """Hosts a policy: threads plan and speak, the session decides, this class talks to ROS.

    Only the executor's thread touches the session.
    """

    def __init__(self) -> None:
        super().__init__('planner', PlannerNodeConfig)
        self.finishing_s = FINISHING_S

    # ---- lifecycle ---------------------------------------------------------------------------

    def configure(self) -> None:
        """Load the policy and let it plan once, create all endpoints."""
        config = self.config
        self._policy: Policy = load_policy(config)
        took_s = warm_up(self._policy, config.warm_up_plans)
        self.get_logger().info(f'{self._policy.name} is warm after {took_s:.2f} s')
        self._session = PlannerSession(self._policy, config, self._publish_status)
        self._commentary = ''
        self._calls = CallQueue(self, lambda: self.is_active)
        self._own_entities.append(self._calls.destroy)
        queued = interfaces.BRIDGE if config.lockstep else interfaces.NEWEST
        self._plan_out = self.advertise(interfaces.PLAN, qos=queued)
        self._commentary_out = self.advertise(interfaces.COMMENTARY)
        self._status_out = self.advertise(interfaces.INSTRUCTION_STATUS)
        self.listen(
            interfaces.OBSERVATION, self._on_observation, qos=queued, watch=not config.lockstep
        )
        self.listen(interfaces.INSTRUCTION, self._on_instruction)
        routes = RouteRequests(
            self, lambda answer: self._session.take_route_answer(answer, self._now())
        )
        self._session.find_navigator = lambda: routes.ask
        self._session.publish_urgently = lambda plan: self._plan_out.publish(plan_to_message(plan))
        ask = answer_questions(lambda question: self._session.ask(question, self._now()))
        self.serve(interfaces.ASK, ask, depth=ASK_DEPTH)
        self.serve(interfaces.CONSIDER, answer_considerations(self._session.consider))
        self._goals = FollowServer(self, self, lambda: self._now().t_s)
        self._own_entities.append(self._goals.destroy)
        self.every(WATCH_PERIOD_S, self._watch, is_wall_time=True)

    def activate(self) -> None:
        """Begin to plan and to speak."""
        callbacks = PolicyCallbacks(
            call_later=self._calls.call_later,
            on_outcome=self._on_outcome,
            on_commentary=self._on_commentary,
            on_answer=lambda key, text: self._session.take_answer(key, text, self._now()),
            on_language_error=self._on_language_error,
        )
        self._threads = PolicyThreads(self._policy, self.config, callbacks)
        self._session.hand_over = self._threads.ask
        self._session.considerations.hand_over = self._threads.consider
        self._threads.start()
        self.diagnostics.report(PLANNING, Level.WARN, 'waits for the first observation')

    def deactivate(self) -> None:
        """End both threads, and every instruction, goal and question."""
        self._threads.close()
        self._session.close(self._now())

    # ---- plans -------------------------------------------------------------------------------

    def _on_observation(self, message: ObservationMessage) -> None:
        work = self._session.take_observation(message_to_observation(message))
        if isinstance(work, DrivingPlan):
            self._plan_out.publish(plan_to_message(work))
        elif isinstance(work, Job):
            self._threads.plan(work)

    def _on_outcome(self, outcome: Outcome | Exception) -> None:
        if isinstance(outcome, Exception):
            self.fatal_error = outcome
        else:
            self.run_guarded(PLANNING, self._publish_plan, outcome)

    def _publish_plan(self, outcome: Outcome) -> None:
        plan = self._session.take_outcome(outcome)
        self._plan_out.publish(plan_to_message(plan))
        self._session.finish(outcome)
        if outcome.error is not None:
            raise outcome.error
        if plan.stop_reason:
            text = f'the car must stop: {plan.stop_reason}'
            self.diagnostics.report(PLANNING, Level.WARN, text, outcome.values)
            return
        self.diagnostics.report(PLANNING, Level.OK, f'{plan.policy} plans', outcome.values)
        # After the plan, so that the text continues what the plan has read already.
        self._threads.comment(outcome.job.observation)

    # ---- instructions ------------------------------------------------------------------------

    def _on_instruction(self, message: InstructionMessage) -> None:
        try:
            instruction = message_to_instruction(message)
        except SimlingoError as error:
            self._session.reject(message.id, str(error), self._now().t_s)
            raise
        self._session.take_instruction(instruction, self._now())

    def _publish_status(self, status: InstructionStatus) -> None:
        self._status_out.publish(instruction_status_to_message(status))
        text = status_text(status)
        level = Level.WARN if status.state in _BAD_ENDS else Level.OK
        self.diagnostics.report(INSTRUCTION, level, text)
        self.get_logger().info(f'instruction {text}')

    def may_follow(self) -> bool:
        """Tell whether goals are taken: while the node is active."""
        return self.is_active

    def follow(self, instruction: Instruction, duration_s: float) -> Awaitable[InstructionStatus]:
        """Take the instruction of a goal."""
        return self._session.follow(instruction, self._now().t_s, duration_s)

    def cancel(self, instruction_id: str) -> None:
        """Cancel the instruction of a goal."""
        self._session.cancel(instruction_id, self._now().t_s)

    # ---- language ----------------------------------------------------------------------------

    def _on_commentary(self, commentary: Commentary) -> None:
        self._commentary = commentary.text
        self._commentary_out.publish(commentary_to_message(commentary))
        self.diagnostics.report(LANGUAGE, Level.OK, 'speaks')
        if (check := self._session.take_commentary(commentary)) is not None:
            level = Level.WARN if check.mismatches else Level.OK
            self.diagnostics.report(WORDS, level, check.explanation, self._session.words_values)

    def _on_language_error(self, key: str, error: SimlingoError) -> None:
        """Language has failed; the driving goes on."""
        self.diagnostics.report(LANGUAGE, Level.WARN, str(error))
        self.get_logger().warn(f'language: {error}', throttle_duration_sec=1.0)
        if key:
            self._session.give_up(key, str(error), self._now())

    def _now(self) -> Now:
        clock_s = self.get_clock().now().nanoseconds / 1e9
        return Now(self._session.newest_t_s(clock_s), time.monotonic())

    def _watch(self) -> None:
        """Report how running goals go on; give up questions that nobody has answered in time."""
        now, observation = self._now(), self._session.observation
        speed_mps = 0.0 if observation is None else observation.speed_mps
        elapsed_s = self._session.elapsed_s(now.t_s)
        self._goals.publish_feedback(self._commentary, elapsed_s, speed_mps)
        self._session.watch(now)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run_node(PlannerNode, args)
