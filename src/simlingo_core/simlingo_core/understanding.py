# SPDX-License-Identifier: Apache-2.0
"""Which manoeuvre an instruction asks for, by its words.

Only English and only the manoeuvre kinds of ``wordings`` are known.  Case, punctuation, politeness
and short forms make no difference.  A sentence is cut into clauses; a negated clause asks for
nothing ("do not slow down, stop"), and a sentence of which nothing else is left is not understood.
Other words are left to the model.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

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
    sentence = _normalise(text)
    clauses = [part.strip() for part in _CLAUSE_ENDS.split(sentence) if part.strip()]
    is_list = re.search(r'\b(or|nor)\b', sentence) is not None
    negated = [clause for clause in clauses if _is_negated(clause)]
    wanted = clauses if not negated else [c for c in clauses if c not in negated]
    if negated and is_list:  # "do not stop, slow down or brake": the negation holds for all
        wanted = []
    kinds = {kind for clause in wanted for kind in _kinds_in(clause)}
    kind = _safest(kinds)
    unsafe = '' if kind in _CAREFUL else _unsafe_part(wanted)
    if kind is None:
        return Understanding(problem=_problem(kinds, negated), unsafe=unsafe)
    speed_mps = _speed_in(sentence) if kind is ManoeuvreKind.TARGET_SPEED else None
    wording = CANONICAL[kind]
    if speed_mps is not None:
        wording = wording.format(speed=speed_words(speed_mps, in_kmh='m/s' not in sentence))
    return Understanding(kind=kind, wording=wording, speed_mps=speed_mps, unsafe=unsafe)


def kind_of(text: str) -> ManoeuvreKind | None:
    """Return the manoeuvre kind that an instruction asks for; None: none that is known."""
    return understand(text).kind


_CLAUSE_ENDS = re.compile(r'[.!?;:,\n]+(?!\d)|\b(?:but|instead|rather)\b|[–—]| - ')
_SHORT_FORMS = (
    (r"\bcan't\b|\bcannot\b|\bcant\b", 'can not'),
    (r"\bwon't\b|\bwont\b", 'will not'),
    (r"\b(do|does|did|should|must|could|would)n'?t\b", r'\1 not'),
    (r"\blet's\b|\blets\b", 'let us'),
    (r"\bi'd\b", 'i would'),
    (r'\bgonna\b', 'going to'),
)
_POLITE = (
    r'\b(please|pls|plz|kindly|thanks|thank you)\b',
    r'\b(can|could|would|will|may) (you|we|i)( please)?( mind)?\b',
    r'\b(why do|why do not|why not|can not|could not|would not|will not) (you|we)\b',
    r'\bi (want|need|would like|would love) (you|us|the car)? ?to\b',
    r'\b(no|oh|hey|ok|okay|yes|well)\b(?=[\s,!.]*(stop|halt|brake|slow|drive|go|speed)\b)'
    r'(?! stopping)',
)
# Words with another meaning than the manoeuvre that they contain.
_FALSE_FRIENDS = (
    (r'\bstop[ -](sign|line|light|lamp)', r'\1'),
    (r'\b(bus|tram|full|pit)[ -]stop\b', r'\1'),
    (r'\bstop[ -]and[ -]go\b', 'dense'),
    (
        r'\bslow (?=((?!the |this |that |our |your )\w+ )?'
        r'(car|truck|vehicle|van|bus|bike|cyclist|tractor|traffic|one|lane)\b)',
        '',
    ),
)
_NEGATION = re.compile(
    r'\b(not|never|without|avoid|no (need|more|longer|stop\w*|brak\w*|slow\w*))\b'
)
# Negated words that ask for something all the same.
_MEANT = (
    (r'^do not (move|go|drive|continue|proceed)( on| any further| further| ahead)?$', 'stop'),
    (r'\bnot (drive |go |be )?(so|too|that|this) (fast|quickly)\b.*', 'slower'),
    (r'\bnot (drive |go |be )?(so|too|that|this) (slow|slowly)\b.*', 'faster'),
    (r'\bstop (accelerating|speeding|racing|(going|driving) (so |too )?fast(er)?)\b', 'slower'),
)
# "Stop braking" negates what follows; "stop driving" does not.
_STOP_DOING = re.compile(r'\b(stop|quit) (?!driving\b|moving\b|going$|rolling\b)\w+ing\b')
_SPEED = re.compile(
    r'(?<!by )(?<![\d.])(\d+(?:[.,]\d+)?)\s*'
    r'(km/?h|kph|kmh|kilomet(?:er|re)s?(?: per|/| an) ?h(?:our)?|m/s|met(?:er|re)s? per second'
    r'|mph|miles?(?: per| an|/) ?h(?:our)?)\b'
)
_LEFT_LANE = r'\b(left|leftmost)\b.*\blanes?\b|\blanes?\b.*\b(left|leftmost)\b'
_RIGHT_LANE = r'\b(right|rightmost)\b.*\blanes?\b|\blanes?\b.*\b(right|rightmost)\b'
_STAYS = re.compile(r'\b(stay|keep|remain|blocked|closed|is|are|was)\b')
_A_BIT = r'( \w+)?( a (bit|little)| slightly| gently| softly| lightly)'
_SIGNS: tuple[tuple[ManoeuvreKind, re.Pattern[str]], ...] = (
    (
        ManoeuvreKind.STOP,
        re.compile(
            r'\b(stop|stopping|halt|stand still|standstill|pull over|brakes?|braking)\b'
            rf'(?!{_A_BIT})|^wait( here| a moment| now)?$'
        ),
    ),
    (
        ManoeuvreKind.SLOWER,
        re.compile(
            r'\b(slower|(?<!too )slow(ly)?|slowing|too fast|decelerate|careful(ly)?'
            r'|take it easy|calm down|ease (off|up)|less (speed|gas|throttle)'
            r'|(reduce|lower|decrease|drop|cut)\b.*\b(speed|pace|velocity))\b'
            rf'|\bbrakes?{_A_BIT}\b|\btap the brakes?\b'
        ),
    ),
    (
        ManoeuvreKind.FASTER,
        re.compile(
            r'\b(faster|quicker|accelerate|speed up|speed it up|too slow|hurry( up)?|step on it'
            r'|more (gas|speed|throttle)|(step on|hit) the gas|floor it|go quickly'
            r'|(pick up|increase|raise)\b.*\b(speed|pace|velocity))\b'
        ),
    ),
)
_CAREFUL = (ManoeuvreKind.STOP, ManoeuvreKind.SLOWER)
_ROAD_USERS = (
    r'(car|vehicle|truck|bus|van|bike|cyclist|pedestrian|person|people|child|man|woman|dog)'
)
_UNSAFE: tuple[tuple[str, str], ...] = (
    (
        r'\b(crash|collide|smash|ram)\b|\brun (over|down|into)\b'
        r'|\b(hit|drive (over|into)|bump into) (the|a|an|that|this|some)? ?(\w+ )?'
        rf'{_ROAD_USERS}\b',
        'it asks for a collision',
    ),
    (
        r'\b(ignore|run|jump|skip|disregard|overlook|drive (through|over)|go through)\b.*'
        r'\b(red|lights?|signals?|signs?)\b',
        'it asks to ignore a light or a sign',
    ),
    (
        r'\b(sidewalk|pavement|footpath|footway|pedestrian zone|off the road|off-road)\b',
        'it asks to leave the road',
    ),
    (
        r'\b(wrong (way|side|lane)|(oncoming|opposite) lane|against (the )?traffic)\b',
        'it asks to drive against the traffic',
    ),
)


def _normalise(text: str) -> str:
    words = unicodedata.normalize('NFKC', text).lower().replace('’', "'").replace('`', "'")
    for pattern, replacement in _SHORT_FORMS:
        words = re.sub(pattern, replacement, words)
    for pattern in _POLITE:
        words = re.sub(pattern, ' ', words)
    for pattern, replacement in _FALSE_FRIENDS:
        words = re.sub(pattern, replacement, words)
    return ' '.join(words.split())


def _is_negated(clause: str) -> bool:
    if any(re.search(pattern, clause) for pattern, _ in _MEANT):
        return False
    return bool(_NEGATION.search(clause) or _STOP_DOING.search(clause))


def _kinds_in(clause: str) -> set[ManoeuvreKind]:
    for pattern, meaning in _MEANT:
        clause = re.sub(pattern, meaning, clause)
    speed_mps = _speed_in(clause)
    if speed_mps is not None:
        return {ManoeuvreKind.STOP if speed_mps == 0.0 else ManoeuvreKind.TARGET_SPEED}
    found = {kind for kind, sign in _SIGNS if sign.search(clause)}
    if not _STAYS.search(clause):
        if re.search(_LEFT_LANE, clause):
            found.add(ManoeuvreKind.LANE_LEFT)
        if re.search(_RIGHT_LANE, clause):
            found.add(ManoeuvreKind.LANE_RIGHT)
    return found


def _speed_in(words: str) -> float | None:
    match = _SPEED.search(words)
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


def _unsafe_part(clauses: list[str]) -> str:
    for pattern, reason in _UNSAFE:
        if any(re.search(pattern, clause) for clause in clauses):
            return f'{UNSAFE}: {reason}'
    return ''
