# SPDX-License-Identifier: Apache-2.0
"""What the planner node does with each message, without ROS, threads and clocks.

The node converts messages, runs the two threads and publishes what this class hands out.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass

from simlingo_core.baselines import stop_plan
from simlingo_core.plan_buffer import PlanBuffer, tick_of
from simlingo_core.protocols import Policy
from simlingo_core.status import InstructionState, InstructionStatus
from simlingo_core.types import (
    Answer,
    Commentary,
    DrivingPlan,
    Instruction,
    InstructionKind,
    Observation,
)
from simlingo_model.language_loop import Question
from simlingo_planner.arbiter import TurnRequest
from simlingo_planner.config import PlannerNodeConfig
from simlingo_planner.considering import OpenConsiderations, PendingConsideration
from simlingo_planner.core import PlannerCore
from simlingo_planner.instruction_statuses import make_status
from simlingo_planner.planning import EMERGENCY_STOP, Job, Outcome
from simlingo_planner.questions import Now, OpenQuestions, PendingAnswer
from simlingo_planner.says_and_does import WordsCheck

ENDS = frozenset(
    {
        InstructionState.REJECTED,
        InstructionState.DONE,
        InstructionState.CANCELLED,
        InstructionState.NOT_FOLLOWED,
    }
)


@dataclass
class Goal:
    """An instruction given as an action; awaited until it has ended.

    Attributes:
        end: how it ended; None: it has not.
    """

    end: InstructionStatus | None = None

    def __await__(self) -> Generator[None, None, InstructionStatus]:
        while self.end is None:
            yield  # the executor asks again after whatever else it does
        return self.end


class PlannerSession:
    """Plans, instructions, goals and questions of one planner.

    Args:
        policy: makes the plans and answers.
        config: of the planner.
        publish_status: publishes what has become of an instruction or question.

    Attributes:
        observation: the newest.
        find_navigator: finds who plans the route anew for a turn; None: nobody can.
        publish_urgently: publishes a plan that waits for no model.
    """

    def __init__(
        self,
        policy: Policy,
        config: PlannerNodeConfig,
        publish_status: Callable[[InstructionStatus], None],
    ) -> None:
        self._core = PlannerCore(policy, config)
        self._lockstep = config.lockstep
        self._publish_status = publish_status
        self._plans = PlanBuffer()
        self._questions = OpenQuestions(
            policy, config.answer_limit_s, config.open_questions_limit, self._end_question
        )
        self.considerations = OpenConsiderations(self._core.arbiter)
        self.hand_over: Callable[[Question], None] | None = None
        """Takes questions to the language loop; None: it does not run."""
        self.observation: Observation | None = None
        self._policy_name = policy.name
        self.find_navigator: Callable[[], TurnRequest | None] = lambda: None
        self.publish_urgently: Callable[[DrivingPlan], None] = lambda _: None
        self._goals: dict[str, Goal] = {}

    def newest_t_s(self, clock_s: float) -> float:
        """Return the time of the newest observation; before the first, that of the clock."""
        return clock_s if self.observation is None else self.observation.t_s

    # ---- plans -------------------------------------------------------------------------------

    def take_observation(self, observation: Observation) -> Job | DrivingPlan | None:
        """Return the plan to make of a frame.

        In lockstep a frame that comes again is answered by its plan, or by nothing while that is
        being made.
        """
        tick = tick_of(observation.t_s)
        if self._lockstep and self._plans.is_expected(tick):
            return self._plans.plan_of(tick)
        job, statuses = self._core.accept(observation)
        if job.is_new_episode:
            self._plans.clear()
        self.observation = observation
        self._tell(statuses)
        self._plans.expect(tick)
        return job

    def take_outcome(self, outcome: Outcome) -> DrivingPlan:
        """Return the plan to publish; ``finish`` then says what it means for instructions."""
        plan = outcome.plan
        if self._core.arbiter.is_emergency and not plan.stop_reason:
            # It was begun before the emergency stop came.
            plan = stop_plan(outcome.job.observation, plan.policy, EMERGENCY_STOP)
        if self._plans.is_expected(tick_of(plan.t_s)):
            self._plans.add(plan)
        return plan

    def _submit(
        self, instruction: Instruction, t_s: float, duration_s: float | None = None
    ) -> None:
        """Have the arbiter decide; an emergency stop waits for no plan.

        In lockstep, where plans come by their schedule, the next one is the stop.
        """
        self._core.arbiter.request_turn = self.find_navigator()
        self._tell(self._core.arbiter.submit(instruction, t_s, duration_s))
        is_urgent = self._core.arbiter.is_emergency and not self._lockstep
        if is_urgent and self.observation is not None:
            name = self._policy_name
            self.publish_urgently(stop_plan(self.observation, name, EMERGENCY_STOP))

    def finish(self, outcome: Outcome) -> None:
        """Take note of a plan that has been published."""
        self._tell(self._core.finish(outcome))

    def take_commentary(self, commentary: Commentary) -> WordsCheck | None:
        """Compare a commentary with the plan of its frame; None: it cannot be compared."""
        return self._core.note_commentary(commentary)

    @property
    def words_values(self) -> dict[str, str]:
        """How many texts were compared and how often they contradicted, for diagnostics."""
        return self._core.words.values

    # ---- instructions ------------------------------------------------------------------------

    def take_instruction(self, instruction: Instruction, now: Now) -> None:
        """Take an instruction, a cancel or a question that came as a message."""
        instruction = self._core.arbiter.name(instruction)
        if instruction.kind is not InstructionKind.ASK:
            self._submit(instruction, now.t_s)
            return
        self._tell([make_status(instruction.id, InstructionState.RECEIVED, now.t_s)])
        if problem := self._core.arbiter.claim(instruction.id):
            self.reject(instruction.id, problem, now.t_s)
        else:
            self.ask(instruction, now)

    def take_route_answer(self, answer: InstructionStatus, now: Now) -> None:
        """Take what came of the request to plan the route anew."""
        self._tell(self._core.arbiter.note_turn(answer, now.t_s))

    def reject(self, instruction_id: str, reason: str, t_s: float) -> None:
        """Reject what cannot be read."""
        self._tell([make_status(instruction_id, InstructionState.REJECTED, t_s, reason)])

    def follow(self, instruction: Instruction, t_s: float, duration_s: float) -> Goal:
        """Take an instruction that came as an action goal."""
        goal = self._goals[instruction.id] = Goal()
        self._submit(instruction, t_s, duration_s)
        return goal

    def cancel(self, instruction_id: str, t_s: float) -> None:
        """Cancel the instruction of a goal."""
        cancel = Instruction(id=instruction_id, text='', kind=InstructionKind.CANCEL)
        self._tell(self._core.arbiter.submit(cancel, t_s))

    def elapsed_s(self, t_s: float) -> float:
        """Return how long the active instruction has been in force."""
        return self._core.arbiter.elapsed_s(t_s)

    # ---- questions ---------------------------------------------------------------------------

    def ask(self, instruction: Instruction, now: Now) -> PendingAnswer:
        """Take a question about the newest image."""
        return self._questions.ask(instruction, self.observation, now, self.hand_over)

    def take_answer(self, key: str, words: Commentary, now: Now) -> None:
        """Take the text of an answer so far."""
        self._questions.take_answer(key, words, now)

    def give_up(self, key: str, reason: str, now: Now) -> None:
        """End a question without an answer."""
        self._questions.give_up(key, reason, now)

    def watch(self, now: Now) -> None:
        """End the questions that nobody has answered in time."""
        self._questions.give_up_late(now)

    def consider(self, instruction: Instruction) -> PendingConsideration:
        """Take an instruction that is not to be driven by."""
        return self.considerations.consider(instruction, self.observation)

    # ---- end ---------------------------------------------------------------------------------

    def close(self, now: Now) -> None:
        """End every instruction, goal and question: no plan is made any more."""
        reason = 'the planner has been stopped'
        self.hand_over = None
        self._questions.give_up_all(reason, now)
        self.considerations.close(reason)
        self._tell(self._core.arbiter.end(InstructionState.CANCELLED, reason, now.t_s))

    def _end_question(self, key: str, answer: Answer, t_s: float) -> None:
        if answer.is_success:
            status = make_status(key, InstructionState.DONE, t_s, 'answered', answer.text)
        else:
            status = make_status(key, InstructionState.REJECTED, t_s, answer.text)
        self._tell([status])

    def _tell(self, statuses: Iterable[InstructionStatus]) -> None:
        for status in statuses:
            if status.state in ENDS and (goal := self._goals.pop(status.id, None)) is not None:
                goal.end = status
            self._publish_status(status)
