# SPDX-License-Identifier: Apache-2.0
"""Which manoeuvre an instruction asks for, by its words.

Only English and only the manoeuvre kinds of ``wordings`` are known.  Case, punctuation, politeness
and short forms make no difference.  A sentence is cut into clauses; a negated clause asks for
nothing ("do not slow down, stop"), and a sentence of which nothing else is left is not understood.
Neither is a condition ("stop only if a child comes", "brake earlier"), nor a question ("why do you
stop?"), which asks for an answer and not for a stop.  Other words are left to the model.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from simlingo_core.instruction_patterns import (
    BELOW_ZERO,
    CAREFUL,
    CLAUSE_ENDS,
    CONDITION,
    FALSE_FRIENDS,
    LEFT_LANE,
    MEANT,
    MISSPELT,
    NEGATION,
    POLITE,
    QUESTION,
    RIGHT_LANE,
    SENTENCE_ENDS,
    SHORT_FORMS,
    SIGNS,
    SPEED,
    STAYS,
    STOP_DOING,
    UNSAFE_REQUESTS,
)
from simlingo_core.wordings import CANONICAL, ManoeuvreKind, speed_words

NOT_UNDERSTOOD = 'not understood'
UNSAFE = 'unsafe'
_MPS_PER_UNIT = {'k': 1.0 / 3.6, 'mi': 0.44704, 'mp': 0.44704, 'm/': 1.0, 'me': 1.0}
_FASTEST_MPS = 60.0


@dataclass(frozen=True, kw_only=True)
class Understanding:
    """What was understood of an instruction.

    Attributes:
        kind: the manoeuvre; None: none that is known.
        wording: the sentence that models were trained on for it; empty: there is no kind.
        speed_mps: that is asked for, where the kind is TARGET_SPEED.
        problem: why the instruction cannot be followed; empty: it can be, as far as its words go.
        unsafe: why it must not be followed where safety counts; empty: nothing was found.
    """

    kind: ManoeuvreKind | None = None
    wording: str = ''
    speed_mps: float | None = None
    problem: str = ''
    unsafe: str = ''


def understand(text: str) -> Understanding:
    """Tell what an instruction asks for.

    Args:
        text: as a person typed or spoke it.
    """
    if QUESTION.search(text.strip().lower()):
        return Understanding(problem=f'{NOT_UNDERSTOOD}: it is a question; ask it as one')
    whole = _normalise(text)
    sentences = SENTENCE_ENDS.split(whole)
    sentence = '. '.join(part for part in sentences if not CONDITION.search(part))
    conditions = [part.strip() for part in sentences if CONDITION.search(part)]
    clauses = [part.strip() for part in CLAUSE_ENDS.split(sentence) if part.strip()]
    is_list = re.search(r'\b(or|nor)\b', sentence) is not None
    negated = [clause for clause in clauses if _is_negated(clause)]
    wanted = clauses if not negated else [c for c in clauses if c not in negated]
    if negated and is_list:  # "do not stop, slow down or brake": the negation holds for the rest
        wanted = clauses[: clauses.index(negated[0])]
    wanted = [_as_meant(clause) for clause in wanted]
    kinds = {kind for clause in wanted for kind in _kinds_in(clause)}
    kind = _safest(kinds)
    unsafe = '' if kind in CAREFUL else _unsafe_part([*wanted, *conditions])
    if kind is ManoeuvreKind.TARGET_SPEED and BELOW_ZERO.search(sentence):
        return Understanding(problem=f'{NOT_UNDERSTOOD}: a speed must be 0 km/h or more')
    if kind is None:
        problem = _problem(kinds, negated) or _problem_of_condition(conditions)
        return Understanding(problem=problem, unsafe=unsafe)
    speeds_mps = [speed for clause in wanted if (speed := _speed_in(clause)) is not None]
    speed_mps = min(speeds_mps) if kind is ManoeuvreKind.TARGET_SPEED else None
    wording = CANONICAL[kind]
    if speed_mps is not None:
        wording = wording.format(speed=speed_words(speed_mps, in_kmh='m/s' not in sentence))
    return Understanding(kind=kind, wording=wording, speed_mps=speed_mps, unsafe=unsafe)


def kind_of(text: str) -> ManoeuvreKind | None:
    """Return the manoeuvre kind that an instruction asks for; None: none that is known."""
    return understand(text).kind


def _normalise(text: str) -> str:
    words = re.sub('[’‘´`′ʼ]', "'", text)  # before NFKC, which takes the acute accent apart
    words = unicodedata.normalize('NFKC', words).lower().replace('_', ' ').replace('−', '-')
    for pattern, replacement in (*SHORT_FORMS, *MISSPELT):
        words = re.sub(pattern, replacement, words)
    for pattern in POLITE:
        words = re.sub(pattern, ' ', words)
    for pattern, replacement in FALSE_FRIENDS:
        words = re.sub(pattern, replacement, words)
    return ' '.join(words.split())


def _is_negated(clause: str) -> bool:
    if any(re.search(pattern, clause) for pattern, _ in MEANT):
        return False
    return bool(NEGATION.search(clause) or STOP_DOING.search(clause))


def _as_meant(clause: str) -> str:
    for pattern, meaning in MEANT:
        clause = re.sub(pattern, meaning, clause)
    return clause


def _kinds_in(clause: str) -> set[ManoeuvreKind]:
    speed_mps = _speed_in(clause)
    if speed_mps is not None:
        return {ManoeuvreKind.STOP if speed_mps == 0.0 else ManoeuvreKind.TARGET_SPEED}
    found = {kind for kind, sign in SIGNS if sign.search(clause)}
    if not STAYS.search(clause):
        if re.search(LEFT_LANE, clause):
            found.add(ManoeuvreKind.LANE_LEFT)
        if re.search(RIGHT_LANE, clause):
            found.add(ManoeuvreKind.LANE_RIGHT)
    return found


def _speed_in(words: str) -> float | None:
    match = SPEED.search(words)
    if match is None:
        return None
    speed_mps = float(match[1].replace(',', '.')) * _MPS_PER_UNIT[_unit_key(match[2])]
    return min(speed_mps, _FASTEST_MPS)


def _unit_key(unit: str) -> str:
    return 'k' if unit.startswith('k') else unit[:2]


def _safest(kinds: set[ManoeuvreKind]) -> ManoeuvreKind | None:
    """Return the kind to follow: the safer one of several, None where there is none."""
    for kind in (ManoeuvreKind.STOP, ManoeuvreKind.TARGET_SPEED, ManoeuvreKind.SLOWER):
        if kind in kinds:
            return kind
    return next(iter(kinds)) if len(kinds) == 1 else None


def _problem(kinds: set[ManoeuvreKind], negated: list[str]) -> str:
    if kinds:
        names = ' and '.join(sorted(kind.value for kind in kinds))
        return f'{NOT_UNDERSTOOD}: it asks for {names} at once; say one thing at a time'
    if negated:
        return (
            f'{NOT_UNDERSTOOD}: "{negated[0]}" says what not to do; say what the car should do, '
            'such as "drive slower"'
        )
    return ''


def _problem_of_condition(conditions: list[str]) -> str:
    for condition in conditions:
        if _kinds_in(condition) or _is_negated(condition):
            return (
                f'{NOT_UNDERSTOOD}: "{condition}" holds for some cases only; say what the car '
                'should do now, such as "stop"'
            )
    return ''


def _unsafe_part(clauses: list[str]) -> str:
    for pattern, reason in UNSAFE_REQUESTS:
        if any(re.search(pattern, clause) for clause in clauses):
            return f'{UNSAFE}: {reason}'
    return ''
