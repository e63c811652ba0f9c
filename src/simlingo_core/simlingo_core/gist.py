# SPDX-License-Identifier: Apache-2.0
"""What a sentence seems to want, by the ideas that its words stand for, in whatever order.

The patterns of ``instruction_patterns`` and ``turn_patterns`` know sentences; this knows words.
It is asked where they find nothing, and after all that is unsafe, negated or under a condition is
gone.  Each rule needs two ideas that belong together, such as *less* and *speed*; where rules of
two intents hold, the calmer one counts, or else nothing does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from simlingo_core.intents import Direction, Intent, Turn

_IDEAS: dict[str, str] = {
    'speed': r'speed|pace|velocity|tempo|gas|throttle|accelerator|driving|ride|going|drive|rate',
    'amount': r'speed|pace|velocity|tempo|gas|throttle|power|momentum|notch',
    'quick': r'fast|quick|quickly|rapid|rapidly|speedy|swift|swiftly|hasty',
    'slow': r'slow|slowly|sluggish',
    'too': r'too|so|awfully|terribly|very|rather|uncomfortably|really|quite|pretty',
    'less': (
        r'less|lower|reduce|reducing|decrease|drop|cut|down|off|lessen|shave|moderate|diminish'
        r'|back off|bring down|tone down|dial back|let up|hold back|lighter|lift'
    ),
    'gentler': r'gentler|calmer|easier|gentle|gently|calm|relaxed|leisurely|softer|slower',
    'more': (
        r'more|increase|raise|up|put on|add|pick up|gain|extra|higher|a (?:bit|little) of|some'
        r'|boost|build up|livelier|brisker|swifter'
    ),
    'hasten': r'brisker|swifter|livelier|get (?:a )?(?:move|going)|chop chop|make haste|hustle',
    'side': r'left|right|leftwards?|rightwards?',
    'place': (
        r'junction|intersection|crossing|crossroads?|corner|street|road|lights?|exit|block|turn'
        r'|turning|opening|one|avenue|lane end|roundabout|signal|signals|fork|possibility'
        r'|opportunity|chance'
    ),
    'which': r'next|first|second|third|fourth|upcoming|following|coming',
    'steer': r'turn|go|take|make|steer|bear|head|drive|want|need|swing|hang',
    'straight': r'straight|forwards?',
    'drive': r'drive|driving|go|going|keep|stay|continue|carry|head|proceed|move|straight',
    'leave': r'get|let|hop|step|climb|drop|jump|want',
    'outside': r'out|off',
    'halt': r'stop|park|halt|pull|wait|parking|stopping',
    'aside': (
        r'somewhere|anywhere|nearby|side|roadside|curb|kerb|kerbside|curbside|shoulder|spot|space'
        r'|bay|lay-?by|edge'
    ),
    'continue': (
        r'continue|resume|restart|start|keep|go on|carry on|get back to|proceed|move along'
        r'|set off|get going|begin'
    ),
    'journey': r'journey|trip|ride|drive|driving|moving|route|way|going|travel(?:l?ing)?|rolling',
    'revoke': (
        r'cancel|forget|ignore|undo|disregard|scratch|revoke|withdraw|retract|delete|drop'
        r'|take back|strike|skip'
    ),
    'order': (
        r'instruction|instructions|order|orders|command|request|wish|that|it|what i said'
        r'|what i just said|last thing'
    ),
    'praise': (
        r'nice|nicely|good|great|lovely|wonderful|smooth|well|fine|beautiful|pleasant|comfortable'
        r'|amazing|excellent|perfect|love|enjoy|welcome|morning|evening|afternoon|sorry'
        r'|best|fun|kind|careful|happy|hungry|thirsty|tired|bored|hi|hello|bye|joke'
    ),
}
_PATTERNS = {name: re.compile(rf'\b(?:{words})\b') for name, words in _IDEAS.items()}
_ORDINALS = {'second': 2, 'third': 3, 'fourth': 4}
_BACK = re.compile(r'\b(back|return|reverse) (?:\w+ )*(home|came|from|start(?:ed)?|where|began)\b')
_SHORT = 12
"""Longer sentences tell stories; their words may belong to anything."""


@dataclass(frozen=True)
class Gist:
    """What a sentence seems to want.

    Attributes:
        intent: what it wants; UNKNOWN: nothing was found.
        turn: that is asked for; None: none.
    """

    intent: Intent
    turn: Turn | None = None


# The first that holds counts: what calms comes first.
_RULES: tuple[tuple[Intent, tuple[str, ...]], ...] = (
    (Intent.STOP_SAFELY, ('leave', 'outside')),
    (Intent.STOP_SAFELY, ('halt', 'aside')),
    (Intent.SLOWER, ('too', 'quick')),
    (Intent.SLOWER, ('less', 'amount')),
    (Intent.SLOWER, ('gentler', 'speed')),
    (Intent.SLOWER, ('less', 'quick')),
    (Intent.FASTER, ('too', 'slow')),
    (Intent.FASTER, ('more', 'amount')),
    (Intent.FASTER, ('hasten', 'hasten')),
    (Intent.TURN, ('side', 'place')),
    (Intent.TURN, ('side', 'which')),
    (Intent.TURN, ('side', 'steer')),
    (Intent.TURN, ('straight', 'drive')),
    (Intent.CANCEL, ('revoke', 'order')),
    (Intent.GO_ON, ('continue', 'journey')),
    (Intent.CHAT, ('praise', 'praise')),
)


def gist_of(sentence: str) -> Gist:
    """Return what a sentence (lower case, normalised) seems to want."""
    words = ' '.join(re.findall(r"[\w'-]+", sentence))
    if not 0 < len(words.split()) <= _SHORT:
        return Gist(Intent.UNKNOWN)
    if _BACK.search(words):
        return Gist(Intent.TURN, Turn(Direction.AROUND))
    held = {name for name, pattern in _PATTERNS.items() if pattern.search(words)}
    intents = [intent for intent, ideas in _RULES if held.issuperset(ideas)]
    if not intents:
        return Gist(Intent.UNKNOWN)
    if intents[0] is not Intent.TURN:
        return Gist(intents[0])
    turn = _turn_in(words)
    return Gist(Intent.UNKNOWN) if turn is None else Gist(Intent.TURN, turn)


def _turn_in(words: str) -> Turn | None:
    sides = {side for side in ('left', 'right') if re.search(rf'\b{side}(wards?)?\b', words)}
    if len(sides) > 1 or 'lane' in words.split():
        return None
    if not sides:
        return Turn(Direction.STRAIGHT)
    ordinal = next((n for word, n in _ORDINALS.items() if re.search(rf'\b{word}\b', words)), 1)
    return Turn(Direction(sides.pop()), ordinal)
