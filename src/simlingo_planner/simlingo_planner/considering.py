# SPDX-License-Identifier: Apache-2.0
"""What the car would do under an instruction: plans that are made and never driven."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace

from simlingo_core.errors import SimlingoError
from simlingo_core.types import DrivingPlan, Instruction, Observation
from simlingo_planner.arbiter import InstructionArbiter
from simlingo_planner.instruction_progress import InstructionProgress
from simlingo_planner.planning import Job, Outcome

MOST_OPEN = 3
HandOver = Callable[[Job, Callable[['Outcome | Exception'], None]], None]


@dataclass(frozen=True, kw_only=True)
class Consideration:
    """What came of an instruction that was only considered.

    Attributes:
        plan: that it would lead to; None: there is none.
        reason: what it was understood as, or why there is no plan.
        reply: of the model.
    """

    plan: DrivingPlan | None
    reason: str
    reply: str = ''


@dataclass
class PendingConsideration:
    """Awaited by the service that asked; filled by the planning thread's owner."""

    end: Consideration | None = None

    def __await__(self) -> Generator[None, None, Consideration]:
        while self.end is None:
            yield  # the executor asks again after whatever else it does
        return self.end


class OpenConsiderations:
    """Judges instructions as the arbiter would, and has plans made when no other plan waits.

    Args:
        arbiter: whose judgement counts; its instructions are not touched.
    """

    def __init__(self, arbiter: InstructionArbiter) -> None:
        self._arbiter = arbiter
        self._open: list[PendingConsideration] = []
        self.hand_over: HandOver | None = None
        """Takes jobs to the planning thread; None: it does not run."""

    def consider(
        self, instruction: Instruction, observation: Observation | None
    ) -> PendingConsideration:
        """Begin to consider an instruction from the newest observation."""
        pending = PendingConsideration()
        t_s = 0.0 if observation is None else observation.t_s
        prompt, asked, problem = self._arbiter.judge(instruction, t_s)
        if observation is None or self.hand_over is None:
            problem = 'no observation has come yet'
        elif not problem and len(self._open) >= MOST_OPEN:
            problem = f'{MOST_OPEN} instructions are being considered already; try again'
        if problem or prompt is None or observation is None or self.hand_over is None:
            pending.end = Consideration(plan=None, reason=problem)
            return pending
        words = (
            asked.kind.value.replace('_', ' ') if asked.kind is not None else f'"{prompt.text}"'
        )
        cap_mps = InstructionProgress(asked, observation, None).max_speed_mps
        job = Job(observation=_apart(observation), instruction=prompt, max_speed_mps=cap_mps)
        self._open.append(pending)

        def finish(outcome: Outcome | Exception) -> None:
            if pending in self._open:
                self._open.remove(pending)
                pending.end = _consideration(outcome, f'understood as {words}')

        self.hand_over(job, finish)
        return pending

    def close(self, reason: str) -> None:
        """End all that is open without a plan."""
        self.hand_over = None
        for pending in self._open:
            pending.end = Consideration(plan=None, reason=reason)
        self._open.clear()


def _apart(observation: Observation) -> Observation:
    """Return the same observation as another frame.

    A policy keeps what it has computed for a frame, for the commentary that follows; a byte
    behind the end of a JPEG changes nothing in the image and keeps the two apart.
    """
    return replace(observation, image_jpeg=observation.image_jpeg + b'\0')


def _consideration(outcome: Outcome | Exception, words: str) -> Consideration:
    if isinstance(outcome, SimlingoError):
        return Consideration(plan=None, reason=str(outcome))
    if isinstance(outcome, Exception):
        raise outcome
    if outcome.error is not None:
        return Consideration(plan=None, reason=str(outcome.error))
    if outcome.plan.stop_reason:
        return Consideration(plan=None, reason=f'the car must stop: {outcome.plan.stop_reason}')
    return Consideration(plan=outcome.plan, reason=words, reply=outcome.reply)
