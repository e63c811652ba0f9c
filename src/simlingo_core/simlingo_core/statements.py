# SPDX-License-Identifier: Apache-2.0
"""What a commentary, a reply or an answer says, whatever its words.

Reads English sentences in the manner of SimLingo's labels (upstream_spec §6): an action of the
route, an action of the speed and a reason in a commentary; yes or no, numbers, things, places and
states in an answer; a refusal and its reason in a reply.  A sentence is cut into what is done and
why, so that "decelerate to stay behind the car that is stopped" does not say *stop*.  What is not
stated stays None or empty, and is never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar

from simlingo_core.statement_kinds import Reason, RefusalReason, RouteAction, SpeedAction
from simlingo_core.statement_patterns import (
    ACCELERATES,
    ANNOUNCES,
    CONDITIONAL,
    DECELERATES,
    GIVES_WAY,
    MOTIONS,
    NOTHING,
    NUMBERS,
    PASSES,
    PLACES,
    POLARITY,
    REASON_AFTER,
    REASON_BEFORE,
    REASONS,
    REFUSAL_REASONS,
    REFUSES,
    RETURNS,
    ROUTE_ACTIONS,
    SENTENCE_ENDS,
    SPEED_ACTIONS,
    STATES,
    THINGS,
    WAITS_FOR_GAP,
)

__all__ = [
    'Reason',
    'RefusalReason',
    'RouteAction',
    'SpeedAction',
    'Statement',
    'read_answer',
    'read_statement',
]

_Kind = TypeVar('_Kind')
_OTHER_LANE = re.compile(r'\b(other|opposite|this) lane\b|^stay out\b')
_MARKERS = re.compile(r'^\s*A:\s*|\s*Waypoints:\s*$|<\|im_end\|>')


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What a commentary or a reply says.

    Attributes:
        speed: what the car does with its speed; None: nothing is stated.
        route: where it goes; None: nothing is stated.
        reason: why; None: no reason is given.
        things: what is named, in the words of ``statement_patterns.THINGS``.
        states: colours of lights that are named.
        refuses: whether it refuses an instruction.
        refusal: why it refuses.
    """

    speed: SpeedAction | None = None
    route: RouteAction | None = None
    reason: Reason | None = None
    things: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    refuses: bool = False
    refusal: RefusalReason | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was understood."""
        return self == Statement()


def read_statement(text: str) -> Statement:
    """Return what a commentary or a reply says.

    Args:
        text: of a model or a label; markers such as ``Waypoints:`` make no difference.
    """
    words = _normalise(text)
    refuses = REFUSES.search(words) is not None
    if refuses:
        return Statement(refuses=True, refusal=_first(REFUSAL_REASONS, words))
    sentences = [ANNOUNCES.sub('', part) for part in SENTENCE_ENDS.split(words) if part]
    stated = [part for part in sentences if not CONDITIONAL.search(part)]
    actions, reasons = [], []
    for sentence in stated:
        if WAITS_FOR_GAP.search(sentence):
            continue  # it says where the car waits, and the sentence on the speed says how
        action, why = _split_reason(sentence)
        actions.append(action)
        reasons.append(why)
    speed = _speed(actions)
    return Statement(
        speed=speed,
        route=_route(actions, stated),
        reason=_first(REASONS, '. '.join(reasons)) or _reason_in(actions, speed),
        things=_things(words),
        states=_states(words),
    )


def read_answer(text: str) -> frozenset[str]:
    """Return the facts of an answer to a question, such as ``yes``, ``thing:car``, ``number:2``.

    Args:
        text: of a model or a label.
    """
    words = _normalise(text)
    statement = read_statement(text)
    facts = {f'thing:{thing}' for thing in statement.things}
    facts |= {f'state:{state}' for state in statement.states}
    if match := POLARITY.search(words):
        facts.add(match['word'])
    elif NOTHING.search(words):
        facts.add('no')
    for name, found in (
        ('speed', statement.speed),
        ('route', statement.route),
        ('reason', statement.reason),
        ('motion', _first_word(MOTIONS, words)),
    ):
        if found is not None:
            facts.add(f'{name}:{found}')
    facts |= {f'place:{place}' for place, sign in PLACES if re.search(rf'\b({sign})\b', words)}
    numbers = re.findall(r'\d+(?:\.\d+)?', words)
    numbers += [str(NUMBERS[word]) for word in re.findall(r'[a-z]+', words) if word in NUMBERS]
    return frozenset(facts | {f'number:{float(number):g}' for number in numbers})


def _normalise(text: str) -> str:
    words = _MARKERS.sub(' ', text).lower().replace('’', "'")
    return ' '.join(words.split())


def _split_reason(sentence: str) -> tuple[str, str]:
    """Return what is done and why; the reason stays empty where the sentence gives none."""
    if match := REASON_BEFORE.match(sentence):
        return match['action'], match['reason']
    if match := REASON_AFTER.search(sentence):
        return sentence[: match.start()], sentence[match.end() :]
    return sentence, ''


def _speed(actions: list[str]) -> SpeedAction | None:
    for action in actions:
        for kind, sign in SPEED_ACTIONS:
            if sign.search(action):
                return kind
        faster, slower = ACCELERATES.search(action), DECELERATES.search(action)
        if faster and (slower is None or faster.start() < slower.start()):
            return SpeedAction.ACCELERATE
        if slower:
            return SpeedAction.DECELERATE
    return None


def _route(actions: list[str], sentences: list[str]) -> RouteAction | None:
    for sentence in sentences:
        if (about := _about_obstacle(sentence)) is not None:
            return about
    found = [kind for action in actions if (kind := _first(ROUTE_ACTIONS, action)) is not None]
    special = [kind for kind in found if kind is not RouteAction.FOLLOW]
    return next(iter(special or found), None)


def _about_obstacle(sentence: str) -> RouteAction | None:
    if GIVES_WAY.search(sentence):
        return RouteAction.GIVE_WAY
    if WAITS_FOR_GAP.search(sentence):
        return RouteAction.WAIT_FOR_GAP
    action = _split_reason(sentence)[0]
    if RETURNS.search(action) and 'before you' not in sentence:
        return RouteAction.RETURN
    is_passing = PASSES.search(sentence) or _OTHER_LANE.search(sentence)
    return RouteAction.PASS if is_passing and _speed([action]) is None else None


def _reason_in(actions: list[str], speed: SpeedAction | None) -> Reason | None:
    """Return the reason that a sentence holds without a connecting word ("stop at the sign")."""
    if speed is None:
        return None
    spoken = [action for action in actions if _speed([action]) is not None]
    return _first(REASONS, '. '.join(spoken))


def _things(words: str) -> frozenset[str]:
    rest, found = words.replace('ego vehicle', ''), set()
    for name, sign in THINGS:
        shorter = re.sub(rf'\b({sign})\b', ' ', rest)
        if shorter != rest:
            found.add(name)
        rest = shorter
    return frozenset(found)


def _states(words: str) -> frozenset[str]:
    if not re.search(r'\b(light|lights|signal|signals|lamp|state)\b', words):
        return frozenset()
    return frozenset(state for state in STATES if re.search(rf'\b{state}\b', words))


def _first(signs: tuple[tuple[_Kind, re.Pattern[str]], ...], words: str) -> _Kind | None:
    return next((kind for kind, sign in signs if sign.search(words)), None)


def _first_word(signs: tuple[tuple[str, str], ...], words: str) -> str | None:
    return next((kind for kind, sign in signs if re.search(rf'\b({sign})\b', words)), None)
