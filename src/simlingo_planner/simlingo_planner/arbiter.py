# SPDX-License-Identifier: Apache-2.0
"""Which instruction is active: one at a time, by written rules, and none lasts for ever."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

from simlingo_core.capabilities import PolicyCapabilities
from simlingo_core.errors import SimlingoError
from simlingo_core.instruction_ids import make_instruction_id
from simlingo_core.intents import Direction, Intent, Turn
from simlingo_core.status import InstructionState, InstructionStatus
from simlingo_core.types import (
    DrivingPlan,
    Instruction,
    InstructionKind,
    Observation,
    RoadOption,
    SafetyMode,
)
from simlingo_core.understanding import Understanding, understand
from simlingo_planner.active_instruction import DEFER_LIMIT_S, ActiveInstruction
from simlingo_planner.arbiter_memory import ArbiterLimits, ArbiterMemory
from simlingo_planner.instruction_progress import InstructionProgress, plan_path_map_m
from simlingo_planner.instruction_rules import Effect, Outcome, Rule, decide
from simlingo_planner.instruction_statuses import acceptance_words, make_status
from simlingo_planner.turn_progress import TurnProgress

# The refusals that SimLingo was trained on begin so (upstream_spec 6.3).
_REFUSAL = re.compile(r'ignor(e|ing)\b.*\binstruction\b', re.IGNORECASE)
_COMMANDS = {
    Direction.LEFT: RoadOption.LEFT,
    Direction.RIGHT: RoadOption.RIGHT,
    Direction.STRAIGHT: RoadOption.STRAIGHT,
}

Check = Callable[[Instruction], None]
TurnRequest = Callable[[str, Turn], str]
"""Has the route planned anew for an instruction's id; returns what it does now, in words, or an
empty text if the answer comes later (``InstructionArbiter.note_turn``).

Raises SimlingoError where that cannot be."""


def _accept_all(_: Instruction) -> None:
    """Accept every instruction."""


class InstructionArbiter:
    """Takes instructions, cancels, observations and plans; says what becomes of each instruction.

    An instruction is *received*, then *accepted* (in force, or deferred), *active* with the first
    plan made under it, and in the end *done* (the car has done it, or its time is over and nothing
    contradicts it), *not followed* (its time is over and the car has not done it), *cancelled* (by
    a person, a newer instruction or a new episode) or *rejected* (by a rule of
    ``instruction_rules``, or refused by the model).  All times are simulation time.

    Args:
        limits: numbers of the rules.
        capabilities: what the policy follows; None: everything.
        check: raises where the policy cannot read an instruction, such as a too long one.
        gives_words_as_typed: give the model the words as typed, even where the manoeuvre is known,
            and leave slowing and stopping to it.

    Attributes:
        request_turn: has the route planned anew; None: nobody can.
    """

    def __init__(
        self,
        limits: ArbiterLimits | float | None = None,
        *,
        capabilities: PolicyCapabilities | None = None,
        check: Check = _accept_all,
        gives_words_as_typed: bool = False,
    ) -> None:
        if isinstance(limits, float):
            limits = ArbiterLimits(duration_s=limits)
        self._limits = limits or ArbiterLimits()
        self._capabilities = capabilities or PolicyCapabilities.everything()
        self._check = check
        self._gives_words_as_typed = gives_words_as_typed
        self._active: ActiveInstruction | None = None
        self._memory = ArbiterMemory(self._limits, self._capabilities)
        self._count = 0
        self.request_turn: TurnRequest | None = None

    @property
    def active(self) -> Instruction | None:
        """The instruction in force, as it was given."""
        return None if self._active is None else self._active.instruction

    @property
    def prompted(self) -> Instruction | None:
        """The instruction to plan by now, in the wording for the model; None: plan without.

        There is none either while the car does what the active instruction asks for.
        """
        return None if self._active is None else self._active.prompted

    @property
    def is_emergency(self) -> bool:
        """Whether the car must stop at once, without the model."""
        return self._active is not None and self._active.is_emergency

    @property
    def max_speed_mps(self) -> float:
        """Speed that the active instruction allows; inf: no limit."""
        return math.inf if self._active is None else self._active.max_speed_mps

    @property
    def command(self) -> RoadOption | None:
        """The command for the next junction where a turn overrides it; None: that of the route."""
        active = self._active
        if active is None or active.asked.turn is None or self.request_turn is not None:
            return None
        return _COMMANDS.get(active.asked.turn.direction)

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
        statuses = [make_status(instruction.id, InstructionState.RECEIVED, t_s)]
        asked = understand(instruction.text)
        used = self._memory.claim(instruction.id)
        if used and asked.intent is not Intent.EMERGENCY_STOP:
            return [*statuses, make_status(instruction.id, InstructionState.REJECTED, t_s, used)]
        case = self._memory.case(
            instruction,
            asked,
            t_s,
            active=self.active,
            recent=self._memory.count(instruction, t_s),
            has_navigator=self.request_turn is not None,
        )
        rule = decide(case)
        reason, reply = rule.explain(case), rule.speak(case)
        match rule.outcome:
            case Outcome.REJECT | Outcome.ASK_BACK:
                if asked.suggestion and rule.outcome is Outcome.ASK_BACK:
                    suggested = replace(instruction, text=asked.suggestion)
                    self._memory.suggest(suggested, t_s)
                state = InstructionState.REJECTED
                return [*statuses, make_status(instruction.id, state, t_s, reason, reply)]
            case Outcome.ANSWER:
                return statuses + self._answer(instruction, rule, reason, reply, t_s)
            case _:
                lasts_s = self._limits.duration_s if duration_s is None else duration_s
                active = ActiveInstruction(
                    instruction,
                    self._prompt(instruction, asked),
                    asked,
                    since_s=t_s,
                    lasts_s=lasts_s,
                    is_timed=bool(duration_s),
                    waits_since_s=t_s if rule.outcome is Outcome.DEFER else None,
                )
                return statuses + self._begin(active, reason, reply, t_s)

    def judge(
        self, instruction: Instruction, t_s: float
    ) -> tuple[Instruction | None, Understanding, str]:
        """Return what the model would read, what is asked for, and why it would not be driven.

        The model reads nothing where the reason is not empty.  Nothing changes.
        """
        asked = understand(instruction.text)
        has_navigator = self.request_turn is not None
        case = self._memory.case(instruction, asked, t_s, has_navigator=has_navigator)
        rule = decide(case)
        if rule.outcome not in (Outcome.ACCEPT, Outcome.DEFER):
            return None, asked, rule.explain(case) or 'it changes nothing about the drive'
        prompt = self._prompt(instruction, asked)
        if prompt is None:
            return None, asked, 'it is done without the model'
        try:
            self._check(prompt)
        except SimlingoError as error:
            return None, asked, str(error)
        return prompt, asked, ''

    def claim(self, instruction_id: str) -> str:
        """Take an id into use; return why that cannot be, empty: it can."""
        return self._memory.claim(instruction_id)

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
            self._memory.lane_map_m = plan_path_map_m(plan)
        if active is None or active.waits_since_s is not None:
            return []
        is_read = active.prompt is not None
        if is_read and active.instruction.id != plan.instruction_id:
            return []
        if active.instruction.safety_mode is SafetyMode.REFUSE_UNSAFE and _REFUSAL.match(reply):
            reason = f'refused by the model: {reply}'
            return self.end(InstructionState.REJECTED, reason, t_s, reply=reply)
        if active.is_planned:
            return []
        active.is_planned = True
        words = f'"{active.instruction.text}"'
        return [make_status(active.instruction.id, InstructionState.ACTIVE, t_s, words, reply)]

    def observe(self, observation: Observation) -> list[InstructionStatus]:
        """Begin what was deferred; end what the car has done or whose time is over."""
        self._memory.observation = observation
        active = self._active
        if active is None:
            return []
        if active.waits_since_s is not None and self._still_waits(active, observation.t_s):
            return self.expire(observation.t_s)
        if active.progress is None:
            self._watch(active, observation)
        assert active.progress is not None
        active.progress.update(observation)
        fulfilled = active.progress.fulfilled
        if active.turn is not None:
            active.turn.update(observation)
            fulfilled = active.turn.fulfilled
            if active.turn.is_missed:
                measured = active.turn.measured
                return self.end(InstructionState.NOT_FOLLOWED, measured, observation.t_s)
        if fulfilled and not active.is_timed and not active.is_emergency:
            return self.end(InstructionState.DONE, fulfilled, observation.t_s)
        return self.expire(observation.t_s)

    def note_turn(self, answer: InstructionStatus, t_s: float) -> list[InstructionStatus]:
        """Take note that the route was planned anew for a turn, or of why it was not."""
        active = self._active
        if active is None or active.instruction.id != answer.id:
            return []
        if answer.state is InstructionState.REJECTED:
            reply = answer.spoken_reply or 'That turn is impossible.'
            return self.end(InstructionState.REJECTED, answer.reason, t_s, reply=reply)
        active.is_planned = True
        reply = answer.spoken_reply
        return [make_status(answer.id, InstructionState.ACTIVE, t_s, answer.reason, reply)]

    def expire(self, t_s: float) -> list[InstructionStatus]:
        """End the instruction whose time is over, by what the car has done."""
        active = self._active
        if active is None:
            return []
        if active.waits_since_s is not None:
            if t_s - active.waits_since_s < DEFER_LIMIT_S:
                return []
            reason = f'it has waited for {DEFER_LIMIT_S:g} s in vain'
            return self.end(InstructionState.NOT_FOLLOWED, reason, t_s)
        if t_s < active.until_s:
            return []
        is_done, measured = active.verdict()
        state = InstructionState.DONE if is_done else InstructionState.NOT_FOLLOWED
        reason = f'its {active.until_s - active.since_s:g} s are over'
        return self.end(state, f'{reason}; {measured}' if measured else reason, t_s)

    def begin_new_episode(self, t_s: float) -> list[InstructionStatus]:
        """Drop the instruction of the episode before."""
        self._memory.forget_the_episode()
        return self.end(InstructionState.CANCELLED, 'a new episode has begun', t_s)

    def end(
        self, state: InstructionState, reason: str, t_s: float, *, reply: str = ''
    ) -> list[InstructionStatus]:
        """End the active instruction, if there is one."""
        active, self._active = self._active, None
        if active is None:
            return []
        return [make_status(active.instruction.id, state, t_s, reason, reply)]

    def _prompt(self, instruction: Instruction, asked: Understanding) -> Instruction | None:
        """Return what the model reads of an instruction; None: nothing."""
        if asked.intent is Intent.EMERGENCY_STOP or (
            asked.kind is None and asked.turn is not None
        ):
            return None
        if not self._capabilities.follows(asked.kind):
            return None
        if asked.wording and not self._gives_words_as_typed:
            return replace(instruction, text=asked.wording)
        return instruction

    def _begin(
        self, active: ActiveInstruction, reason: str, reply: str, t_s: float
    ) -> list[InstructionStatus]:
        """Put an instruction into force, or let it wait."""
        instruction, turn = active.instruction, active.asked.turn
        try:
            if active.prompt is not None:
                self._check(active.prompt)
            if turn is not None and self.request_turn is not None:
                reply = self.request_turn(instruction.id, turn)
        except SimlingoError as error:
            return [make_status(instruction.id, InstructionState.REJECTED, t_s, str(error))]
        replaced = f'replaced by {instruction.id}'
        statuses = self.end(InstructionState.CANCELLED, replaced, t_s)
        self._active = active
        has_navigator = self.request_turn is not None
        words = acceptance_words(active, reason, has_navigator=has_navigator)
        return [
            *statuses,
            make_status(instruction.id, InstructionState.ACCEPTED, t_s, words, reply),
        ]

    def _answer(
        self, instruction: Instruction, rule: Rule, reason: str, reply: str, t_s: float
    ) -> list[InstructionStatus]:
        """Do what needs no drive."""
        statuses: list[InstructionStatus] = []
        pending = self._memory.pending(t_s)
        self._memory.take_pending()
        if rule.effect is Effect.RELEASE:
            released = f'released by {instruction.id}'
            statuses = self.end(InstructionState.CANCELLED, released, t_s)
        statuses.append(make_status(instruction.id, InstructionState.DONE, t_s, reason, reply))
        if rule.effect is Effect.CONFIRM and pending is not None:
            confirmed = self.name(replace(pending, id='', source=instruction.source))
            statuses += self.submit(confirmed, t_s)
        return statuses

    def _still_waits(self, active: ActiveInstruction, t_s: float) -> bool:
        """Ask the rules again; put a deferred instruction into force when they let it."""
        has_navigator = self.request_turn is not None
        case = self._memory.case(
            active.instruction, active.asked, t_s, has_navigator=has_navigator
        )
        if decide(case).outcome is Outcome.DEFER:
            return True
        active.waits_since_s, active.since_s = None, t_s
        return False

    def _watch(self, active: ActiveInstruction, observation: Observation) -> None:
        """Begin to compare an instruction with the drive."""
        enforces = not self._gives_words_as_typed
        active.progress = InstructionProgress(
            active.asked, observation, self._memory.lane_map_m, enforces=enforces
        )
        if active.asked.turn is not None:
            is_overridden = self.request_turn is None
            turn = active.asked.turn
            active.turn = TurnProgress(turn, observation, is_overridden=is_overridden)

    def _cancel(self, instruction_id: str, t_s: float) -> list[InstructionStatus]:
        active = self.active
        if active is None or instruction_id not in ('', active.id):
            reason = 'no instruction is active'
            if instruction_id:
                reason = f'{instruction_id} is not in force, nothing to cancel'
            return [make_status(instruction_id, InstructionState.REJECTED, t_s, reason)]
        return self.end(InstructionState.CANCELLED, 'cancelled', t_s)
