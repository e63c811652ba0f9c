# SPDX-License-Identifier: Apache-2.0
"""Which instruction is active: one at a time, the newest wins, and none lasts for ever."""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simlingo_core.capabilities import PolicyCapabilities
from simlingo_core.errors import SimlingoError
from simlingo_core.instruction_ids import make_instruction_id
from simlingo_core.status import InstructionState, InstructionStatus
from simlingo_core.types import DrivingPlan, Instruction, InstructionKind, Observation, SafetyMode
from simlingo_core.understanding import Understanding, understand
from simlingo_planner.instruction_progress import InstructionProgress, plan_path_map_m

_REMEMBERED_IDS = 100
# The refusals that SimLingo was trained on begin so (upstream_spec 6.3).
_REFUSAL = re.compile(r'ignor(e|ing)\b.*\binstruction\b', re.IGNORECASE)

Check = Callable[[Instruction], None]


def _accept_all(_: Instruction) -> None:
    """Accept every instruction."""


@dataclass
class _Active:
    """The instruction in force, as it was given and as the model reads it."""

    instruction: Instruction
    prompt: Instruction
    asked: Understanding
    since_s: float
    until_s: float
    is_timed: bool = False
    is_planned: bool = False
    progress: InstructionProgress | None = None


class InstructionArbiter:
    """Takes instructions, cancels, observations and plans; says what becomes of each instruction.

    An instruction is *received*, then *accepted* (it is in force), *active* with the first plan
    made under it, and in the end *done* (the car has done it, or its time is over and nothing
    contradicts it), *not followed* (its time is over and the car has not done it), *cancelled* (by
    a person, a newer instruction or a new episode) or *rejected* (not understood, unsafe, not
    trained, too long, or refused by the model).  All times are simulation time.

    Args:
        duration_s: how long an instruction lasts; 0: until it is cancelled or replaced.
        capabilities: what the policy follows; None: everything.
        check: raises where the policy cannot read an instruction, such as a too long one.
        gives_words_as_typed: give the model the words as typed, even where the manoeuvre is known.
    """

    def __init__(
        self,
        duration_s: float = 10.0,
        *,
        capabilities: PolicyCapabilities | None = None,
        check: Check = _accept_all,
        gives_words_as_typed: bool = False,
    ) -> None:
        self._duration_s = duration_s
        self._capabilities = capabilities or PolicyCapabilities.everything()
        self._check = check
        self._gives_words_as_typed = gives_words_as_typed
        self._active: _Active | None = None
        self._known_ids: deque[str] = deque(maxlen=_REMEMBERED_IDS)
        self._lane_map_m: NDArray[np.float64] | None = None
        self._count = 0

    @property
    def active(self) -> Instruction | None:
        """The instruction in force, as it was given."""
        return None if self._active is None else self._active.instruction

    @property
    def prompted(self) -> Instruction | None:
        """The instruction to plan by now, in the wording for the model; None: plan without.

        There is none either while the car does what the active instruction asks for.
        """
        active = self._active
        if active is None:
            return None
        is_pausing = active.progress is not None and not active.progress.is_prompted
        return None if is_pausing and not active.is_timed else active.prompt

    @property
    def max_speed_mps(self) -> float:
        """Speed that the active instruction allows; inf: no limit."""
        active = self._active
        if active is None or active.progress is None:
            return math.inf
        return active.progress.max_speed_mps

    def elapsed_s(self, t_s: float) -> float:
        """Return how long the active instruction has been in force; 0: there is none."""
        return 0.0 if self._active is None else max(t_s - self._active.since_s, 0.0)

    def name(self, instruction: Instruction) -> Instruction:
        """Return the instruction with an id: its own, or a new one if it came without."""
        if instruction.id or instruction.kind is InstructionKind.CANCEL:
            return instruction
        self._count += 1
        return replace(instruction, id=make_instruction_id('planner', self._count))

    def submit(
        self, instruction: Instruction, t_s: float, duration_s: float | None = None
    ) -> list[InstructionStatus]:
        """Take an instruction to drive by, or a cancel.

        Args:
            instruction: of kind INSTRUCT or CANCEL, with an id (``name``).
            t_s: now.
            duration_s: it lasts exactly so long, whatever the car does; 0: until the car has
                done it, or it is cancelled or replaced; None: the arbiter's own.
        """
        if instruction.kind is InstructionKind.CANCEL:
            return self._cancel(instruction.id, t_s)
        statuses = [_status(instruction.id, InstructionState.RECEIVED, t_s)]
        asked = understand(instruction.text)
        prompt = instruction
        if asked.wording and not self._gives_words_as_typed:
            prompt = replace(instruction, text=asked.wording)
        problem = self._problem(instruction, prompt, asked)
        if problem:
            return [*statuses, _status(instruction.id, InstructionState.REJECTED, t_s, problem)]
        statuses += self.end(InstructionState.CANCELLED, f'replaced by {instruction.id}', t_s)
        lasts_s = self._duration_s if duration_s is None else duration_s
        self._active = _Active(
            instruction,
            prompt,
            asked,
            since_s=t_s,
            until_s=t_s + lasts_s if lasts_s > 0.0 else math.inf,
            is_timed=bool(duration_s),
        )
        reason = f'"{instruction.text}"'
        if asked.kind is not None:
            reason += f' is understood as {asked.kind.value}; the model reads "{prompt.text}"'
        return [*statuses, _status(instruction.id, InstructionState.ACCEPTED, t_s, reason)]

    def claim(self, instruction_id: str) -> str:
        """Take an id into use; return why that cannot be, empty: it can."""
        if instruction_id in self._known_ids:
            return f'the id {instruction_id!r} has been used before; choose another'
        self._known_ids.append(instruction_id)
        return ''

    def note_plan(self, plan: DrivingPlan, t_s: float, reply: str = '') -> list[InstructionStatus]:
        """Take note of a plan; the first one made under an instruction makes it active.

        Args:
            plan: that the policy made.
            t_s: now.
            reply: of the policy to the instruction; a refusal ends it.
        """
        active = self._active
        if plan.stop_reason:
            return []
        if not plan.instruction_id:
            # Where the car drives without an instruction.
            self._lane_map_m = plan_path_map_m(plan)
        if active is None or active.instruction.id != plan.instruction_id:
            return []
        if active.instruction.safety_mode is SafetyMode.REFUSE_UNSAFE and _REFUSAL.match(reply):
            reason = f'refused by the model: {reply}'
            return self.end(InstructionState.REJECTED, reason, t_s, reply=reply)
        if active.is_planned:
            return []
        active.is_planned = True
        words = f'"{active.instruction.text}"'
        return [_status(plan.instruction_id, InstructionState.ACTIVE, t_s, words, reply)]

    def observe(self, observation: Observation) -> list[InstructionStatus]:
        """End the instruction which the car has done or whose time is over."""
        active = self._active
        if active is None:
            return []
        if active.progress is None:
            active.progress = InstructionProgress(active.asked, observation, self._lane_map_m)
        active.progress.update(observation)
        if active.progress.fulfilled and not active.is_timed:
            return self.end(InstructionState.DONE, active.progress.fulfilled, observation.t_s)
        return self.expire(observation.t_s)

    def expire(self, t_s: float) -> list[InstructionStatus]:
        """End the instruction whose time is over, by what the car has done."""
        active = self._active
        if active is None or t_s < active.until_s:
            return []
        progress = active.progress
        is_done, measured = (True, '') if progress is None else progress.verdict()
        state = InstructionState.DONE if is_done else InstructionState.NOT_FOLLOWED
        reason = f'its {active.until_s - active.since_s:g} s are over'
        return self.end(state, f'{reason}; {measured}' if measured else reason, t_s)

    def begin_new_episode(self, t_s: float) -> list[InstructionStatus]:
        """Drop the instruction of the episode before."""
        self._lane_map_m = None
        return self.end(InstructionState.CANCELLED, 'a new episode has begun', t_s)

    def end(
        self, state: InstructionState, reason: str, t_s: float, *, reply: str = ''
    ) -> list[InstructionStatus]:
        """End the active instruction, if there is one."""
        active, self._active = self._active, None
        if active is None:
            return []
        return [_status(active.instruction.id, state, t_s, reason, reply)]

    def _problem(self, instruction: Instruction, prompt: Instruction, asked: Understanding) -> str:
        """Return why an instruction cannot come into force; empty: it can."""
        if used := self.claim(instruction.id):
            return used
        if asked.unsafe and instruction.safety_mode is SafetyMode.REFUSE_UNSAFE:
            return asked.unsafe
        if asked.problem:
            return asked.problem
        is_safe = instruction.safety_mode is SafetyMode.FOLLOW or asked.is_safe_text
        if asked.kind is None and not is_safe:
            return self._untrained(asked)
        if not self._capabilities.follows(asked.kind):
            return self._untrained(asked)
        try:
            self._check(prompt)
        except SimlingoError as error:
            return str(error)
        return ''

    def _untrained(self, asked: Understanding) -> str:
        known = ', '.join(sorted(kind.value for kind in self._capabilities.manoeuvres))
        if asked.kind is not None:
            return f'this model was not trained to follow {asked.kind.value}'
        return (
            f'not understood: this model was trained to follow {known or "no instructions"} only'
        )

    def _cancel(self, instruction_id: str, t_s: float) -> list[InstructionStatus]:
        active = self.active
        if active is None or instruction_id not in ('', active.id):
            reason = 'no instruction is active'
            if instruction_id:
                reason = f'{instruction_id} is not in force, nothing to cancel'
            return [_status(instruction_id, InstructionState.REJECTED, t_s, reason)]
        return self.end(InstructionState.CANCELLED, 'cancelled', t_s)


def status_text(status: InstructionStatus) -> str:
    """Return id, state and reason for logs; a reason that only repeats the state is left out."""
    state = status.state.name.lower()
    reason = '' if status.reason == state else status.reason
    name = f'{status.id}: ' if status.id else ''
    return name + (f'{state}, {reason}' if reason else state)


def _status(
    instruction_id: str, state: InstructionState, t_s: float, reason: str = '', reply: str = ''
) -> InstructionStatus:
    return InstructionStatus(
        t_s=t_s, id=instruction_id, state=state, reason=reason, spoken_reply=reply
    )
