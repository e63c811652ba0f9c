# SPDX-License-Identifier: Apache-2.0
"""The patterns by which ``statements`` reads what a model says; all for lower case text."""

from __future__ import annotations

import re

from simlingo_core.statement_kinds import Reason, RefusalReason, RouteAction, SpeedAction

SENTENCE_ENDS = re.compile(r'[.!?;]+(?:\s+|$)')
# "Brake if necessary" says what might have to be done, not what is done.
CONDITIONAL = re.compile(
    r'\b(if|when|where|in case) (it is |it\'s )?(necessary|needed|required)\b'
    r'|^(pay attention|watch (the|a|out|for)|keep an eye|look out|mind the|be careful|take care'
    r'|heed|observe|be (prepared|ready) to brake|stand by)\b'
)
ANNOUNCES = re.compile(
    r'^((prepare|get ready|be prepared|be ready|plan|make ready|get set) to|(soon|shortly'
    r'|in a moment),)\s+'
)
_CONNECTORS = (
    r'because( of)?|due to|owing to|since|as|given|so that|in order to|for|in response to|until|after|while'
    r'|on account of|out of consideration for'
    r'|to (avoid|prevent|stay|remain|keep|follow|drive|pass|cross|reach|get|let|give|maintain'
    r'|approach|clear|not|make|wait|allow|yield)'
)
REASON_AFTER = re.compile(
    rf'(?<!\bcontinue)(?<!\bbrake)[,\s]+\b(?=({_CONNECTORS}'
    r'|and (the|no) (others?|vehicles?|traffic|crossing|junction|way))\b)'
)
REASON_BEFORE = re.compile(rf'^(?P<reason>({_CONNECTORS})\b[^,]*),\s*(?P<action>.+)$')
_HALT = r'(stop|halt|standstill|stand still|full stop)'
SPEED_ACTIONS: tuple[tuple[SpeedAction, re.Pattern[str]], ...] = (
    (
        SpeedAction.STAND,
        re.compile(
            r'\b(remain|stay|keep|hold|still|stays|remains|stands)\b'
            r'[^.]*\b(stopped|standing|stationary|still|halted|halt|standstill|put'
            r'|in place|your position|the brake|waiting)\b'
            r'|\b(do not|don\'t) (move|drive off|set off|go)\b|\bstay where\b'
            r'|^(please )?wait\b|\bcontinue to (be|stand|wait)\b|\bstand still\b'
        ),
    ),
    (
        SpeedAction.STOP,
        re.compile(
            rf'\b(come|coming|comes|bring|get|roll)\b.*\bto an? (\w+ )?{_HALT}\b'
            r'|\b(stop|stops|stopping|halt|halts)\b(?! ?signs?\b)|\bbrake (to a|until)\b'
        ),
    ),
    (
        SpeedAction.KEEP_REDUCED,
        re.compile(
            r'\b(maintain|keep|hold|continue|stay|remain|drive on)\b.*'
            r'\b(reduced|slow|slowly|slower|low|lower|decreased|lowered)\b'
        ),
    ),
    (
        SpeedAction.KEEP,
        re.compile(
            r'\b(maintain|keep|hold|continue|preserve|stay|stick|leave|carry on|drive on)\b.*'
            r'\b(speed|pace|velocity)\b'
            r'|\b(do not|don\'t|no need to) (change|alter|adjust)\b.*\b(speed|pace)\b'
            r'|\b(same|steady|constant) (speed|pace)\b'
        ),
    ),
)
ACCELERATES = re.compile(
    r'\b(accelerat\w+|speed(ing)? up|faster|pick(ing)? up|(gain|gather)(ing)? speed|drive off'
    r'|set off|get going|start (moving|driving|to move|to drive)|(press|open) the throttle'
    r'|(increase|raise)\w*\b.*\b(speed|pace))\b'
)
DECELERATES = re.compile(
    r'\b(decelerat\w+|slow(ing)? (down|the car)|slower|more slowly|brak(e|es|ing)|ease off'
    r'|lose speed|(reduce|lower|decrease|cut|drop)\w*\b.*\b(speed|pace)'
    r'|(take|bring)\b.*\bspeed down)\b|^slow\b'
)
WAITS_FOR_GAP = re.compile(
    r'\b(wait|hold back|stay behind|give way|yield|look|let|do not pass|don\'t pass)\b.*'
    r'\b(gap|free|room|clear|before you|oncoming)\b'
)
GIVES_WAY = re.compile(
    r'\b((give|make) way|yield|aside|clear the|free the|let|to the side|leave the lane'
    r'|out of the way|make room|pull over)\b.*\bemergency\b'
)
# Of sentences that are about an obstacle, the whole is looked at.
PASSES = re.compile(
    r'\b(pass(es|ed|ing)?|overtak(e|es|ing)|circumvent|bypass|(go|drive|steer|get|move|swing|lead'
    r'|manoeuvre)( \w+)? around|past|door|detour)\b|\bgoing beside\b|\bgive way to the obstacle\b'
)
RETURNS = re.compile(
    r'\b(go|merge|move|return|change|shift|drive|get|steer|swing|pull|come|turn) back\b'
    r'|\breturn to\b|\b(your|the) (original|own|previous|initial|first) lane\b'
)
_LANE = r'(?:lane|lanes)'
ROUTE_ACTIONS: tuple[tuple[RouteAction, re.Pattern[str]], ...] = (
    (
        RouteAction.LEAVE_PARKING,
        re.compile(
            r'\b(exit|leave|out of|from)\b.*\bpark\w*\b|\bpull out onto\b|\bpull away\b.*\bkerb\b'
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
        re.compile(r'\b(lane change|changes? (of )?(the )?lanes?|switch lanes?)\b'),
    ),
    (
        RouteAction.LEFT,
        re.compile(
            r'\b(turn(s|ing)?|go(es)?|bear|steer|take|follow)\b[^.]*\bleft\b|\bleft turn\b'
        ),
    ),
    (
        RouteAction.RIGHT,
        re.compile(
            r'\b(turn(s|ing)?|go(es)?|bear|steer|take|follow)\b[^.]*\bright\b|\bright turn\b'
        ),
    ),
    (
        RouteAction.KEEP_RIGHT,
        re.compile(r'\b(shift|keep|move|moving|stay|drive|hug)\b.*\bright\b|\broom on the left\b'),
    ),
    (RouteAction.STRAIGHT, re.compile(r'\bstraight\b')),
    (
        RouteAction.FOLLOW,
        re.compile(
            r'\b(follow|following|stay|keep|stick|continue|drive|go|remain|proceed|carry on)\b'
            r'[^.]*\b(route|road|lane|path|course|way|street)\b'
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
        re.compile(
            r'\b(collision|collisions|collide|colliding|crash|crashing|hit|hitting|keep clear'
            r'|into your way|give way to the|let the \w+( \w+)* pass)\b'
        ),
    ),
    (
        Reason.PEDESTRIAN,
        re.compile(
            r'\b(pedestrians?|walkers?|child|children|person|people|kids?)\b'
            r'|\bcross(es|ing)? (your path|the road|in front of you|your way)\b|\babout to cross\b'
            r'|\b(in|into) your path\b|\bwalks into\b|\bto let .* cross\b'
        ),
    ),
    (
        Reason.FOLLOW,
        re.compile(
            r'\bbehind (the|a|an|your|that|this)\b|\b(safe|your|enough) (distance|room)\b'
            r'|\bdistance (to|from|behind) the\b'
            rf'|\b(follow|following|keep pace with|match the speed of|stay with|closer to|nearer to'
            rf'|keep back from|move up to|close up to|come up to|roll up to|gap to|approach'
            rf'|still room to)\b[^.]*\b{_VEHICLE}\b'
            rf'|\b{_VEHICLE}\b[^.]*\b(in front|ahead|waits|is waiting|has stopped|stands|is slow)\b'
        ),
    ),
    (
        Reason.RED_LIGHT,
        re.compile(
            r'\b(red|yellow|amber)\b.*\b(light|signal|lamp)\b|\brunning a red\b'
            r'|\b(light|lights|signal|lamp)\b.*\b(red|yellow|amber)\b'
        ),
    ),
    (
        Reason.GREEN_LIGHT,
        re.compile(
            r'\bgreen\b.*\b(light|signal|lamp)\b|\b(light|lights|signal|lamp)\b.*\bgreen\b'
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
    (Reason.CURVE, re.compile(r'\b(curves?|bends?)\b|\broad turns\b')),
    (Reason.SPEED_LIMIT, re.compile(r'\b(speed limit|limit|allowed speed|permitted)\b')),
    (
        Reason.FREE,
        re.compile(
            r'\b(free|clear|empty|open|target speed)\b|\b(nothing|nobody|no one)\b.*\b(way|ahead|holds|front)\b'
        ),
    ),
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
