# SPDX-License-Identifier: Apache-2.0
"""The patterns by which ``understanding`` finds manoeuvres; all for lower case text."""

from __future__ import annotations

import re

from simlingo_core.wordings import ManoeuvreKind

CLAUSE_ENDS = re.compile(
    r'[.!?;:,\n]+(?!\d)|\b(?:but|instead|rather)\b|[–—]| - '
    r'|\bso (?:that )?(?=(?:you|we|it|i|nobody)\b)|\band (?=(?:do )?not\b|never\b)'
    r'|\b(?:and )?then\b'
)
SHORT_FORMS = (
    (r"\bca ?n ?'? ?t\b|\bcannot\b", 'can not'),
    (r"\bwo ?n ?'? ?t\b", 'will not'),
    (r"\b(do|does|did|should|must|could|would|need) ?n ?'? ?t\b", r'\1 not'),
    (r"\blet's\b|\blets\b", 'let us'),
    (r"\bi'd\b", 'i would'),
    (r'\bgonna\b', 'going to'),
)


def _slips(word: str) -> str:
    swapped = [word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)]
    return '|'.join(swapped)


# Two letters swapped, and stretched words; "break" only where the brake is meant.
MISSPELT = (
    (rf'\b({_slips("stop")}|s+t+o+p+)\b', 'stop'),
    (rf'\b({_slips("slow")}|s+l+o+w+)(er|ly)?\b', r'slow\2'),
    (rf'\b({_slips("brake")})\b', 'brake'),
    (rf'\b({_slips("turn")})\b', 'turn'),
    (r'\b(hit|slam on|step on|tap|use|press) the break(s?)\b', r'\1 the brake\2'),
    (r'^break( now| hard)?\W*$', r'brake\1'),
)
POLITE = (
    r'\b(if|when|whenever) (you|we) (can|could|like|want|please|do not mind)\b'
    r"|\b(if|when|whenever|once|as soon as) ((it is|it's|its) )?(possible|safe)\b"
    r'|\b(would|will) (feel|be|like|prefer|love|appreciate)( \w+)?( it)? if (you|we)( could)?\b'
    r'|\b(if|when|whenever|once|as soon as) (you|we) (get|have|see|find) (a|an|the|your) (chance|opportunity'
    r'|moment)\b|\bwould not (hurt|harm|be (so )?bad)\b',
    r'\bdo not (hesitate|forget|fail|be afraid) to\b|\bnever mind\b',
    r'\b(please|pls|plz|kindly|thanks|thank you)\b',
    r'\b(can|could|would|will|may) (you|we|i)( please)?( mind)?\b',
    r'\bdo you mind\b',
    r'\b(why do|why do not|why not|can not|could not|would not|will not) (you|we)\b',
    r'\bi (want|need|would like|would love) (you|us|the car)? ?to\b',
    r'\b(no|oh|hey|ok|okay|yes|well)\b(?=[\s,!.]*(stop|halt|brake|slow|drive|go|speed)\b)'
    r'(?! stopping)',
)
# Asks for an answer.  "Why don't you slow down?", "how about stopping?" and "do stop" do not.
QUESTION = re.compile(
    r'^((hey|so|and|but|ok|okay|well|please|tell me|say)[\s,]+)*'
    r'((why(?! (do ?n.?t|don.?t|not)\b)|what(?! a\b)|where|who|whose|which'
    r'|how(?! (about|nice|kind|lovely|great|sweet|wonderful|good)\b))\b'
    r'|when(?! (you|we|it|there|he|she|they|the|a|an)\b)'
    r'|(is|are|am|was|were|does|did|do(?! you mind\b)|has|have|had)'
    r' (you|we|i|it|he|she|they|the|this|that|there)\b|can (you|we|i) (see|hear|explain|say|tell|make it)\b)'
)
SENTENCE_ENDS = re.compile(r'[.!?;\n]+(?!\d)')
# Asks for something under a condition, or for another way of driving from now on.
CONDITION = re.compile(
    r'\b(if|when|whenever)\b'
    r'|\b(unless|in case|next time|in future|always)\b|\bonce (?=(you|we|it|the|there|i)\b)'
    r'|\b(stop|stopping|halt|brakes?|braking)( \w+){0,2} (earlier|sooner|later|closer|nearer'
    r'|farther|further (away|back|ahead)|(more|less) (often|smoothly))\b'
)
# Words with another meaning than the manoeuvre that they contain.
FALSE_FRIENDS = (
    (r'\bdo not (like|enjoy) (it )?(when|that|how) .*\b(fast|quick(ly)?)\b', 'too fast'),
    (r'\bpull over (?:in)?to the (left|right) lane\b', r'change to the \1 lane'),
    (r'\bpull over\b(?! (the|a|an|his|her|that|this|those|on|onto)\b)', 'pull aside'),
    (
        r'\b(when|once|as soon as) (you|we) are (?=(next to|beside|near|at|in front of|behind)\b)',
        '',
    ),
    (
        r'\b(when|once|as soon as) (you|we) (reach|get to|come to|arrive at|are at)(?= (the|a|that|this|our)'
        r' (\w+ )?(junction|intersection|crossing|crossroads?|corner|street|road|lights?|exit|roundabout)\b)',
        'at',
    ),
    (r'\bstop[ -](sign|line|light|lamp)', r'\1'),
    (r'\b(bus|tram|pit)[ -]stop\b', r'\1'),
    (r'\bstop[ -]and[ -]go\b', 'dense'),
    (r'\bstop (the |this )?(music|radio|recording|commentary|video)\b', r'\2'),
    (r'\bnon[ -]?stop\b', 'not stop'),
    (r'\bkill the speed\b', 'slow down'),
    (r'\bpull off the (road|street)\b', 'pull over'),
    (
        r'\b(we|you|i|it|this|that) (are|is|was|went|drove|took|have gone|have taken|are (going|driving|heading|on))'
        r' (in )?(the|a) wrong (way|direction|turn|road)\b|^wrong (way|direction|turn)(?=[,.!])',
        ' ',
    ),
    (
        r'\b(merge|(?:move|go|shift|slide|change|get|scoot) (?:one )?over(?: one| by one)?'
        r'|(?:move|shift|change) one(?: over)?) (?:to the |to your )?(left|right)\b(?!.*\blane)',
        r'change to the \2 lane',
    ),
    (
        r'\b(when|if|that|how) (you|we) (are |go |drive |going |driving |keep \w+ )*(this|that|so|too) (fast|quick(ly)?)\b',
        'too fast',
    ),
    (
        r'\b(you|we|this|it) ?(are|.re|is|.s) (going |driving |moving )?(really|so|very|quite|awfully|pretty|rather|far'
        r'|much|way)( too)? (slow|fast|quick)(ly)?\b',
        r'too \6',
    ),
    (r'\blanes?, (?=(to the )?(left|right)\b)', 'lane '),
    (r'\b(anything|everything|all) but\b|\b(instead of|rather than|without)\b', ', not'),
    (
        r'\bslow (?=((?!the |this |that |our |your )\w+ )?'
        r'(car|truck|vehicle|van|bus|bike|cyclist|tractor|traffic|one|lane)\b)',
        '',
    ),
)
NEGATION = re.compile(
    r'\b(not|never|neither|avoid|refuse|refrain|cancel|undo|abort|forget (about )?\w+ing'
    r'|no (need|reason|point|sense|use|more|longer|faster|quicker|stop\w*|brak\w*|slow\w*)'
    r'|(under|by|on|in) no (circumstances?|means|account|case|event)'
    r'|(release|let go of|off) (the |your )?brakes?|brak(e|es|ing) (less|later|too|so))\b'
)
_NOT_SO = r'\bnot (quite |have to |need to )*(drive |go |be )?(so|too|that|this)'
# Negated words that ask for something all the same.
MEANT = (
    (r'\b(not|never)( ever)? (stop|quit) (slowing|braking)\b', 'slower'),
    (
        r'\b((do )?(not|never) (exceed|(drive |go |get )?(any )?((faster|quicker|more) than|above|over|beyond))'
        r'|no (faster|quicker|more) than) (?=\d)',
        'drive at ',
    ),
    (
        r'\b(less (fast|quick|quickly|acceleration)|accelerate less|not as (fast|quickly))\b',
        'slower',
    ),
    (r'\b(less slow(ly)?|not as slow(ly)?)\b', 'faster'),
    (r'^do not turn( off)?( here)?$', 'straight on'),
    (r'^do not (move|go|drive|continue|proceed)( on| any further| further| ahead)?$', 'stop'),
    (rf'{_NOT_SO} (fast|quick|quickly)\b.*', 'slower'),
    (rf'{_NOT_SO} (slow|slowly)\b.*', 'faster'),
    (r'\b(do )?not (rush|race|speed|hurry)( (so|that|too))?( (much|fast))?$', 'slower'),
    (
        r'(?<!not )(?<!never )(?<!ever )\bstop '
        r'(accelerating|speeding|racing|(going|driving) (so |too )?fast(er)?)\b',
        'slower',
    ),
)
# "Stop braking" negates what follows; "stop driving" does not.
STOP_DOING = re.compile(r'\b(stop|quit) (?!driving\b|moving\b|going$|rolling\b)\w+ing\b')
SPEED = re.compile(
    r"(?<!by )(?<![\w.])(\d{1,3}(?:[, ']\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?(?:e\+?-?\d{1,3})?)\s*"
    r'(km ?/? ?h|kph|kmh|kilomet(?:er|re)s?(?: per|/| an) ?h(?:our)?|m/s|met(?:er|re)s? per second'
    r'|mph|miles?(?: per| an|/) ?h(?:our)?)\b(?! (?:slower|faster|less|more)\b)'
)
BELOW_ZERO = re.compile(rf'(?:(?<!\d)-|\bminus )(?={SPEED.pattern})')
LEFT_LANE = r'\b(left|leftmost)\b.*\blanes?\b|\blanes?\b.*\b(left|leftmost)\b'
RIGHT_LANE = r'\b(right|rightmost)\b.*\blanes?\b|\blanes?\b.*\b(right|rightmost)\b'
STAYS = re.compile(r'\b(stay|keep|remain|blocked|closed|is|are|was)\b')
_A_BIT = r'( \w+)?( a (bit|little)(?! (further|farther|later|ahead|after|before|past|more to))| slightly| gently| softly| lightly)'
SIGNS: tuple[tuple[ManoeuvreKind, re.Pattern[str]], ...] = (
    (
        ManoeuvreKind.STOP,
        re.compile(
            r'\b(stop|stopping|halt|stand still|standstill|pull over|brake|braking)\b(?<!the brake)(?<!your brake)'
            rf'(?!{_A_BIT})|^brakes$|\bcome to rest\b|\blet (the car|it|us) stand\b|\b(stay|hold|keep) still\b|\bput (the |your )?brakes on\b|^no further$|\bfoot on the brakes?\b|^(pause|rest)( here| now)?( for a (bit|while|moment|minute))?$|\b(hit|use|apply|press|pump|(step|stand|get|slam) on|slam|put on)'
            r'( on)?( the| your)? brakes?\b|^(please )?wait( (for )?(just )?a (moment|minute|second|bit|while))?( here| now)?( for (me|us|him|her|them))?$|^(freeze|hold it)$'
            r'|^(park|hold)( (the|this) (car|vehicle))?( right)?( here| there| now)?$|^stay (here|put|where you are)$'
        ),
    ),
    (
        ManoeuvreKind.SLOWER,
        re.compile(
            r'\b(slower|(?<!too )slow(ly)?|slowing|too fast|decelerate|(?<!you are )(?<!you are very )(?<!you are so )careful(ly)?'
            r'|take it easy|go easy|calm (it |the car )?down|ease (it )?(off|up|down)|less (speed|gas|throttle)|speed down'
            r'|off the (gas|accelerator|throttle|pedal)|speed is (far |much |way )?too (high|much)|speed (down )?low|(go|drive) gently|(half|walking) (speed|pace)'
            r'|((reduce|lower|decrease|drop|cut|lose)\b.*|take (some|a little|a bit of) )\b(speed|pace|velocity)( off)?)\b'
            rf'|\bbrakes?{_A_BIT}\b|\btap the brakes?\b|^easy( now| there)?$'
        ),
    ),
    (
        ManoeuvreKind.FASTER,
        re.compile(
            r'\b(faster|quicker|accelerate|speed(ing)? (it )?up|too slow(ly)?|accelerating|hurry( up)?|get a move on|step on it'
            r'|more (gas|speed|throttle)|(step on|hit) the gas|floor it|put (your|the) foot down|go quickly|^(go|drive|move) (very |really |more )?(fast|quick)$'
            r'|(pick up|increase|raise|gain)\b.*\b(speed|pace|velocity)|higher (speed|pace|velocity))\b'
        ),
    ),
)
