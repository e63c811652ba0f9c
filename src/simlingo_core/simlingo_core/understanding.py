# SPDX-License-Identifier: Apache-2.0
"""What an instruction asks for, by its words.

Case, punctuation, politeness, short forms, slips of the keyboard and spoken numbers make no
difference; German and Chinese commands are put into English first (``languages``).  A sentence is
cut into clauses; a negated clause asks for nothing ("do not slow down, stop"), and a sentence of
which nothing else is left is not understood.  Neither is a condition
("stop only if a child comes", "brake earlier"), nor a question ("why do you stop?"): it asks
for an answer and not for a stop.  What is obviously unsafe is named (``unsafe_patterns``); other
words may be left to a model, if each of them is harmless.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from simlingo_core.gist import gist_of
from simlingo_core.instruction_patterns import (
    BELOW_ZERO,
    CLAUSE_ENDS,
    CONDITION,
    LEFT_LANE,
    MEANT,
    NEGATION,
    QUESTION,
    RIGHT_LANE,
    SENTENCE_ENDS,
    SIGNS,
    SPEED,
    STAYS,
    STOP_DOING,
)
from simlingo_core.intents import Intent, Turn
from simlingo_core.known_words import strange_words
from simlingo_core.languages import ENGLISH, in_english
from simlingo_core.plain_wording import lower_case, normalised
from simlingo_core.turn_patterns import (
    CANCEL,
    CHAT,
    EMERGENCY,
    GO_ON,
    NO,
    POLITE_WORDS,
    STOP_SAFELY,
    URGENT,
    YES,
    turn_in,
)
from simlingo_core.unsafe_patterns import STATEMENT
from simlingo_core.unsafe_wording import disguise_in, hazard_in, is_safe_free_text, unsafe_part
from simlingo_core.wordings import CANONICAL, ManoeuvreKind, speed_words

NOT_UNDERSTOOD = 'not understood'
UNSAFE = 'unsafe'
MOST_WORDS = 40
_MPS_PER_UNIT = {'k': 1.0 / 3.6, 'mi': 0.44704, 'mp': 0.44704, 'm/': 1.0, 'me': 1.0}
_FASTEST_MPS = 60.0
_GROUPS, _GROUPED = re.compile("[, ']"), re.compile(r"[1-9]\d{0,2}(?:[, ']\d{3})+")
_WITHOUT_UNIT = re.compile(r'\b(?:drive|go|speed|do|accelerate|slow down)\b.*?\b(\d{1,3})$')
_EMERGENCY_ONLY = re.compile(r'(emergency[\s.!,]*)+')
_ASKS = re.compile(r'^(i|we|you) (want|need|must|should|have to|would like)\b')
_BY_STATEMENT = (Intent.SLOWER, Intent.STOP_SAFELY, Intent.CHAT)
_NOT_CALMING = (
    Intent.FASTER,
    Intent.TARGET_SPEED,
    Intent.LANE_LEFT,
    Intent.LANE_RIGHT,
    Intent.TURN,
    Intent.GO_ON,
)
_BESIDE_A_TURN = (None, ManoeuvreKind.SLOWER, ManoeuvreKind.TARGET_SPEED)


@dataclass(frozen=True, kw_only=True)
class Understanding:
    """What was understood of an instruction.

    Attributes:
        intent: what it wants.
        kind: the manoeuvre of the model that it asks for; None: none that is known.
        wording: the sentence that models were trained on for it; empty: there is no kind.
        speed_mps: that is asked for, where the kind is TARGET_SPEED.
        turn: that is asked for, also beside SLOWER and TARGET_SPEED; None: none.
        problem: why the instruction cannot be followed; empty: it can be, as far as its words go.
        unsafe: why it must not be followed where safety counts; empty: nothing was found.
        suggestion: what may have been meant, to be asked back; empty: nothing.
        strange: words beside an order that is not to slow down and that nobody knows to be
            harmless.
        is_safe_text: a model may read the words as they stand, where no kind is known.
        is_urgent: it is wanted now.
        is_polite: it has a word such as *please*.
        language: ISO 639-1 code.
    """

    intent: Intent = Intent.UNKNOWN
    kind: ManoeuvreKind | None = None
    wording: str = ''
    speed_mps: float | None = None
    turn: Turn | None = None
    problem: str = ''
    unsafe: str = ''
    suggestion: str = ''
    strange: tuple[str, ...] = ()
    is_safe_text: bool = False
    is_urgent: bool = False
    is_polite: bool = False
    language: str = ENGLISH


def understand(text: str) -> Understanding:
    """Tell what an instruction asks for.

    Args:
        text: as a person typed or spoke it.
    """
    lower = lower_case(text)
    english, language = in_english(lower)
    found = replace(
        _understand_english(text, english),
        language=language,
        is_polite=POLITE_WORDS.search(lower) is not None,
    )
    if found.intent in _NOT_CALMING and not found.unsafe:
        found = _with_strange_words(found, english)
    is_urgent = found.intent is Intent.EMERGENCY_STOP or URGENT.search(lower) is not None
    return replace(found, is_urgent=is_urgent)


def kind_of(text: str) -> ManoeuvreKind | None:
    """Return the manoeuvre kind that an instruction asks for; None: none that is known."""
    return understand(text).kind


def _with_strange_words(found: Understanding, english: str) -> Understanding:
    strange = strange_words(SENTENCE_ENDS.split(normalised(english)))
    if not strange:
        return found
    plain = found.turn.words if found.turn is not None else found.wording or 'go on'
    return replace(found, strange=strange, suggestion=plain)


def _understand_english(text: str, english: str) -> Understanding:
    if QUESTION.search(english.strip()):
        problem = f'{NOT_UNDERSTOOD}: it is a question; ask it as one'
        return Understanding(intent=Intent.QUESTION, problem=problem)
    whole = normalised(english)
    if _EMERGENCY_ONLY.fullmatch(whole):
        return _stop([whole], english)
    sentences = SENTENCE_ENDS.split(whole)
    sentence = '. '.join(part for part in sentences if not CONDITION.search(part))
    conditions = [part.strip() for part in sentences if CONDITION.search(part)]
    clauses = [part.strip() for part in CLAUSE_ENDS.split(sentence) if part.strip()]
    negated = [clause for clause in clauses if _is_negated(clause)]
    wanted = [_as_meant(clause) for clause in _wanted(sentence, clauses, negated)]
    kinds = {kind for clause in wanted for kind in _kinds_in(clause)}
    kind = _safest(kinds)
    turns = {turn for clause in wanted if (turn := turn_in(clause)) is not None}
    is_stop_first = bool(wanted) and wanted == clauses[: len(wanted)] and _is_stop(wanted[0])
    if is_stop_first and not unsafe_part(wanted[:1], [], ManoeuvreKind.STOP):
        return _stop(wanted, english)
    if not kinds and not turns and (problem := _problem_of_condition(conditions)):
        return Understanding(intent=Intent.CONDITION, problem=problem)
    unsafe = disguise_in(text, english)
    if not unsafe:
        unsafe = unsafe_part([*wanted, *conditions], negated, kind)
    if unsafe:
        return Understanding(
            kind=kind,
            wording=_wording(kind, sentence, wanted)[0],
            speed_mps=_wording(kind, sentence, wanted)[1],
            intent=_intent_of(kind, turns),
            unsafe=f'{UNSAFE}: {unsafe}',
        )
    if len(english.split()) > MOST_WORDS:
        return Understanding(problem=f'{NOT_UNDERSTOOD}: it has more than {MOST_WORDS} words')
    return _without_danger(english, sentence, wanted, negated, kinds, turns)


def _without_danger(
    english: str,
    sentence: str,
    wanted: list[str],
    negated: list[str],
    kinds: set[ManoeuvreKind],
    turns: set[Turn],
) -> Understanding:
    """Return what a sentence without danger wants."""
    kind = _safest(kinds)
    if kind is ManoeuvreKind.TARGET_SPEED and BELOW_ZERO.search(sentence):
        return Understanding(problem=f'{NOT_UNDERSTOOD}: a speed must be 0 km/h or more')
    if kind is ManoeuvreKind.STOP:
        return _stop(wanted, english)
    if len(turns) > 1 or (turns and kind not in _BESIDE_A_TURN) or (kinds and kind is None):
        names = sorted({*(kind.value for kind in kinds), *(turn.words for turn in turns)})
        problem = f'{NOT_UNDERSTOOD}: it asks for {" and ".join(names)} at once'
        return Understanding(intent=Intent.SEVERAL, problem=f'{problem}; say one thing at a time')
    if kind is None and not turns:
        return _other(english, sentence, wanted, negated)
    wording, speed_mps = _wording(kind, sentence, wanted)
    return Understanding(
        intent=_intent_of(kind, turns),
        kind=kind,
        wording=wording,
        speed_mps=speed_mps,
        turn=next(iter(turns), None),
    )


def _other(english: str, sentence: str, wanted: list[str], negated: list[str]) -> Understanding:
    """Return what a sentence without manoeuvre and turn wants."""
    whole = ' '.join(re.sub(r"[^\w\s'-]+", ' ', english).split())
    plain = re.sub(r' ?\bplease\b ?', '', whole)
    if any(STOP_SAFELY.search(clause) for clause in wanted):
        return _stop(wanted, english)
    if any(CANCEL.search(clause) for clause in (plain, *negated)):
        return Understanding(intent=Intent.CANCEL)
    for intent, pattern in ((Intent.YES, YES), (Intent.NO, NO)):
        if pattern.search(plain):
            return Understanding(intent=intent)
    if not negated and any(GO_ON.search(clause) for clause in wanted):
        hazard = hazard_in(wanted)
        return Understanding(intent=Intent.GO_ON, unsafe=hazard and f'{UNSAFE}: {hazard}')
    if negated:
        problem = (
            f'{NOT_UNDERSTOOD}: "{negated[0]}" says what not to do; say what the car should do, '
            'such as "drive slower"'
        )
        return Understanding(intent=Intent.NEGATED, problem=problem)
    if match := next(filter(None, map(_WITHOUT_UNIT.search, wanted)), None):
        problem = f'{NOT_UNDERSTOOD}: {match[1]} has no unit'
        return Understanding(problem=problem, suggestion=f'drive at {match[1]} km/h')
    if CHAT.search(whole):
        return Understanding(intent=Intent.CHAT)
    return _by_gist(wanted) or Understanding(is_safe_text=is_safe_free_text(sentence))


def _by_gist(wanted: list[str]) -> Understanding | None:
    """Return what the words of the clauses stand for; None: nothing, or several things."""
    gists = {gist for clause in wanted if (gist := gist_of(clause)).intent is not Intent.UNKNOWN}
    is_statement = any(STATEMENT.search(clause) and not _ASKS.search(clause) for clause in wanted)
    if is_statement:  # it asks for no turn and for no more speed
        gists = {gist for gist in gists if gist.intent in _BY_STATEMENT}
    if len(gists) != 1:
        return None
    gist = gists.pop()
    if gist.intent is Intent.CHAT and is_safe_free_text(' '.join(wanted)):
        return None
    if gist.intent not in (Intent.SLOWER, Intent.FASTER, Intent.STOP_SAFELY):
        return Understanding(intent=gist.intent, turn=gist.turn)
    kind = {Intent.SLOWER: ManoeuvreKind.SLOWER, Intent.FASTER: ManoeuvreKind.FASTER}.get(
        gist.intent, ManoeuvreKind.STOP
    )
    return Understanding(intent=gist.intent, kind=kind, wording=CANONICAL[kind])


def _stop(wanted: list[str], english: str) -> Understanding:
    intent = Intent.STOP
    if any(EMERGENCY.search(clause) for clause in wanted) or EMERGENCY.search(
        re.sub(r'[^\w\s]+', ' ', english).replace('  ', ' ')
    ):
        intent = Intent.EMERGENCY_STOP
    elif any(STOP_SAFELY.search(clause) for clause in (*wanted, english)):
        intent = Intent.STOP_SAFELY
    return Understanding(
        intent=intent, kind=ManoeuvreKind.STOP, wording=CANONICAL[ManoeuvreKind.STOP]
    )


def _problem_of_condition(conditions: list[str]) -> str:
    for condition in conditions:
        if _kinds_in(condition) or turn_in(condition) or _is_negated(condition):
            return (
                f'{NOT_UNDERSTOOD}: "{condition}" holds for some cases only; say what the car '
                'should do now, such as "stop"'
            )
    return ''


def _intent_of(kind: ManoeuvreKind | None, turns: set[Turn]) -> Intent:
    if turns:
        return Intent.TURN
    return Intent.UNKNOWN if kind is None else Intent(kind.value)


def _is_stop(clause: str) -> bool:
    is_asked = _kinds_in(clause) == {ManoeuvreKind.STOP} or STOP_SAFELY.search(clause)
    return bool(is_asked) and not STATEMENT.search(clause)


def _wanted(sentence: str, clauses: list[str], negated: list[str]) -> list[str]:
    is_list = re.search(r'\b(or|nor)\b', sentence) is not None
    if negated and is_list:  # "do not stop, slow down or brake": the negation holds for the rest
        return clauses[: clauses.index(negated[0])]
    return [clause for clause in clauses if clause not in negated]


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


def _wording(
    kind: ManoeuvreKind | None, sentence: str, wanted: list[str]
) -> tuple[str, float | None]:
    """Return the trained wording of a manoeuvre, and its speed [m/s] where it has one."""
    if kind is None:
        return '', None
    speeds_mps = [speed for clause in wanted if (speed := _speed_in(clause)) is not None]
    if kind is not ManoeuvreKind.TARGET_SPEED:
        return CANONICAL[kind], None
    words = speed_words(min(speeds_mps), in_kmh='m/s' not in sentence)
    return CANONICAL[kind].format(speed=words), min(speeds_mps)


def _speed_in(words: str) -> float | None:
    match = SPEED.search(words)
    if match is None:
        return None
    speed_mps = _number(match[1]) * _MPS_PER_UNIT[_unit_key(match[2])]
    return min(speed_mps, _FASTEST_MPS)


def _number(digits: str) -> float:
    """Return a number; a comma or a blank before three digits groups them, else it is decimal."""
    grouped = _GROUPS.sub('', digits) if _GROUPED.match(digits) else digits
    return float(grouped.replace(',', '.'))


def _unit_key(unit: str) -> str:
    return 'k' if unit.startswith('k') else unit[:2]


def _safest(kinds: set[ManoeuvreKind]) -> ManoeuvreKind | None:
    """Return the kind to follow: the safer one of several, None where there is none."""
    for kind in (ManoeuvreKind.STOP, ManoeuvreKind.TARGET_SPEED, ManoeuvreKind.SLOWER):
        if kind in kinds:
            return kind
    return next(iter(kinds)) if len(kinds) == 1 else None
