# SPDX-License-Identifier: Apache-2.0
"""The patterns of what is no manoeuvre of the model: turns, safe stops, going on, small talk."""

from __future__ import annotations

import re

from simlingo_core.intents import Direction, Turn

# Words that contain a pattern of a turn or a lane and mean a place.
_PLACE = (
    r'(?:junction|intersection|crossing|crossroads?|corner|street|road|lights?|exit|block|turn)'
)
_ORDINALS = {'first': 1, '1st': 1, 'next': 1, 'second': 2, '2nd': 2, 'third': 3, '3rd': 3}
_ORDINALS |= {'fourth': 4, '4th': 4}
_ORDINAL = re.compile(rf'\b({"|".join(_ORDINALS)})\b')
_AFTER_NEXT = re.compile(r'\b(after (the )?next|next but one)\b')
_AROUND = re.compile(
    r'\b(turn (it |the car |this car |us )?a?round|turn (right )?back|(make|do|take) an? u[ -]?turn|^u[ -]?turn'
    r'|go back|drive back|head back|take (me|us) (back|home)|reverse (the )?direction'
    r'|(do|make|pull) a 180)\b'
)
_SIDE = re.compile(
    r'\b(turn|bear|go|head|drive|steer|make|take|hang|branch off)\b'
    r'(?: (?:a|an|off|the car|sharp|slight|to|the|your|towards?|next|first|second|third|fourth'
    r'|1st|2nd|3rd|4th|possible|available|road|street|exit|turn|on))*? (left|right)\b'
    r'|^(?:the )?(?:(?:first|second|third|fourth|next|1st|2nd|3rd|4th) )?(left|right)'
    rf'(?= turn\b| at\b| here\b| now\b| into\b| {_PLACE}|$)'
    rf'|\b(left|right) (?:turn )?(?:at|after|before) (?:the )?(?:\w+ )*{_PLACE}\b'
    r'|\bturn (?:\w+ ){0,6}?(left|right)\b'
    r'|^we(?:.re| are) (?:going|turning) (left|right)\b'
    r'|^(?:now |here |there )?(?:to the )?(left|right)$'
    rf'|^(?:the )?(?:first|second|third|fourth|next|1st|2nd|3rd|4th) {_PLACE} (?:on|to) (?:the|your) (left|right)\b'
    rf'|\bat (?:the )?(?:\w+ )?{_PLACE} (?:turn |go |to the )*(left|right)\b'
)
_STRAIGHT = re.compile(
    r'\b(straight (on|ahead|over|across|through|forward)|(go|drive|continue|keep|head) straight'
    r'|^straight$|straight at the|do not turn( off)?|(stay|continue|keep|keep going) on (the|this) (main )?(road|street)|follow (the|this) road)\b'
)
_RIGHT_AWAY = re.compile(
    r'(?<!turn )(?<!go )(?<!a )(?<!the )\bright (away|now|here|there|after|before)\b|\ball right\b'
)
# Stops where nobody is in the way, not here and now.
STOP_SAFELY = re.compile(
    r'\bpull (over|in|up|aside|to the (side|curb|kerb|shoulder))\b'
    r'|\bstop\b.*\b(safe(ly)?|(when|where|as soon as) (it is |you can |it\'s )?(safe|possible|you can\b)'
    r'|possible|(next|nearest) (\w+ )?(opportunity|chance|possibility|place|spot))\b'
    r'|\b(stop|park|halt)\b.*\b(at|on|by) the (side|roadside|side of the road|curb|kerb|shoulder)\b'
    r'|\b(find|look for) (a |some )?(\w+ )?(parking|(place|spot|space) to (stop|park|halt))\b'
    r'|\bstop (at|in|on) (a|some) (good|safe|nice|quiet) (place|spot)\b'
    r'|\bpark (the car |it |us )?(somewhere|anywhere|nearby)\b|^park( here)?$|\bmove to the side\b'
    r'|\b(find|look for) (somewhere|anywhere|(a|some) (\w+ )?(place|spot)) (to|where|and)\b|\bplace where (you|we) can (stop|park|halt)\b'
    r"|\b(when|where|as soon as|once) (it is|it's) (safe|possible)\W+(then )?(stop|park|halt)\b"
    r'|\b(let (me|us) (out|off)|drop (me|us) (off|at|here|there))\b'
)
GO_ON = re.compile(
    r'^(just |and |now |you may |you can |we can |we may |let us |you )*(go on|get moving|go ahead and (drive|go)|continue|drive on|drive|carry on|proceed|resume'
    r'|move on|move|go|go ahead|keep (on )?(going|driving|moving)|(let us )?get going|let us go'
    r'|start( driving| moving)?( again)?|set off|off (we|you) go|drive off|start off( again)?|drive ahead|roll|back to driving|we(?: are|.re) ready( to go)?'
    r'|(continue|resume) (driving|(the|our|your) (trip|drive|journey|way)|on (our|the|your) way)'
    r'|(drive|go|continue) (normally|as (before|usual|normal)))'
    r'( driving| again| now| then| with (the|your|our) (drive|trip|journey|route))*$'
)
CANCEL = re.compile(
    r'^((please )?cancel( (that|it|this|(that|this|my|the|your) ((last|previous|latest) )?(instruction|order|command|request|wish)))?|forget (it|that|what i sa(id))'
    r'|never mind( (that|it|this|(my|the) (last |previous )?(request|order|instruction|command)))?|undo( that)?|abort( that)?|stop doing (that|this|it)|take (that|it) back|do not do (?:that|it|this)|scratch that|ignore (that|what i (just )?sa(id))|disregard that)$'
)
YES = re.compile(r'^(yes|yeah|yep|yup|sure|correct|right|exactly|affirmative|do it|of course)\b')
NO = re.compile(r'^(no|nope|negative|wrong|not that)( thanks?)?$')
EMERGENCY = re.compile(
    r'\bemergency (stop|brake|braking|halt)\b|\b(full|hard|panic) (brake|braking)\b|\bpanic stop\b'
    r'|\bbrake (now )?(as )?hard\b|\bslam (on )?the brakes\b|\bstop stop\b|\b(stop|brake) (the car )?'
    r'(immediately|instantly|(right )?this (very )?(instant|second|moment))\b|\bbrakes? hard\b|\bbrake brake\b|\bstop now,? stop\b|\bimmediately (stop|brake)\b|\bbrakes? emergency\b|\bemergency\b(?! (vehicles?|services?|exit|lane|car|doctor|room))|\bemergency (hit|slam|stop)\b'
)
CHAT = re.compile(
    r'^(hi|hello|hey|good (morning|afternoon|evening|day|night)|bye|goodbye|(thanks|thank you)( (very much|so much|a lot|again|car))?( for (the |this |your |that )?\w+( \w+)?)?|how (nice|kind|lovely|great|sweet)\b.*'
    r'|(very |that is |that was )?(nice|great|good|cool|well done|awesome|lovely|beautiful)\b.*'
    r'|i (like|love|am|feel|think|had|was|hope|wonder)\b.*|tell me (a|about)\b.*|sing\b.*'
    r'|play\b.*|(it|the weather|the sun|the sky) is\b.*|my \w+ (is|was|has)\b.*|welcome'
    r'|(oh|ah|wow|hm+|ok|okay|aha)( .*)?|what a\b.*|happy \w+|congratulations|sorry|excuse me'
    r'|you (are|drive|did) (a )?(great|good|nice|well|funny|cool|welcome|all right|the best)\b.*)$'
)
# Wanted now.
URGENT = re.compile(
    r'\b(now|immediately|at once|right away|quick(ly)?|hurry|urgent(ly)?|instantly|emergency'
    r'|help|asap)\b|!!'
)
POLITE_WORDS = re.compile(
    r'\b(please|pls|plz|kindly|thanks|thank you|would you|could you|bitte|danke)\b|请|谢谢'
)


def turn_in(clause: str) -> Turn | None:
    """Return the turn that a clause asks for; None: it asks for none."""
    if 'lane' in clause:
        return None
    if _AROUND.search(clause):
        return Turn(Direction.AROUND)
    if _STRAIGHT.search(clause):
        return Turn(Direction.STRAIGHT, _ordinal(clause))
    match = _SIDE.search(_RIGHT_AWAY.sub('', clause))
    if match is None:
        return None
    side = next(group for group in match.groups() if group in ('left', 'right'))
    return Turn(Direction(side), _ordinal(clause))


def _ordinal(clause: str) -> int:
    if _AFTER_NEXT.search(clause):
        return 2
    found = _ORDINAL.findall(clause)
    return _ORDINALS[found[-1]] if found else 1
