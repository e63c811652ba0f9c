# SPDX-License-Identifier: Apache-2.0
"""Compares what a model says with what it plans and with what the car does.

Each commentary is held against the plan made from the same frame (if that is the model's own,
without instruction, speed cap or stop), each reply to an instruction
against the plan made under it, and a commentary that says *stop* for seconds against the speed of
the car.  What contradicts is counted; where it goes on, plans are doubted: they get confidence 0,
and control lowers the safety level to *degraded*.  The driving itself does not change.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from dataclasses import dataclass

from simlingo_core.consistency import (
    STANDING_MPS,
    STOPPING_SHARE,
    Mismatch,
    PlanFacts,
    contradictions,
    reply_contradictions,
)
from simlingo_core.plan_buffer import tick_of
from simlingo_core.statements import SpeedAction, read_statement
from simlingo_core.types import Commentary, DrivingPlan
from simlingo_core.wordings import ManoeuvreKind

KEPT_PLANS = 100
DOUBTED_CONFIDENCE = 0.0
_STOPS = (SpeedAction.STOP, SpeedAction.STAND)


@dataclass(frozen=True, kw_only=True)
class WordsConfig:
    """When plans are doubted.

    Attributes:
        doubt_after: as many comparisons in a row with a contradiction: plans are doubted; 0:
            never.
        trust_after: as many in a row without: they are trusted again.
        stop_limit_s: a commentary may say *stop* for so long before the car has to be slower.
    """

    doubt_after: int = 3
    trust_after: int = 3
    stop_limit_s: float = 3.0


@dataclass(frozen=True, kw_only=True)
class WordsCheck:
    """One comparison.

    Attributes:
        t_s: of the frame.
        text: that was compared.
        mismatches: the contradictions; empty: none.
        is_doubted: whether plans are doubted after it.
    """

    t_s: float
    text: str
    mismatches: frozenset[Mismatch]
    is_doubted: bool

    @property
    def explanation(self) -> str:
        """One sentence for people."""
        if not self.mismatches:
            return f'the plan does not contradict "{self.text}"'
        kinds = ', '.join(sorted(self.mismatches))
        return f'{kinds}: the model says "{self.text}"'


class WordsMonitor:
    """Keeps the comparisons of one episode.

    Args:
        config: when plans are doubted.

    Attributes:
        compared: number of comparisons.
        counts: number of contradictions by kind.
        trusted, trusted_counts: the same while plans were trusted; what is left of the
            contradictions where plans that are doubted are not driven by.
        is_doubted: whether plans are doubted now.
    """

    def __init__(self, config: WordsConfig | None = None) -> None:
        self._config = config or WordsConfig()
        self.reset()

    def reset(self) -> None:
        """Forget everything: a new episode begins."""
        self._plans: OrderedDict[int, PlanFacts] = OrderedDict()
        self._wrong_in_a_row = self._right_in_a_row = 0
        self._stop_since: tuple[float, float] | None = None
        self.compared = 0
        self.counts: Counter[Mismatch] = Counter()
        self.trusted = 0
        self.trusted_counts: Counter[Mismatch] = Counter()
        self.is_doubted = False

    @property
    def values(self) -> dict[str, str]:
        """The numbers, for diagnostics."""
        counts = {str(kind): str(count) for kind, count in sorted(self.counts.items())}
        doubted = str(self.is_doubted).lower()
        return {'compared': str(self.compared), 'is_doubted': doubted, **counts}

    def note_plan(
        self,
        plan: DrivingPlan,
        speed_mps: float,
        *,
        reply: str = '',
        manoeuvre: ManoeuvreKind | None = None,
    ) -> WordsCheck | None:
        """Take a plan, and compare it with the reply that came before it.

        Args:
            plan: newly made.
            speed_mps: of the car in its frame.
            reply: of the model to the active instruction; empty: there is none.
            manoeuvre: what the instruction asks for; None: none, or none that is known.

        Returns:
            The comparison; None: there was nothing to compare.
        """
        facts = PlanFacts.of(plan, speed_mps)
        if not (plan.stop_reason or plan.instruction_id or math.isfinite(plan.max_speed_mps)):
            # Commentary knows of no instruction, cap or stop, so that it is held against none.
            self._plans[tick_of(plan.t_s)] = facts
        while len(self._plans) > KEPT_PLANS:
            self._plans.popitem(last=False)
        if not reply or manoeuvre is None:
            return None
        found = reply_contradictions(read_statement(reply), manoeuvre, facts)
        return self._keep(plan.t_s, reply, found)

    def note_commentary(
        self, commentary: Commentary, claims: frozenset[Mismatch] = frozenset()
    ) -> WordsCheck | None:
        """Compare a complete commentary with the plan made from its frame.

        Args:
            commentary: on a frame.
            claims: what it claims to be there and the caller knows is not.

        Returns:
            The comparison; None: the text still grows, or its frame has no plan.
        """
        facts = self._plans.get(tick_of(commentary.t_s))
        if commentary.is_growing or facts is None:
            return None
        stated = read_statement(commentary.text)
        found = {*contradictions(stated, facts), *claims}
        if self._drives_on(commentary.t_s, facts.speed_mps, stops=stated.speed in _STOPS):
            found.add(Mismatch.SAYS_STOP_DRIVES_ON)
        return self._keep(commentary.t_s, commentary.text, frozenset(found))

    def _drives_on(self, t_s: float, speed_mps: float, *, stops: bool) -> bool:
        """Tell whether the car has not slowed down since the model began to say *stop*."""
        if not stops:
            self._stop_since = None
            return False
        if self._stop_since is None:
            self._stop_since = (t_s, speed_mps)
        since_s, first_mps = self._stop_since
        is_late = t_s - since_s >= self._config.stop_limit_s
        return is_late and speed_mps > max(STANDING_MPS, STOPPING_SHARE * first_mps)

    def _keep(self, t_s: float, text: str, found: frozenset[Mismatch]) -> WordsCheck:
        self.compared += 1
        self.counts.update(found)
        if found:
            self._wrong_in_a_row, self._right_in_a_row = self._wrong_in_a_row + 1, 0
        else:
            self._wrong_in_a_row, self._right_in_a_row = 0, self._right_in_a_row + 1
        if 0 < self._config.doubt_after <= self._wrong_in_a_row:
            self.is_doubted = True
        elif self._right_in_a_row >= self._config.trust_after:
            self.is_doubted = False
        if not self.is_doubted:
            self.trusted += 1
            self.trusted_counts.update(found)
        return WordsCheck(t_s=t_s, text=text, mismatches=found, is_doubted=self.is_doubted)
