# SPDX-License-Identifier: Apache-2.0
"""The rules by which instructions are accepted, deferred, rejected or asked back.

One table: the arbiter goes through it from above, and the first rule that matches decides.  The
page ``docs/reference/instruction-rules.md`` is made from it (``rules_page``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from simlingo_core.intents import Direction, Intent
from simlingo_planner.instruction_case import LANE_CHANGE_FROM_MPS, WHO, Case, rank


class Outcome(StrEnum):
    """What a rule decides."""

    ACCEPT = 'accept'
    DEFER = 'defer'
    REJECT = 'reject'
    ASK_BACK = 'ask back'
    ANSWER = 'answer'


class Effect(StrEnum):
    """What an accepted or answered instruction does besides being given to the model."""

    NONE = ''
    EMERGENCY = 'stops the car without the model'
    RELEASE = 'ends the active instruction'
    CONFIRM = 'accepts what was asked back'
    DROP = 'drops what was asked back'
    TURN = 'changes the route or the command'


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One line of the table.

    Attributes:
        id: short name, used in tests and logs.
        intents: for which; empty: for all.
        when: in words, the driving state or condition; empty: always.
        applies: the same as a predicate.
        outcome: what is decided.
        reason: for the status; ``{...}`` are filled in from the case.
        reply: to be spoken; empty: nothing is spoken.
        ends: what ends it, in words.
        effect: what else happens.
    """

    id: str
    intents: frozenset[Intent]
    when: str
    outcome: Outcome
    reason: str = ''
    reply: str = ''
    ends: str = ''
    effect: Effect = Effect.NONE
    applies: Callable[[Case], bool] = lambda _: True

    def matches(self, case: Case) -> bool:
        """Whether the rule decides this case."""
        return (not self.intents or case.asked.intent in self.intents) and self.applies(case)

    def explain(self, case: Case) -> str:
        """Return the reason with what it names."""
        return _fill(self.reason, case)

    def speak(self, case: Case) -> str:
        """Return the reply with what it names."""
        return _fill(self.reply, case)


def _fill(template: str, case: Case) -> str:
    asked, active = case.asked, case.active
    return template.format(
        problem=asked.problem,
        unsafe=asked.unsafe,
        danger=asked.unsafe.partition(': ')[2],
        suggestion=asked.suggestion,
        strange=', '.join(asked.strange),
        speed=f'{3.6 * (asked.speed_mps or 0.0):.0f} km/h',
        limit=f'{3.6 * case.highest_mps:.0f} km/h' if case.highest_mps < 1e3 else 'none',
        kind='' if asked.kind is None else asked.kind.value,
        known=', '.join(sorted(kind.value for kind in case.capabilities.manoeuvres))
        or 'no instructions',
        active='' if active is None else active.text,
        owner='' if active is None else WHO[rank(active)],
        most=case.most_recent,
        turn='' if asked.turn is None else asked.turn.words,
        pending='' if case.pending is None else case.pending.text,
    )


def _is_too_fast(case: Case) -> bool:
    speed_mps = case.asked.speed_mps
    return case.is_safe_mode and speed_mps is not None and speed_mps > case.highest_mps


def _is_slow(case: Case) -> bool:
    return case.observation is not None and case.observation.speed_mps < LANE_CHANGE_FROM_MPS


def _is_unreadable(case: Case) -> bool:
    asked = case.asked
    has_meaning = asked.kind is not None or asked.turn is not None
    return not has_meaning and case.is_safe_mode and not asked.is_safe_text


_STOPS = frozenset({Intent.STOP, Intent.STOP_SAFELY, Intent.EMERGENCY_STOP})
_CAREFUL = _STOPS | {Intent.SLOWER}
_LANES = frozenset({Intent.LANE_LEFT, Intent.LANE_RIGHT})
_NOT_CLEAR = frozenset({Intent.NEGATED, Intent.CONDITION, Intent.SEVERAL, Intent.UNKNOWN})
_NOT_CALMING = frozenset({Intent.FASTER, Intent.TARGET_SPEED, Intent.TURN, Intent.GO_ON, *_LANES})
_DURATION = 'its time (10 s)'

RULES: tuple[Rule, ...] = (
    Rule(
        id='emergency',
        intents=frozenset({Intent.EMERGENCY_STOP}),
        when='always, from everybody, without the model and without a rate limit',
        outcome=Outcome.ACCEPT,
        effect=Effect.EMERGENCY,
        reply='Emergency stop.',
        ends='*go on*, a cancel or a new episode',
    ),
    Rule(
        id='rate',
        intents=frozenset(Intent) - _CAREFUL - {Intent.CANCEL, Intent.NO},
        when='more than {most} instructions of this source within 10 s',
        applies=lambda case: case.recent > case.most_recent,
        outcome=Outcome.REJECT,
        reason='too many instructions: more than {most} within 10 s; wait a little',
        reply='One thing at a time, please.',
    ),
    Rule(
        id='unsafe',
        intents=frozenset(),
        when='its words are unsafe, and the safety mode refuses that',
        applies=lambda case: bool(case.asked.unsafe) and case.is_safe_mode,
        outcome=Outcome.REJECT,
        reason='{unsafe}',
        reply='I will not do that: {danger}.',
    ),
    Rule(
        id='question',
        intents=frozenset({Intent.QUESTION}),
        when='always',
        outcome=Outcome.REJECT,
        reason='{problem}',
        reply='Ask it as a question, please.',
    ),
    Rule(
        id='no_unit',
        intents=frozenset({Intent.UNKNOWN}),
        when='a speed without a unit',
        applies=lambda case: bool(case.asked.suggestion),
        outcome=Outcome.ASK_BACK,
        reason='{problem}; did you mean "{suggestion}"? Answer yes or no',
        reply='Did you mean {suggestion}?',
    ),
    Rule(
        id='not_clear',
        intents=_NOT_CLEAR,
        when='negated only, under a condition, several things at once, a negative speed, too long',
        applies=lambda case: bool(case.asked.problem),
        outcome=Outcome.ASK_BACK,
        reason='{problem}',
        reply='I did not understand that. What should the car do?',
    ),
    Rule(
        id='confirm',
        intents=frozenset({Intent.YES}),
        when='something was asked back within the last 10 s',
        applies=lambda case: case.pending is not None,
        outcome=Outcome.ANSWER,
        effect=Effect.CONFIRM,
        reason='confirmed "{pending}"',
    ),
    Rule(
        id='yes',
        intents=frozenset({Intent.YES}),
        when='nothing was asked',
        outcome=Outcome.REJECT,
        reason='nothing was asked',
    ),
    Rule(
        id='no',
        intents=frozenset({Intent.NO}),
        when='always',
        outcome=Outcome.ANSWER,
        effect=Effect.DROP,
        reason='nothing is done',
        reply='All right.',
    ),
    Rule(
        id='chat',
        intents=frozenset({Intent.CHAT}),
        when='always; the drive does not change',
        outcome=Outcome.ANSWER,
        reason='small talk; the drive does not change',
        reply='Thank you. Tell me how to drive.',
    ),
    Rule(
        id='priority',
        intents=frozenset(Intent) - _CAREFUL,
        when='one of higher priority is active (operator, then passenger, then program)',
        applies=lambda case: case.is_outranked,
        outcome=Outcome.REJECT,
        reason='"{active}" of {owner} is in force and comes first',
        reply='{owner} decides at the moment.',
    ),
    Rule(
        id='cancel',
        intents=frozenset({Intent.CANCEL}),
        when='an instruction is active',
        applies=lambda case: case.active is not None,
        outcome=Outcome.ANSWER,
        effect=Effect.RELEASE,
        reason='"{active}" is cancelled',
        reply='Cancelled.',
    ),
    Rule(
        id='cancel_nothing',
        intents=frozenset({Intent.CANCEL}),
        when='no instruction is active',
        outcome=Outcome.REJECT,
        reason='no instruction is active',
    ),
    Rule(
        id='strange_words',
        intents=_NOT_CALMING,
        when='beside words that nobody knows to be harmless, and the safety mode refuses that',
        applies=lambda case: (
            bool(case.asked.strange) and case.is_safe_mode and not _is_too_fast(case)
        ),
        outcome=Outcome.ASK_BACK,
        reason='not understood: {strange}; did you mean "{suggestion}"? Answer yes or no',
        reply='Did you mean {suggestion}?',
    ),
    Rule(
        id='go_on',
        intents=frozenset({Intent.GO_ON}),
        when='always; the car still stops by its own plan, such as at a red light',
        outcome=Outcome.ANSWER,
        effect=Effect.RELEASE,
        reason='no instruction holds the car any more; it drives by its own plan',
        reply='Going on.',
    ),
    Rule(
        id='stop_in_junction',
        intents=frozenset({Intent.STOP_SAFELY}),
        when='in a junction, or less than 15 m before one',
        applies=lambda case: case.is_at_junction,
        outcome=Outcome.DEFER,
        reason='until the junction is behind the car',
        reply='I will stop after the junction.',
        ends='standing for 5 s, or 60 s of waiting in vain',
    ),
    Rule(
        id='stop',
        intents=_STOPS,
        when='always; the cap of the speed falls to 0, whatever the model plans',
        outcome=Outcome.ACCEPT,
        ends=f'standing for 5 s, or {_DURATION}',
    ),
    Rule(
        id='off_route',
        intents=frozenset(Intent) - _CAREFUL,
        when='the car is off its route and must stop',
        applies=lambda case: case.observation is not None and case.observation.is_off_route,
        outcome=Outcome.REJECT,
        reason='the car is off its route and stops; put it back, or set a new route',
        reply='I have lost the route and stop.',
    ),
    Rule(
        id='too_fast',
        intents=frozenset({Intent.TARGET_SPEED, Intent.TURN}),
        when='above the speed limit by more than the margin, and the safety mode refuses that',
        applies=_is_too_fast,
        outcome=Outcome.REJECT,
        reason='unsafe: {speed} is above the highest speed of {limit}',
        reply='That is too fast.',
    ),
    Rule(
        id='turn_around_without_map',
        intents=frozenset({Intent.TURN}),
        when='turning around, or not at the next junction, and nobody can plan the route anew',
        applies=lambda case: (
            not case.has_navigator
            and case.asked.turn is not None
            and (case.asked.turn.ordinal > 1 or case.asked.turn.direction is Direction.AROUND)
        ),
        outcome=Outcome.REJECT,
        reason='to {turn} needs a map or a route planner; none is there',
        reply='I have no map for that.',
    ),
    Rule(
        id='turn',
        intents=frozenset({Intent.TURN}),
        when='else',
        outcome=Outcome.ACCEPT,
        effect=Effect.TURN,
        ends='the junction is behind the car, or 120 s',
    ),
    Rule(
        id='unreadable',
        intents=frozenset(),
        when='no known intent and a word that may do harm, in the safety mode that refuses',
        applies=_is_unreadable,
        outcome=Outcome.ASK_BACK,
        reason='not understood: this model was trained to follow {known}; '
        'say one of these, or a turn such as "turn left at the next junction"',
        reply='I did not understand that.',
    ),
    Rule(
        id='not_trained_free',
        intents=frozenset({Intent.UNKNOWN}),
        when='no known intent, and the policy follows no free text',
        applies=lambda case: case.needs_model,
        outcome=Outcome.ASK_BACK,
        reason='not understood: this model was trained to follow {known} only',
        reply='I did not understand that.',
    ),
    Rule(
        id='not_trained',
        intents=frozenset({Intent.FASTER}) | _LANES,
        when='the policy was not trained in it',
        applies=lambda case: case.needs_model,
        outcome=Outcome.REJECT,
        reason='this model was not trained to follow {kind}',
        reply='I have not learned that.',
    ),
    Rule(
        id='lane_in_junction',
        intents=_LANES,
        when='in a junction, or less than 15 m before one',
        applies=lambda case: case.is_at_junction,
        outcome=Outcome.DEFER,
        reason='until the junction is behind the car',
        reply='I will change the lane after the junction.',
        ends='having moved to the next lane, its time, or 60 s of waiting in vain',
    ),
    Rule(
        id='lane_while_standing',
        intents=_LANES,
        when='slower than 2 m/s',
        applies=_is_slow,
        outcome=Outcome.DEFER,
        reason='until the car drives',
        reply='I will change the lane when the car drives.',
        ends='having moved to the next lane, its time, or 60 s of waiting in vain',
    ),
    Rule(
        id='faster_in_junction',
        intents=frozenset({Intent.FASTER}),
        when='in a junction',
        applies=lambda case: case.is_in_junction,
        outcome=Outcome.DEFER,
        reason='until the junction is behind the car',
        reply='After the junction.',
        ends='being faster, its time, or 60 s of waiting in vain',
    ),
    Rule(
        id='lane',
        intents=_LANES,
        when='else',
        outcome=Outcome.ACCEPT,
        ends=f'having moved 2.8 m to that side of its lane, or {_DURATION}',
    ),
    Rule(
        id='speed',
        intents=frozenset({Intent.FASTER, Intent.SLOWER, Intent.TARGET_SPEED}),
        when='else; *slower* and a target speed cap the speed, whatever the model plans',
        outcome=Outcome.ACCEPT,
        ends=f'being faster (*faster*), or {_DURATION}',
    ),
    Rule(
        id='free_text',
        intents=frozenset({Intent.UNKNOWN}),
        when='every word is harmless, or the safety mode is *follow*',
        outcome=Outcome.ACCEPT,
        ends=_DURATION,
    ),
    Rule(
        id='otherwise',
        intents=frozenset(),
        when='nothing above',
        outcome=Outcome.REJECT,
        reason='not understood',
        reply='I did not understand that.',
    ),
)


def decide(case: Case) -> Rule:
    """Return the rule that decides a case."""
    return next(rule for rule in RULES if rule.matches(case))
