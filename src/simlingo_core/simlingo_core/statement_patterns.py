# SPDX-License-Identifier: Apache-2.0
"""The patterns by which ``statements`` reads what a model says; all for lower case text."""

from __future__ import annotations

import re
from enum import StrEnum


class SpeedAction(StrEnum):
    """What the car does, or should do, with its speed."""

    STAND = 'stand'
    STOP = 'stop'
    KEEP = 'keep'
    KEEP_REDUCED = 'keep_reduced'
    ACCELERATE = 'accelerate'
    DECELERATE = 'decelerate'


class RouteAction(StrEnum):
    """Where the car goes, or should go."""

    FOLLOW = 'follow'
    LEFT = 'left'
    RIGHT = 'right'
    STRAIGHT = 'straight'
    LANE_LEFT = 'lane_left'
    LANE_RIGHT = 'lane_right'
    LANE_CHANGE = 'lane_change'
    PASS = 'pass'
    RETURN = 'return'
    WAIT_FOR_GAP = 'wait_for_gap'
    LEAVE_PARKING = 'leave_parking'


class Reason(StrEnum):
    """Why."""

    COLLISION = 'collision'
    FOLLOW = 'follow'
    PEDESTRIAN = 'pedestrian'
    RED_LIGHT = 'red_light'
    GREEN_LIGHT = 'green_light'
    STOP_SIGN = 'stop_sign'
    OBSTACLE = 'obstacle'
    JUNCTION = 'junction'
    SPEED_LIMIT = 'speed_limit'


class RefusalReason(StrEnum):
    """Why an instruction is not followed."""

    CRASH = 'crash'
    PEDESTRIAN = 'pedestrian'
    TOO_FAST = 'too_fast'
    TOO_SLOW = 'too_slow'
    ONCOMING = 'oncoming'
    SIDEWALK = 'sidewalk'
    NOT_ALLOWED = 'not_allowed'
    OBSTACLE = 'obstacle'


SENTENCE_ENDS = re.compile(r'[.!?;]+(?:\s+|$)')
# "Brake if necessary" says what might have to be done, not what is done.
CONDITIONAL = re.compile(
    r'\b(if|when|where|in case) (it is |it\'s )?(necessary|needed|required)\b'
)
_CONNECTORS = (
    r'because( of)?|due to|owing to|since|as|given|so that|in order to|for|in response to|until'
    r'|on account of|out of consideration for'
    r'|to (avoid|prevent|stay|remain|keep|follow|drive|pass|cross|reach|get|let|give|maintain'
    r'|approach|clear|not|make|wait|allow|yield)'
)
REASON_AFTER = re.compile(rf'[,\s]+\b(?={_CONNECTORS}\b)')
REASON_BEFORE = re.compile(rf'^(?P<reason>({_CONNECTORS})\b[^,]*),\s*(?P<action>.+)$')
_HALT = r'(stop|halt|standstill|stand still|full stop)'
SPEED_ACTIONS: tuple[tuple[SpeedAction, re.Pattern[str]], ...] = (
    (
        SpeedAction.STAND,
        re.compile(
            r'\b(remain|stay|keep|hold|still|continue to (be|stand|wait)|stays|remains|stands)\b'
            r'[^.]*\b(stopped|standing|stationary|still|halted|halt|standstill|parked|put'
            r'|in place|your position|the brake|waiting)\b'
            r'|\b(do not|don\'t) (move|drive off|set off|go)\b|\bstay where\b'
            r'|^(please )?wait\b|\bkeep waiting\b|\bstand still\b'
        ),
    ),
    (
        SpeedAction.STOP,
        re.compile(
            rf'\b(come|coming|comes|bring|get|roll)\b.*\bto an? (\w+ )?{_HALT}\b'
            r'|\b(stop|stops|stopping|halt|halts)\b(?! ?signs?\b)|\bbrake to a\b|\bstop now\b'
        ),
    ),
    (
        SpeedAction.KEEP_REDUCED,
        re.compile(
            r'\b(maintain|keep|hold|continue|stay|remain|drive on)\b.*'
            r'\b(reduced|slow|slower|low|lower|decreased|lowered)\b'
        ),
    ),
    (
        SpeedAction.KEEP,
        re.compile(
            r'\b(maintain|keep|hold|continue|preserve|stay|stick)\b.*\b(speed|pace|velocity)\b'
            r'|\b(do not|don\'t|no need to) (change|alter|adjust)\b.*\b(speed|pace)\b'
            r'|\bsame (speed|pace)\b'
        ),
    ),
)
ACCELERATES = re.compile(
    r'\b(accelerat\w+|speed(ing)? up|faster|pick(ing)? up|gain(ing)? speed|drive off|set off'
    r'|get going|start (moving|driving|to move|to drive)|(increase|raise)\w*\b.*\b(speed|pace))\b'
)
DECELERATES = re.compile(
    r'\b(decelerat\w+|slow(ing)?( down)?|slower|brak(e|es|ing)|ease off|lose speed'
    r'|(reduce|lower|decrease|cut|drop)\w*\b.*\b(speed|pace))\b'
)
_LANE = r'(?:lane|lanes)'
WAITS_FOR_GAP = re.compile(
    r'\b(wait|look|watch)\b.*\bgap\b|\bwait (until|for)\b.*\b(oncoming|clear)\b'
)
ROUTE_ACTIONS: tuple[tuple[RouteAction, re.Pattern[str]], ...] = (
    (RouteAction.LEAVE_PARKING, re.compile(r'\b(exit|leave|pull out of)\b.*\bparking\b')),
    (
        RouteAction.RETURN,
        re.compile(
            r'\b(go|merge|move|return|change|shift|drive|get|steer|swing|pull|come) back\b'
            r'|\breturn to\b|\b(your|the) (original|own|previous|initial) lane\b'
        ),
    ),
    (
        RouteAction.PASS,
        re.compile(
            r'\b(pass|overtake|circumvent|bypass|go around|drive around|steer around|get around'
            r'|move around|swing around|give way|make way|shift|dodge|detour|avoid)\b'
            r'|\baround the\b|\bdrive past\b|\bgo past\b|\bget past\b'
        ),
    ),
    (
        RouteAction.LANE_LEFT,
        re.compile(
            rf'\bleft\b[^.]*\b{_LANE}\b|\b{_LANE}\b[^.]*\b(left|leftwards?)\b'
            r'|\bmerge (to the )?left\b'
        ),
    ),
    (
        RouteAction.LANE_RIGHT,
        re.compile(
            rf'\bright\b[^.]*\b{_LANE}\b|\b{_LANE}\b[^.]*\b(right|rightwards?)\b'
            r'|\bmerge (to the )?right\b'
        ),
    ),
    (
        RouteAction.LANE_CHANGE,
        re.compile(r'\b(lane change|changes? (of )?lanes?|switch lanes?|change lanes?)\b'),
    ),
    (
        RouteAction.LEFT,
        re.compile(r'\b(turn(s|ing)?|go(es)?|bear|steer|take)\b[^.]*\bleft\b|\bleft turn\b'),
    ),
    (
        RouteAction.RIGHT,
        re.compile(r'\b(turn(s|ing)?|go(es)?|bear|steer|take)\b[^.]*\bright\b|\bright turn\b'),
    ),
    (
        RouteAction.STRAIGHT,
        re.compile(r'\b(go|goes|drive|drives|continue|keep|head|cross)\b[^.]*\bstraight\b'),
    ),
    (
        RouteAction.FOLLOW,
        re.compile(
            r'\b(follow|stay on|keep to|stick to|continue (on|along)|drive along|keep on|go along'
            r'|stay in|remain (on|in)|proceed (on|along))\b[^.]*\b(route|road|lane|path|course|way'
            r'|street)\b'
        ),
    ),
)
# Longer names first: each match is taken out of the text before the next one is looked for.
THINGS: tuple[tuple[str, str], ...] = (
    (
        'emergency vehicle',
        r'emergency (vehicle|car)|ambulance|fire ?truck|fire engine|police( car)?',
    ),
    (
        'traffic light',
        r'traffic ?lights?|traffic signals?|stop ?lights?|lights?\b(?= (is|turns|ahead))|lamps?',
    ),
    ('stop sign', r'stop ?signs?'),
    (
        'obstacle',
        r'obstacles?|obstruction|construction (site|zone|cone|sign|barrier)s?|road ?works?'
        r'|accident|warning signs?|traffic (cone|warning)s?|cones?|barriers?|billboards?|debris',
    ),
    ('bicycle', r'bicycles?|bikes?(?! lane)|cyclists?|bicyclists?'),
    ('motorcycle', r'motor ?(cycle|bike)s?|scooters?|motorcyclists?|vespa'),
    ('pedestrian', r'pedestrians?|walkers?|persons?|people|someone|man|woman'),
    ('child', r'child|children|kids?'),
    ('dog', r'dogs?|animals?'),
    ('truck', r'trucks?|hgv|lorr(y|ies)'),
    ('van', r'vans?|sprinters?|minibus'),
    ('bus', r'bus(es)?'),
    ('car', r'cars?|suvs?|jeeps?|taxis?|sedans?'),
    ('vehicle', r'vehicles?(?<!ego vehicle)|traffic'),
    ('junction', r'junctions?|intersections?|crossroads|roundabouts?'),
)
STATES = ('red', 'yellow', 'green')
_VEHICLE = r'(car|vehicle|truck|van|bus|bicycle|bike|cyclist|motorcycle|suv|jeep|traffic|taxi|one)'
REASONS: tuple[tuple[Reason, re.Pattern[str]], ...] = (
    (
        Reason.COLLISION,
        re.compile(r'\b(collision|collisions|collide|colliding|crash|crashing|hit|hitting)\b'),
    ),
    (
        Reason.FOLLOW,
        re.compile(
            r'\b(stay|remain|keep|stop|wait|drive|queue)\w* (\w+ )?behind\b'
            r'|\b(following|safe|your) distance\b|\bdistance (to|from) the\b'
            rf'|\b(follow|following|keep pace with|drive closer to)\b[^.]*\b{_VEHICLE}\b'
            rf'|\b{_VEHICLE} (in front|ahead)\b'
        ),
    ),
    (Reason.PEDESTRIAN, re.compile(r'\b(pedestrians?|walkers?|child|children|person|people)\b')),
    (
        Reason.RED_LIGHT,
        re.compile(
            r'\b(red|yellow|amber) (traffic )?(light|signal|lamp)\b|\brunning a red\b'
            r'|\b(light|signal|lamp)s? (is|are|shows?|turns?|turned) (red|yellow|amber)\b'
        ),
    ),
    (
        Reason.GREEN_LIGHT,
        re.compile(
            r'\bgreen (traffic )?(light|signal|lamp)\b'
            r'|\b(light|signal|lamp)s? (is|are|shows?|turns?|turned) green\b'
        ),
    ),
    (Reason.STOP_SIGN, re.compile(r'\bstop ?signs?\b')),
    (
        Reason.OBSTACLE,
        re.compile(
            r'\b(obstacles?|obstruction|construction|accident|parked|cones?|barriers?|road ?works?'
            r'|blocked|opened door|open door)\b'
        ),
    ),
    (Reason.JUNCTION, re.compile(r'\b(junctions?|intersections?|crossroads|roundabouts?)\b')),
    (Reason.SPEED_LIMIT, re.compile(r'\b(speed limit|target speed|limit)\b')),
)
REFUSES = re.compile(
    r'^\W*(ignor(e|es|ing)|refus(e|es|ing)|declin(e|es|ing)|reject(s|ing)?)\b'
    r'|^\W*(i|the car|we)? ?(can ?not|can\'t|will not|won\'t|must not|may not)\b'
)
REFUSAL_REASONS: tuple[tuple[RefusalReason, re.Pattern[str]], ...] = (
    (RefusalReason.PEDESTRIAN, re.compile(r'\b(pedestrian|walker|child)')),
    (RefusalReason.ONCOMING, re.compile(r'\b(oncoming|opposite|wrong side|against)\b')),
    (RefusalReason.SIDEWALK, re.compile(r'\b(sidewalk|pavement|footpath)\b')),
    (RefusalReason.OBSTACLE, re.compile(r'\bobstacle\b')),
    (RefusalReason.CRASH, re.compile(r'\b(crash|collision|collide)')),
    (
        RefusalReason.TOO_FAST,
        re.compile(r'\b(above|over|exceeds?)\b.*\b(limit|speed)\b|\btoo (fast|high)\b'),
    ),
    (RefusalReason.TOO_SLOW, re.compile(r'\btoo (low|slow)\b')),
    (RefusalReason.NOT_ALLOWED, re.compile(r'\bnot (allowed|permitted)\b')),
)
PLACES: tuple[tuple[str, str], ...] = (
    ('left', r'left'),
    ('right', r'right'),
    ('behind', r'behind|rear'),
    ('front', r'front|ahead'),
)
MOTIONS: tuple[tuple[str, str], ...] = (
    ('standing', r'not moving|stationary|standing|stopped|parked'),
    ('slow', r'moving slowly|slowly'),
    ('moving', r'moving|driving'),
)
NUMBERS = {
    'zero': 0,
    'one': 1,
    'two': 2,
    'three': 3,
    'four': 4,
    'five': 5,
    'six': 6,
    'seven': 7,
    'eight': 8,
    'nine': 9,
    'ten': 10,
}
POLARITY = re.compile(r'^\W*(?P<word>yes|no)\b')
NOTHING = re.compile(r'^\W*there (is|are) (no|not|currently no)\b')
