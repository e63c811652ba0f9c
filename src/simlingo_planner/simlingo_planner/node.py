# SPDX-License-Identifier: Apache-2.0
"""Observation and instruction in; plan, commentary, answers and the fate of instructions out."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from rclpy.action.server import ActionServer, CancelResponse, GoalResponse
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup, ReentrantCallbackGroup

from simlingo_core.errors import BackendError, ContractError, SimlingoError
from simlingo_core.instruction_ids import make_instruction_id
from simlingo_core.plan_buffer import PlanBuffer, tick_of
from simlingo_core.protocols import LanguagePolicy, Policy
from simlingo_core.status import InstructionState, InstructionStatus
from simlingo_core.types import Commentary, Instruction, InstructionKind, Observation
from simlingo_model.language_loop import LanguageCallbacks, LanguageLoop, Question
from simlingo_msgs.action import FollowInstruction
from simlingo_msgs.msg import Instruction as InstructionMessage
from simlingo_msgs.msg import Observation as ObservationMessage
from simlingo_msgs.srv import Ask
from simlingo_planner.arbiter import InstructionArbiter
from simlingo_planner.node_config import PlannerNodeConfig
from simlingo_planner.pending import PendingAnswer, RunningGoal
from simlingo_planner.plan_worker import Job, Outcome, PlanWorker
from simlingo_planner.policies import load_policy
from simlingo_planner.warm_up import warm_up
from simlingo_ros import interfaces
from simlingo_ros.conversions.driving import message_to_observation, plan_to_message
from simlingo_ros.conversions.language import (
    Answer,
    ask_to_instruction,
    commentary_to_message,
    fill_answer,
    goal_to_instruction,
    instruction_status_to_message,
    message_to_instruction,
    status_to_result,
)
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.monitors import Level
from simlingo_ros.spin import run_node

PLANNING = 'planning'
LANGUAGE = 'language'
INSTRUCTION_LINE = 'instruction'
WATCH_PERIOD_S = 0.25
ENDS = frozenset({InstructionState.REJECTED, InstructionState.DONE, InstructionState.CANCELLED})


class PlannerNode(StackNode[PlannerNodeConfig]):
    """Hosts a policy.

    A thread makes the plans and another one speaks; both hand their results to the executor's
    thread, the only one that touches the state of this node.  In real time the newest observation
    counts, in lockstep each is planned on, and one that comes again is answered by its plan again.
    """

    def __init__(self) -> None:
        super().__init__('planner', PlannerNodeConfig)

    # ---- lifecycle ---------------------------------------------------------------------------

    def configure(self) -> None:
        """Load the policy and let it plan once, create all endpoints."""
        config = self.config
        self._policy: Policy = load_policy(config)
        began_s = time.monotonic()
        warm_up(self._policy, config.warm_up_plans)
        self.get_logger().info(
            f'{self._policy.name} is warm after {time.monotonic() - began_s:.2f} s'
        )
        self._arbiter = InstructionArbiter(config.instruction_duration_s)
        self._observation: Observation | None = None
        self._plans = PlanBuffer()
        self._questions: dict[str, PendingAnswer] = {}
        self._goals: dict[str, RunningGoal] = {}
        self._said = ''
        self._todo: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._wake = self.create_guard_condition(self._work_off)
        self._own_entities.append(lambda: self._drop(self.destroy_guard_condition, self._wake))
        queued = interfaces.BRIDGE if config.lockstep else interfaces.NEWEST
        self._plan_out = self.advertise(interfaces.PLAN, qos=queued)
        self._commentary_out = self.advertise(interfaces.COMMENTARY)
        self._status_out = self.advertise(interfaces.INSTRUCTION_STATUS)
        self.listen(
            interfaces.OBSERVATION, self._on_observation, qos=queued, watch=not config.lockstep
        )
        self.listen(interfaces.INSTRUCTION, self._on_instruction)
        self._serve()
        self.every(WATCH_PERIOD_S, self._watch, is_wall_time=True)

    def _serve(self) -> None:
        """Offer the question as a service and the instruction as an action."""
        # A group of its own: an answer that is waited for would hold up everything else.
        service = self.create_service(
            Ask,
            interfaces.ASK.resolve(),
            self._on_ask,
            callback_group=MutuallyExclusiveCallbackGroup(),
        )
        self._own_entities.append(lambda: self._drop(self.destroy_service, service))
        server = ActionServer(
            self,
            FollowInstruction,
            interfaces.FOLLOW_INSTRUCTION.resolve(),
            self._follow,
            callback_group=ReentrantCallbackGroup(),
            goal_callback=self._judge_goal,
            cancel_callback=self._cancel_goal,
        )
        self._own_entities.append(server.destroy)

    def activate(self) -> None:
        """Begin to plan and to speak."""
        self._worker = PlanWorker(
            self._policy,
            lambda outcome: self._later(partial(self._on_outcome, outcome)),
            keeps_all=self.config.lockstep,
        )
        self._worker.start()
        self._language: LanguageLoop | None = None
        if isinstance(self._policy, LanguagePolicy):
            callbacks = LanguageCallbacks(
                on_commentary=lambda said: self._later(partial(self._on_commentary, said)),
                on_answer=lambda key, said: self._later(partial(self._on_answer, key, said)),
                on_error=lambda key, error: self._later(partial(self._on_silence, key, error)),
            )
            self._language = LanguageLoop(self._policy, callbacks, comments=self.config.speaks)
            self._language.start()
        self.diagnostics.report(
            PLANNING, Level.WARN, f'{self._policy.name} waits for the first observation'
        )

    def deactivate(self) -> None:
        """Stop both threads; no plan is made any more."""
        self._worker.close()
        self._policy.reset()  # ends running language within one token
        if self._language is not None:
            self._language.close()
        for key in list(self._questions):
            self._give_up(key, 'the planner has been stopped')

    # ---- between threads ---------------------------------------------------------------------

    def _later(self, call: Callable[[], None]) -> None:
        """Have the executor's thread make a call; for the other threads."""
        self._todo.put(call)
        self._wake.trigger()

    def _work_off(self) -> None:
        while self.is_active:
            try:
                call = self._todo.get_nowait()
            except queue.Empty:
                return
            call()

    # ---- the action loop ---------------------------------------------------------------------

    def _on_observation(self, message: ObservationMessage) -> None:
        observation = message_to_observation(message)
        tick = tick_of(observation.t_s)
        if self.config.lockstep and self._plans.is_expected(tick):
            plan = self._plans.plan_of(tick)
            if plan is not None:
                self._plan_out.publish(plan_to_message(plan))
            return
        last = self._observation
        is_new_episode = last is not None and observation.t_s < last.t_s
        if is_new_episode:
            self._plans.clear()
            self._tell(self._arbiter.begin_new_episode(observation.t_s))
        self._observation = observation
        self._tell(self._arbiter.observe(observation))
        self._plans.expect(tick)
        self._worker.submit(
            Job(
                observation=observation,
                instruction=self._arbiter.told,
                is_new_episode=is_new_episode,
            )
        )

    def _on_outcome(self, outcome: Outcome) -> None:
        if outcome.crash is not None:
            self.fatal_error = outcome.crash
            return
        self.run_guarded(PLANNING, self._publish_plan, outcome)

    def _publish_plan(self, outcome: Outcome) -> None:
        observation = outcome.job.observation
        if outcome.plan is None:
            # In lockstep the frame stays without a plan, so that the number of tries does not
            # depend on the speed of the machine.
            raise outcome.error or BackendError('the policy made no plan and gave no reason')
        if self._plans.is_expected(tick_of(observation.t_s)):
            self._plans.add(outcome.plan)
        self._plan_out.publish(plan_to_message(outcome.plan))
        self._arbiter.note_path(outcome.plan)
        self._tell(
            self._arbiter.note_plan(outcome.plan.instruction_id, observation.t_s, outcome.reply)
        )
        plan = outcome.plan
        values = {
            'policy': plan.policy,
            'inference_time_s': f'{plan.inference_time_s:.4f}',
            'target_speed_mps': f'{plan.target_speed_mps:.2f}',
            'instruction_id': plan.instruction_id,
        }
        self.diagnostics.report(PLANNING, Level.OK, f'{plan.policy} plans', values)
        if self._language is not None and self.config.speaks:
            # After the plan, so that the words continue what the plan has read already.
            self._language.offer(observation)

    # ---- instructions ------------------------------------------------------------------------

    def _on_instruction(self, message: InstructionMessage) -> None:
        try:
            instruction = self._arbiter.name(message_to_instruction(message))
        except SimlingoError as error:
            self._tell([self._status(message.id, InstructionState.REJECTED, str(error))])
            raise
        if instruction.kind is InstructionKind.ASK:
            self._take_question(instruction)
        else:
            self._tell(self._arbiter.submit(instruction, self._now_s()))

    def _take_question(self, instruction: Instruction) -> None:
        """Answer a question that came as an instruction."""
        self._tell([self._status(instruction.id, InstructionState.RECEIVED)])
        if not self._arbiter.claim(instruction.id):
            reason = f'the id {instruction.id!r} has been used before; choose another'
            self._tell([self._status(instruction.id, InstructionState.REJECTED, reason)])
            return
        self._ask(instruction)

    def _tell(self, statuses: Sequence[InstructionStatus]) -> None:
        """Publish what became of instructions."""
        for status in statuses:
            if status.state in ENDS and (goal := self._goals.pop(status.id, None)) is not None:
                goal.end = status
            self._status_out.publish(instruction_status_to_message(status))
            text = f'{status.id}: {status.state.name.lower()}'
            text += f', {status.reason}' if status.reason else ''
            level = Level.WARN if status.state is InstructionState.REJECTED else Level.OK
            self.diagnostics.report(INSTRUCTION_LINE, level, text)
            self.get_logger().info(f'instruction {text}')

    def _judge_goal(self, goal: FollowInstruction.Goal) -> GoalResponse:
        try:
            goal_to_instruction(goal, 'goal', 0.0)
        except SimlingoError as error:
            self.get_logger().warn(f'goal refused: {error}')
            return GoalResponse.REJECT
        return GoalResponse.ACCEPT if self.is_active else GoalResponse.REJECT

    async def _follow(self, handle: Any) -> FollowInstruction.Result:
        """Drive by an instruction until it has ended."""
        key, now_s = make_instruction_id('goal'), self._now_s()
        instruction, duration_s = goal_to_instruction(handle.request, key, now_s)
        goal = RunningGoal(handle, instruction)
        self._goals[key] = goal
        self._tell(self._arbiter.submit(instruction, now_s, duration_s))
        end = await goal
        if handle.is_cancel_requested:
            handle.canceled()
        elif end.state is InstructionState.DONE:
            handle.succeed()
        else:
            handle.abort()
        return status_to_result(end)

    def _cancel_goal(self, handle: Any) -> CancelResponse:
        for key, goal in list(self._goals.items()):
            if goal.handle.goal_id == handle.goal_id:
                cancel = Instruction(id=key, text='', kind=InstructionKind.CANCEL)
                self._tell(self._arbiter.submit(cancel, self._now_s()))
                return CancelResponse.ACCEPT
        return CancelResponse.REJECT

    def _status(
        self, instruction_id: str, state: InstructionState, reason: str = '', reply: str = ''
    ) -> InstructionStatus:
        return InstructionStatus(
            t_s=self._now_s(), id=instruction_id, state=state, reason=reason, spoken_reply=reply
        )

    def _now_s(self) -> float:
        """Return the time of the newest observation, else the clock's."""
        if self._observation is not None:
            return self._observation.t_s
        return self.get_clock().now().nanoseconds / 1e9

    # ---- language ----------------------------------------------------------------------------

    async def _on_ask(self, request: Ask.Request, response: Ask.Response) -> Ask.Response:
        """Answer a question about the newest image, while the car goes on driving."""
        try:
            instruction = ask_to_instruction(request, make_instruction_id('ask'), 0.0)
        except ContractError as error:
            return fill_answer(response, Answer(text=str(error), image_t_s=0.0, is_success=False))
        pending = self._ask(instruction)
        return fill_answer(response, await pending)

    def _ask(self, instruction: Instruction) -> PendingAnswer:
        """Hand a question to the language loop; where there is none, give it up at once."""
        observation = self._observation
        image_t_s = 0.0 if observation is None else observation.t_s
        pending = PendingAnswer(instruction, image_t_s, time.monotonic())
        self._questions[instruction.id] = pending
        if not self.is_active:
            self._give_up(instruction.id, 'the planner is not active')
        elif self._language is None:
            self._give_up(instruction.id, f'the policy {self._policy.name} does not speak')
        elif observation is None:
            self._give_up(instruction.id, 'no observation has come yet')
        else:
            self._language.ask(
                Question(id=instruction.id, text=instruction.text, observation=observation)
            )
        return pending

    def _on_commentary(self, said: Commentary) -> None:
        self._said = said.text
        self._commentary_out.publish(commentary_to_message(said))
        self.diagnostics.report(LANGUAGE, Level.OK, 'speaks')

    def _on_answer(self, key: str, said: Commentary) -> None:
        if said.is_growing or (pending := self._questions.pop(key, None)) is None:
            return
        pending.finish(Answer(text=said.text, image_t_s=said.t_s))
        self._tell([self._status(key, InstructionState.DONE, 'answered', said.text)])

    def _on_silence(self, key: str, error: SimlingoError) -> None:
        """Language has failed; the driving goes on."""
        self.diagnostics.report(LANGUAGE, Level.WARN, str(error))
        self.get_logger().warn(f'language: {error}', throttle_duration_sec=1.0)
        if key:
            self._give_up(key, str(error))

    def _give_up(self, key: str, reason: str) -> None:
        if (pending := self._questions.pop(key, None)) is not None:
            pending.finish(Answer(text=reason, image_t_s=pending.image_t_s, is_success=False))
            self._tell([self._status(key, InstructionState.REJECTED, reason)])

    def _watch(self) -> None:
        """Tell how running goals go on; give up questions nobody has answered in time."""
        for key, goal in self._goals.items():
            goal.handle.publish_feedback(
                FollowInstruction.Feedback(
                    instruction_id=key,
                    commentary=self._said,
                    elapsed=self._arbiter.elapsed_s(self._now_s()),
                    speed=0.0 if self._observation is None else self._observation.speed_mps,
                )
            )
        limit_s = self.config.answer_limit_s
        for key, pending in list(self._questions.items()):
            if time.monotonic() - pending.asked_s > limit_s:
                self._give_up(key, f'no answer within {limit_s:g} s')


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run_node(PlannerNode, args)
