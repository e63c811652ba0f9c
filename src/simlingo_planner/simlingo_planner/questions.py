# SPDX-License-Identifier: Apache-2.0
"""Open questions: each gets an answer or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

from simlingo_core.errors import SimlingoError
from simlingo_core.protocols import LanguagePolicy, Policy, capabilities_of, check_instruction
from simlingo_core.types import Answer, Commentary, Instruction, Observation
from simlingo_model.language_loop import Question

NOT_TRAINED = 'this model was not trained to answer questions'


@dataclass(frozen=True)
class Now:
    """The time of a call.

    Attributes:
        t_s: simulation time.
        wall_s: wall time, for limits that hold while simulation time stands.
    """

    t_s: float
    wall_s: float


@dataclass
class PendingAnswer:
    """A question that somebody waits for; awaited by the service, filled by the language loop."""

    instruction: Instruction
    image_t_s: float
    asked_s: float
    answer: Answer | None = None

    def __await__(self) -> Generator[None, None, Answer]:
        while self.answer is None:
            yield  # the executor asks again after whatever else it does
        return self.answer


class OpenQuestions:
    """Hands questions to the language loop and gives up those that nobody can answer.

    Args:
        policy: is to answer.
        limit_s: a question is given up after so long, wall time.
        most: further questions are refused while so many are open.
        on_end: called with the id, the answer and the time of each question that has ended.
    """

    def __init__(
        self,
        policy: Policy,
        limit_s: float,
        most: int,
        on_end: Callable[[str, Answer, float], None],
    ) -> None:
        self._policy = policy
        self._limit_s, self._most = limit_s, most
        self._on_end = on_end
        self._open: dict[str, PendingAnswer] = {}

    def ask(
        self,
        instruction: Instruction,
        observation: Observation | None,
        now: Now,
        hand_over: Callable[[Question], None] | None,
    ) -> PendingAnswer:
        """Take a question about the newest image.

        Args:
            instruction: of kind ASK, with an id.
            observation: the newest; None: none has come yet.
            now: of the call.
            hand_over: takes it to the language loop; None: there is none.
        """
        image_t_s = 0.0 if observation is None else observation.t_s
        pending = PendingAnswer(instruction, image_t_s, now.wall_s)
        reason = self._refusal(instruction, observation, hand_over is not None)
        self._open[instruction.id] = pending
        if reason or observation is None or hand_over is None:
            self.give_up(instruction.id, reason, now)
        else:
            question = Question(id=instruction.id, text=instruction.text, observation=observation)
            hand_over(question)
        return pending

    def take_answer(self, key: str, words: Commentary, now: Now) -> None:
        """Take the text of an answer so far; the complete text is the answer."""
        if not words.is_growing:
            self._end(key, Answer(text=words.text, image_t_s=words.t_s), now)

    def give_up(self, key: str, reason: str, now: Now) -> None:
        """End a question without an answer."""
        pending = self._open.get(key)
        if pending is not None:
            answer = Answer(text=reason, image_t_s=pending.image_t_s, is_success=False)
            self._end(key, answer, now)

    def give_up_late(self, now: Now) -> None:
        """End the questions that nobody has answered in time."""
        for key, pending in list(self._open.items()):
            if now.wall_s - pending.asked_s > self._limit_s:
                self.give_up(key, f'no answer within {self._limit_s:g} s', now)

    def give_up_all(self, reason: str, now: Now) -> None:
        """End all questions without an answer."""
        for key in list(self._open):
            self.give_up(key, reason, now)

    def _refusal(
        self, instruction: Instruction, observation: Observation | None, is_speaking: bool
    ) -> str:
        """Return why a question cannot be answered; empty: it can."""
        if not isinstance(self._policy, LanguagePolicy):
            return f'{self._policy.name} does not speak'
        if not capabilities_of(self._policy).answers:
            return NOT_TRAINED
        if not is_speaking:
            return 'the planner is not active'
        if observation is None:
            return 'no observation has come yet'
        if len(self._open) >= self._most:
            return f'{self._most} questions are open already; ask again later'
        try:
            check_instruction(self._policy, instruction)
        except SimlingoError as error:
            return str(error)
        return ''

    def _end(self, key: str, answer: Answer, now: Now) -> None:
        pending = self._open.pop(key, None)
        if pending is not None:
            pending.answer = answer
            self._on_end(key, answer, now.t_s)
