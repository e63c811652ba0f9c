# SPDX-License-Identifier: Apache-2.0
"""An instruction in its situation: what the rules look at."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.capabilities import PolicyCapabilities
from simlingo_core.types import Instruction, InstructionSource, Observation, SafetyMode
from simlingo_core.understanding import Understanding
from simlingo_core.wordings import ManoeuvreKind
from simlingo_planner.turn_progress import CROSSING

JUNCTION_AHEAD_M = 15.0
LANE_CHANGE_FROM_MPS = 2.0
# What the planner sees to itself by its speed cap, whatever the policy can do.
BY_CAP = frozenset({ManoeuvreKind.STOP, ManoeuvreKind.SLOWER, ManoeuvreKind.TARGET_SPEED})
_PRIORITIES = {
    InstructionSource.API: 0,
    InstructionSource.TYPED: 1,
    InstructionSource.VOICE: 1,
    InstructionSource.OPERATOR: 2,
}
WHO = ('a program', 'the passenger', 'the operator')


@dataclass(frozen=True, kw_only=True)
class Case:
    """An instruction and the situation in which it comes.

    Attributes:
        asked: what was understood of it.
        instruction: itself.
        capabilities: of the policy.
        observation: the newest; None: none has come.
        active: the instruction in force; None: none.
        pending: what was asked back and not yet answered; None: nothing.
        has_navigator: whether somebody can plan the route anew.
        recent: instructions of this source within the last ten seconds.
        most_recent: that are allowed.
        highest_mps: speed that must not be asked for; inf: unknown.
    """

    asked: Understanding
    instruction: Instruction
    capabilities: PolicyCapabilities
    observation: Observation | None = None
    active: Instruction | None = None
    pending: Instruction | None = None
    has_navigator: bool = False
    recent: int = 0
    most_recent: int = 10
    highest_mps: float = float('inf')

    @property
    def is_safe_mode(self) -> bool:
        """Whether what is unsafe is to be refused."""
        return self.instruction.safety_mode is SafetyMode.REFUSE_UNSAFE

    @property
    def is_in_junction(self) -> bool:
        """Whether the car crosses a junction."""
        seen = self.observation
        return seen is not None and seen.command in CROSSING and seen.command_distance_m == 0.0

    @property
    def is_at_junction(self) -> bool:
        """Whether the car crosses a junction or is just before one."""
        seen = self.observation
        if seen is None or seen.command not in CROSSING:
            return False
        return seen.command_distance_m < JUNCTION_AHEAD_M

    @property
    def is_outranked(self) -> bool:
        """Whether the active instruction comes from somebody of higher priority."""
        return self.active is not None and rank(self.instruction) < rank(self.active)

    @property
    def needs_model(self) -> bool:
        """Whether the policy must have been trained in it."""
        asked = self.asked
        if asked.turn is not None or asked.kind in BY_CAP:
            return False
        return not self.capabilities.follows(asked.kind)


def rank(instruction: Instruction) -> int:
    """Return the priority of who gave an instruction; the higher wins."""
    return _PRIORITIES[instruction.source]
