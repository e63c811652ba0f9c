# SPDX-License-Identifier: Apache-2.0
"""What the arbiter remembers to judge an instruction by the rules."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlingo_core.capabilities import PolicyCapabilities
from simlingo_core.types import Instruction, InstructionSource, Observation
from simlingo_core.understanding import Understanding
from simlingo_planner.instruction_case import Case

_REMEMBERED_IDS = 100
RATE_WINDOW_S = 10.0
ANSWER_WITHIN_S = 10.0


@dataclass(frozen=True, kw_only=True)
class ArbiterLimits:
    """Numbers of the rules.

    Attributes:
        duration_s: how long an instruction lasts; 0: until it is cancelled or replaced.
        most_recent: instructions of one source within ten seconds.
        highest_mps: target speeds above are unsafe.
    """

    duration_s: float = 10.0
    most_recent: int = 10
    highest_mps: float = math.inf


class ArbiterMemory:
    """Ids, rates, the newest observation and what was asked back.

    Args:
        limits: numbers of the rules.
        capabilities: of the policy.

    Attributes:
        observation: the newest; None: none has come in this episode.
        lane_map_m: path of the newest plan without an instruction, shape (n, 2).
    """

    def __init__(self, limits: ArbiterLimits, capabilities: PolicyCapabilities) -> None:
        self._limits, self._capabilities = limits, capabilities
        self._pending: tuple[Instruction, float] | None = None
        self._recent: dict[InstructionSource, deque[float]] = {}
        self._known_ids: deque[str] = deque(maxlen=_REMEMBERED_IDS)
        self.observation: Observation | None = None
        self.lane_map_m: NDArray[np.float64] | None = None

    def forget_the_episode(self) -> None:
        """Forget everything but the ids."""
        self.observation = self.lane_map_m = self._pending = None
        self._recent.clear()

    def claim(self, instruction_id: str) -> str:
        """Take an id into use; return why that cannot be, empty: it can."""
        if instruction_id in self._known_ids:
            return f'the id {instruction_id!r} has been used before; choose another'
        self._known_ids.append(instruction_id)
        return ''

    def count(self, instruction: Instruction, t_s: float) -> int:
        """Count an instruction; return how many its source has given within the window."""
        given = self._recent.setdefault(instruction.source, deque(maxlen=1000))
        given.append(t_s)
        while given[0] <= t_s - RATE_WINDOW_S:
            given.popleft()
        return len(given)

    def suggest(self, suggestion: Instruction, t_s: float) -> None:
        """Remember what was suggested in place of an instruction."""
        self._pending = suggestion, t_s + ANSWER_WITHIN_S

    def pending(self, t_s: float) -> Instruction | None:
        """Return what was suggested and may still be confirmed; None: nothing."""
        pending = self._pending
        return pending[0] if pending is not None and t_s <= pending[1] else None

    def take_pending(self) -> None:
        """Forget what was suggested."""
        self._pending = None

    def case(
        self,
        instruction: Instruction,
        asked: Understanding,
        t_s: float,
        *,
        active: Instruction | None = None,
        recent: int = 0,
        has_navigator: bool = False,
    ) -> Case:
        """Return the case for the rules."""
        return Case(
            asked=asked,
            instruction=instruction,
            capabilities=self._capabilities,
            observation=self.observation,
            active=active,
            pending=self.pending(t_s),
            has_navigator=has_navigator,
            recent=recent,
            most_recent=self._limits.most_recent,
            highest_mps=self._limits.highest_mps,
        )
