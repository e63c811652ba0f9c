# SPDX-License-Identifier: Apache-2.0
"""Which instruction is in force: one at a time, the newest wins, and none lasts for ever."""

from __future__ import annotations

import dataclasses
import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlingo_core.instruction_ids import make_instruction_id
from simlingo_core.status import InstructionState, InstructionStatus
from simlingo_core.types import DrivingPlan, Instruction, InstructionKind, Observation
from simlingo_planner.instruction_progress import InstructionProgress, plan_path_map_m

_REMEMBERED_IDS = 100


@dataclass
class _InForce:
    instruction: Instruction
    since_s: float
    until_s: float
    is_timed: bool = False
    is_active: bool = False
    progress: InstructionProgress | None = None


class InstructionArbiter:
    """Takes instructions, cancels and the plans that were made; tells what became of each.

    An instruction is *received*, then *accepted* (it is in force), *active* with the first plan
    made under it, and in the end *done* (the car has done it, or its time is over) or *cancelled*
    (by a person, by a newer instruction or by a new drive).  All times are simulation time.

    Args:
        duration_s: how long an instruction lasts; 0: until it is cancelled or replaced.
    """

    def __init__(self, duration_s: float = 10.0) -> None:
        self._duration_s = duration_s
        self._in_force: _InForce | None = None
        self._known_ids: deque[str] = deque(maxlen=_REMEMBERED_IDS)
        self._lane_map_m: NDArray[np.float64] | None = None
        self._count = 0

    @property
    def current(self) -> Instruction | None:
        """The instruction in force."""
        return None if self._in_force is None else self._in_force.instruction

    @property
    def told(self) -> Instruction | None:
        """The instruction to plan by now; None also while the car does what is wanted."""
        if self._in_force is None:
            return None
        progress = self._in_force.progress
        return self._in_force.instruction if progress is None or progress.is_prompted else None

    def elapsed_s(self, t_s: float) -> float:
        """Return how long the current instruction has been in force; 0: there is none."""
        return 0.0 if self._in_force is None else max(t_s - self._in_force.since_s, 0.0)

    def name(self, instruction: Instruction) -> Instruction:
        """Return the instruction with an id: its own, or a new one if it came without."""
        if instruction.id or instruction.kind is InstructionKind.CANCEL:
            return instruction
        self._count += 1
        return dataclasses.replace(instruction, id=make_instruction_id('planner', self._count))

    def submit(
        self, instruction: Instruction, t_s: float, duration_s: float | None = None
    ) -> list[InstructionStatus]:
        """Take an instruction to drive by, or a cancel.

        Args:
            instruction: of kind INSTRUCT or CANCEL, with an id (``name``).
            t_s: now.
            duration_s: it lasts exactly so long instead of until the car has done it; 0: until
                it is cancelled or replaced.
        """
        if instruction.kind is InstructionKind.CANCEL:
            return self._cancel(instruction.id, t_s)
        said = [_status(instruction.id, InstructionState.RECEIVED, t_s)]
        if not self.claim(instruction.id):
            reason = f'the id {instruction.id!r} has been used before; choose another'
            return [*said, _status(instruction.id, InstructionState.REJECTED, t_s, reason)]
        said += self._end(InstructionState.CANCELLED, f'replaced by {instruction.id}', t_s)
        lasts_s = self._duration_s if duration_s is None else duration_s
        until_s = t_s + lasts_s if lasts_s > 0.0 else math.inf
        self._in_force = _InForce(instruction, t_s, until_s, is_timed=duration_s is not None)
        return [*said, _status(instruction.id, InstructionState.ACCEPTED, t_s)]

    def claim(self, instruction_id: str) -> bool:
        """Take an id into use; False: somebody has it already."""
        if instruction_id in self._known_ids:
            return False
        self._known_ids.append(instruction_id)
        return True

    def note_plan(
        self, instruction_id: str, t_s: float, reply: str = ''
    ) -> list[InstructionStatus]:
        """Take note of a plan made under an instruction; the first makes it active.

        Args:
            instruction_id: in the plan; empty: none.
            t_s: now.
            reply: what the policy said to the instruction.
        """
        current = self._in_force
        if current is None or current.is_active or current.instruction.id != instruction_id:
            return []
        current.is_active = True
        return [_status(instruction_id, InstructionState.ACTIVE, t_s, reply=reply)]

    def note_path(self, plan: DrivingPlan) -> None:
        """Remember where the car drives when nobody tells it anything."""
        if not plan.instruction_id:
            self._lane_map_m = plan_path_map_m(plan)

    def observe(self, seen: Observation) -> list[InstructionStatus]:
        """Look at the drive: end the instruction whose time is over or which the car has done."""
        said = self.expire(seen.t_s)
        current = self._in_force
        if current is None or current.is_timed:
            return said
        if current.progress is None:
            current.progress = InstructionProgress(
                current.instruction.text, seen, self._lane_map_m
            )
        current.progress.look(seen)
        if current.progress.fulfilled:
            said += self._end(InstructionState.DONE, current.progress.fulfilled, seen.t_s)
        return said

    def expire(self, t_s: float) -> list[InstructionStatus]:
        """End the instruction whose time is over."""
        if self._in_force is None or t_s < self._in_force.until_s:
            return []
        elapsed_s = self._in_force.until_s - self._in_force.since_s
        return self._end(InstructionState.DONE, f'its {elapsed_s:g} s are over', t_s)

    def begin_new_episode(self, t_s: float) -> list[InstructionStatus]:
        """Drop what was said in the drive before."""
        self._lane_map_m = None
        return self._end(InstructionState.CANCELLED, 'a new drive has begun', t_s)

    def _cancel(self, instruction_id: str, t_s: float) -> list[InstructionStatus]:
        current = self.current
        if current is None or instruction_id not in ('', current.id):
            wanted = instruction_id or 'any instruction'
            reason = f'{wanted} is not in force, nothing to cancel'
            return [_status(instruction_id, InstructionState.REJECTED, t_s, reason)]
        return self._end(InstructionState.CANCELLED, 'cancelled', t_s)

    def _end(self, state: InstructionState, reason: str, t_s: float) -> list[InstructionStatus]:
        current, self._in_force = self._in_force, None
        return [] if current is None else [_status(current.instruction.id, state, t_s, reason)]


def _status(
    instruction_id: str, state: InstructionState, t_s: float, reason: str = '', reply: str = ''
) -> InstructionStatus:
    return InstructionStatus(
        t_s=t_s, id=instruction_id, state=state, reason=reason, spoken_reply=reply
    )
