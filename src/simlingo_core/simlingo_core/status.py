# SPDX-License-Identifier: Apache-2.0
"""Safety state of the stack and status of instructions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

from simlingo_core.checks import finite_number, number_in_range


class SafetyLevel(IntEnum):
    """How far the car may drive, from best to worst."""

    NOMINAL = 0
    DEGRADED = 1
    MINIMAL_RISK_MANOEUVRE = 2
    STOPPED = 3
    EMERGENCY = 4

    @property
    def words(self) -> str:
        """The level in words, such as *minimal-risk manoeuvre*."""
        return self.name.lower().replace('_risk', '-risk').replace('_', ' ')


@dataclass(frozen=True, kw_only=True)
class SafetyState:
    """Safety level of the car with its reasons; message: simlingo_msgs/SafetyState.

    Attributes:
        t_s: time of the judgement.
        level: the safety level.
        reasons: short machine-readable words such as ``plan_stale``; empty when nominal.
        plan_age_s: age of the plan in use; NaN: no plan yet.
        margin_s: time until the plan is too old; negative: it is too old; NaN: no plan yet.
    """

    t_s: float
    level: SafetyLevel
    reasons: tuple[str, ...] = ()
    plan_age_s: float = math.nan
    margin_s: float = math.nan

    def __post_init__(self) -> None:
        number_in_range('SafetyState.t_s', self.t_s, 0.0, math.inf)
        for name in ('plan_age_s', 'margin_s'):
            if not math.isnan(getattr(self, name)):
                finite_number(f'SafetyState.{name}', getattr(self, name))


class InstructionState(IntEnum):
    """State of an instruction."""

    RECEIVED = 0
    ACCEPTED = 1
    REJECTED = 2
    ACTIVE = 3
    DONE = 4
    CANCELLED = 5
    NOT_FOLLOWED = 6


@dataclass(frozen=True, kw_only=True)
class InstructionStatus:
    """A new state of an instruction; message: simlingo_msgs/InstructionStatus.

    Attributes:
        t_s: time at which the state was entered.
        id: id of the instruction.
        state: the new state.
        reason: what it was understood as (accepted), its words (active), what was measured or why
            it ended (rejected, done, cancelled, not followed); else empty.
        spoken_reply: a reply to be spoken to the person; may be empty.
    """

    t_s: float
    id: str
    state: InstructionState
    reason: str = ''
    spoken_reply: str = ''

    def __post_init__(self) -> None:
        number_in_range('InstructionStatus.t_s', self.t_s, 0.0, math.inf)
