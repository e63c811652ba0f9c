# SPDX-License-Identifier: Apache-2.0
"""The instruction in force, as it was given and as the model reads it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simlingo_core.intents import Intent
from simlingo_core.types import Instruction
from simlingo_core.understanding import Understanding
from simlingo_planner.instruction_progress import InstructionProgress
from simlingo_planner.turn_progress import TurnProgress

DEFER_LIMIT_S = 60.0
TURN_LIMIT_S = 120.0


@dataclass
class ActiveInstruction:
    """An accepted instruction.

    Attributes:
        instruction: as it was given.
        prompt: as the model reads it; None: the model reads nothing.
        asked: what was understood.
        since_s: when it came into force.
        until_s: when its time is over; inf: never.
        lasts_s: its duration; 0: it has none.
        is_timed: it lasts exactly so long, whatever the car does.
        is_planned: a plan has been made under it.
        waits_since_s: it is deferred since then; None: it is in force.
        progress: compares it with the drive.
        turn: the same for a turn; None: it asks for none.
    """

    instruction: Instruction
    prompt: Instruction | None
    asked: Understanding
    since_s: float
    lasts_s: float
    is_timed: bool = False
    is_planned: bool = False
    waits_since_s: float | None = None
    progress: InstructionProgress | None = None
    turn: TurnProgress | None = None

    @property
    def until_s(self) -> float:
        """When its time is over; inf: never."""
        if self.is_emergency:
            return math.inf
        if self.turn is not None and self.asked.kind is None:
            return self.since_s + TURN_LIMIT_S
        return self.since_s + self.lasts_s if self.lasts_s > 0.0 else math.inf

    @property
    def is_emergency(self) -> bool:
        """Whether the car brakes fully and stands until it is released."""
        return self.asked.intent is Intent.EMERGENCY_STOP

    @property
    def prompted(self) -> Instruction | None:
        """What the model reads now; None: nothing, also while the car does what it asks for."""
        if self.waits_since_s is not None:
            return None
        is_pausing = self.progress is not None and not self.progress.is_prompted
        return None if is_pausing and not self.is_timed else self.prompt

    @property
    def max_speed_mps(self) -> float:
        """Speed that it allows; inf: no limit."""
        if self.is_emergency:
            return 0.0
        return math.inf if self.progress is None else self.progress.max_speed_mps

    def verdict(self) -> tuple[bool, str]:
        """Return whether the car has done it so far, and what was measured."""
        if self.turn is not None and not self.turn.fulfilled:
            return False, self.turn.measured
        return (True, '') if self.progress is None else self.progress.verdict()
