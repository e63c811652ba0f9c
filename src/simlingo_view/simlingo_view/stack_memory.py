# SPDX-License-Identifier: Apache-2.0
"""What was last heard of the stack, in core types."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from simlingo_core.status import InstructionState, InstructionStatus, SafetyState
from simlingo_core.types import DrivingPlan, Instruction, InstructionKind, Observation

KEPT_OBSERVATIONS = 20
KEPT_RECORDS = 50
IN_FORCE = (InstructionState.ACCEPTED, InstructionState.ACTIVE)


@dataclass
class InstructionRecord:
    """An instruction or a question, and what became of it."""

    id: str
    text: str
    kind: InstructionKind
    statuses: list[InstructionStatus] = field(default_factory=list)

    @property
    def state(self) -> InstructionState | None:
        """The newest state; None: nothing has become of it yet."""
        return self.statuses[-1].state if self.statuses else None


class InstructionLog:
    """The newest instructions and questions; cancels are no entries of their own."""

    def __init__(self) -> None:
        self.entries: list[InstructionRecord] = []

    def add(self, instruction: Instruction) -> InstructionRecord | None:
        """Keep an instruction or a question; None: it was a cancel."""
        if instruction.kind is InstructionKind.CANCEL:
            return None
        entry = InstructionRecord(instruction.id, instruction.text, instruction.kind)
        self.entries = [*self.entries[1 - KEPT_RECORDS :], entry]
        return entry

    def note(self, status: InstructionStatus) -> InstructionRecord | None:
        """Keep a new state; None: of something that was sent before anybody listened.

        The planner chooses an id for an instruction that came without one: the oldest entry
        without an id gets it.
        """
        for entry in self.entries:
            if entry.id == status.id:
                break
        else:
            nameless = [entry for entry in self.entries if not entry.id]
            if not nameless or status.state is not InstructionState.RECEIVED:
                return None
            entry = nameless[0]
            entry.id = status.id
        entry.statuses.append(status)
        return entry

    @property
    def active_text(self) -> str:
        """The instruction in force, or empty."""
        for entry in reversed(self.entries):
            if entry.kind is InstructionKind.INSTRUCT and entry.state in IN_FORCE:
                return entry.text
        return ''


class StackMemory:
    """The newest of everything that is shown.

    Attributes:
        plan: newest plan.
        safety: newest safety state.
        commentary: last complete commentary.
        instructions: instructions and questions, and what became of them.
    """

    def __init__(self) -> None:
        self.plan: DrivingPlan | None = None
        self.safety: SafetyState | None = None
        self.commentary = ''
        self.instructions = InstructionLog()
        self._observations: OrderedDict[float, Observation] = OrderedDict()

    def add_observation(self, observation: Observation) -> None:
        """Keep an observation until its plan has come."""
        self._observations[observation.t_s] = observation
        while len(self._observations) > KEPT_OBSERVATIONS:
            self._observations.popitem(last=False)

    def observation_of(self, plan: DrivingPlan) -> Observation | None:
        """Return the observation that a plan was made from; None: it has not been heard."""
        return self._observations.get(plan.t_s)

    def forget_messages(self) -> None:
        """Drop what grows old while nobody listens; instructions stay."""
        self.plan, self.safety, self.commentary = None, None, ''
        self._observations.clear()
