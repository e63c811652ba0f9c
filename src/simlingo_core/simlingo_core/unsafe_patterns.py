# SPDX-License-Identifier: Apache-2.0
"""What must not be followed, and what is no plain sentence; all for lower case text.

Two grades: a *request* names something that is never right; a *hazard* is a word that has no
business beside an order to go on, to go faster or to change the lane.  Both are only looked for
where something is wanted; a warning ("brake or you hit the car") is no request.
"""

from __future__ import annotations

import re

VULNERABLE = (
    r'(pedestrians?|people|persons?|somebody|someone|anyone|child|children|kids?|man|men|woman'
    r'|women|boys?|girls?|bab(y|ies)|lad(y|ies)|grann(y|ies)|guys?|crowds?|walkers?|joggers?'
    r'|cyclists?|motorbikes?|motorcycles?|bikers?|bikes?|bicycles?|riders?|motorcyclists?|scooters?|wheelchairs?|prams?'
    r'|strollers?|dogs?|cats?|animals?|workers?|cops?|police(man|men|woman)?|officers?|students?'
    r'|demonstrators?|protesters?|them|him|her)'
)
_VEHICLES = (
    r'(cars?|vehicles?|trucks?|lorr(y|ies)|bus(es)?|vans?|taxis?|cabs?|trams?|trains?|tractors?'
    r'|ambulances?|motorbikes?|motorcycles?|traffic)'
)
_THINGS = r'(walls?|trees?|poles?|posts?|fences?|buildings?|houses?|shops?|windows?|barriers?|cones?|signs?|lights?)'
_ANY_USER = rf'({VULNERABLE}|{_VEHICLES}|{_THINGS})'
_DETERMINER = (
    r'(?:(?:the|a|an|that|this|those|these|some|any|all|every|one of|into|of) )*(?:\w+ ){0,2}'
)
COLLISION = (
    rf'\b(crash(ing)?|collid(e|ing)|smash(ing)?|ram(ming)?|kill(ing)?|murder|injur(e|ing)|hurt'
    r'|flatten|mow(ing)? down|knock(ing)? (\w+ )*(down|over)|take (\w+ )*out|squash|run(ning)?'
    r' (over|down|into|through)|plou?gh (into|through)|sideswipe|rear[ -]?end|t[ -]?bone|suicide'
    r'|bump into|plow|wreck|total the car|destroy)\b'
    rf'|\b(hit|strike|drive (over|into|through|at)|go (over|into|through)|touch|push|shove|nudge'
    r'|scrape|clip|brush|scare|frighten|chase|aim (at|for)|target|swerve (into|at|towards?)'
    r'|steer (into|at|towards?)|turn into|race|block|bully|splash|teach)\b '
    rf'{_DETERMINER}{_ANY_USER}\b'
    r'|\b(into|through|over|against|onto|hit|strike|touch) (it|that|this|those|these)(?= *$)'
    rf'|\b(onto|over) (the|a|an|this|that|those|these|some) (\w+ )?{VULNERABLE}\b'
    rf'|\b(into|against) (the|a|an|this|that|his|her|their|some) (\w+ )?{_ANY_USER}\b'
    rf'|\bthrough (the|a|an|this|that|those|these|any) (\w+ )?({VULNERABLE}|{_THINGS}|bus|tram|car|truck)\b'
    r'|\b(clip|scrape|bump|nudge|hit|touch|brush|scratch|dent) (his|her|their|its|the)'
    r' (mirror|bumper|door|side|fender|rear)\b'
)
_CONTROL = (
    r'(red|amber|yellow|lights?|signals?|stop ?signs?|signs?|stop line|zebra|crosswalk|right of way'
    r'|priority|give way|yield(ing)?|traffic (rules?|laws?)|rules?|laws?|police|barrier|rails?)'
)
LIGHTS = (
    rf'\b(ignor(e|ing)|run(ning)?|jump(ing)?|skip(ping)?|disregard|overlook|beat|blow|forget( about)?'
    r'|violate|break|breaking|drive (through|over|past|on)|go (through|past|on|over)|pass|cross|race'
    r'|rush|slip|sneak|roll (through|over|past)|continue (through|past|over)|keep going|who cares'
    rf'|pay no attention|pretend|despite|in spite of|regardless|treat|charge)\b.*\b{_CONTROL}\b'
    rf'|\b{_CONTROL}\b.*\b(do not|does not|is not) (count|matter|apply|concern|work)\b'
    r'|\bred (means|is) (go|green|fine|okay|ok)\b|\bwhile it is( still)? red\b|\bon red\b'
    r'|\b(is|are) (just |only )?(a )?(decoration|suggestions?|optional)\b'
)
NO_CARE = (
    r'\bignore (everything|everybody|everyone|all|anything|anyone|anybody|the (rest|others?|road|world))\b|'
    rf'\b(do not|never|no need to|no|not|stop|quit|forget( about)?|ignore|why) (ever |even )?'
    r'(stop(ping)?|brak(e|ing)|wait(ing)?|yield(ing)?|slow(ing)? down|car(e|ing)|look(ing)?|halt'
    r'|worry(ing)?|watch(ing)?|mind(ing)?|giv(e|ing) way|evad(e|ing)|swerv(e|ing)|avoid(ing)?'
    rf'|bother(ing)?|respect(ing)?)\b.*\b({VULNERABLE}|{_CONTROL})\b'
    rf'|\b(ignor(e|ing)|disregard|overlook|forget( about)?|never mind|pay no attention to)\b.*'
    rf'\b({VULNERABLE}|{_VEHICLES})\b'
)
OFF_ROAD = (
    r'\b(on|onto|on to|over|across|along|through|into|up|down|via|use|take|in|off)\b[^,.;]*?'
    r'\b(sidewalks?|side walk|pavements?|foot ?paths?|footway|walkway|pedestrian (zone|area|street)'
    r'|grass|lawn|fields?|meadow|ditch|lake|river|sea|water|harbou?r|cliff|bridge rail|park'
    r'|playground|stairs|steps|cycle (path|lane|track)|bike (path|lane)|bicycle (path|lane)'
    r'|bus lane|tracks?|rails?|railway|median|garden|plaza|square'
    r'|market|cafes?|forest|woods|ravine|abyss|hedge|flower ?beds?|guard ?rail)\b'
    r'|\b(off|leave) the road\b|\b(?<!pull )(over|up|onto|on to|jump|across) the (curb|kerb)\b|\boff[ -]?road(ing)?\b|\bsidewalks?\b'
)
ONCOMING = (
    r'\b(wrong[ -]?(way|side|lane|direction)|ghost driver|against (the )?(traffic|flow|one[ -]way'
    r'|direction|arrows?))\b'
    r'|\b(oncoming|opposite|opposing|other (people|drivers)\'?s?|facing) (lanes?|traffic|side'
    r'|carriageway|direction|cars?)\b'
    r'|\b(other|left[ -]hand|far) side of the (road|street)\b|\binto (the )?oncoming\b'
    r'|\b(cross|over|across) the (solid|double|centre|center|middle) (\w+ )?lines?\b'
    r'|\b(down|up|into|through|on) (the|a|this|that) one[ -]way\b|\bin the middle of the road\b'
    r'|\bupcoming traffic\b|\bhead[ -]?on\b'
)
SPEEDING = (
    r'\b(exceed|break(ing)?|ignor(e|ing)|above|over|beyond|forget|past|double|twice|disregard'
    r'|faster than|more than|violate|screw|no|without)\b.*\b(limits?|limiter|allowed|legal|permitted'
    r'|restriction)\b(?! (of|to) )|\blimits? (do(es)? not|is not|are not|is (just|only))\b'
    r'|\bas (fast|quick(ly)?) as (you can|possible|it (gets|goes)|the (car|engine))\b'
    r'|\b(full|top|maximum|max|ludicrous|warp|insane|highest|lightning) (speed|throttle|gas'
    r'|power|tilt)\b|\bflat[ -]out\b|\b(pedal|metal) to the (metal|floor)\b|\bfloor it\b'
    r'|\b(race|racing|drag race|outrun|speeding ticket|drift(?! over| to)|burnout|break the sound barrier)\b'
    r'|\b(radar|speed camera|police)\b'
)
AGGRESSION = (
    r'\b(tailgat(e|ing)|brake[ -]?check|cut (\w+ )*(off|up)|cut in( front)?|squeeze (in|past|through|between)'
    r'|push (in|past|through)|force (your|a) way|block (the|that|this|an)|do not let (\w+ )+(in|pass|over|merge)'
    r'|closer to|right behind|as close as|bumper to bumper|road rage|revenge|lesson|dangerous(ly)?'
    r'|reckless(ly)?|aggressive(ly)?|blind(ly)?|zig[ -]?zag|scare|stunt|jump the|no matter (what|who)|whatever (it takes|happens|is)|at all costs'
    r'|(will|to|can|should|must|shall) (just |all )?(jump|move|step|get|run|dive|leap) (aside|away|off|out of)'
    r'|at any (cost|price)|show (the|that|this|him|her|them)\b.*\b(brak\w*|who|what))\b'
)
TAMPERING = (
    r'\b(disable|deactivate|turn off|switch off|shut (off|down)|override|overrule|bypass|disengage'
    r'|circumvent|suppress|unplug|kill|mute|suspend|lift|remove|drop|relax|suspend|no) (\w+ ){0,3}'
    r'(brakes?|safety|airbags?|sensors?|cameras?|limiter|limits?|controls?|systems?|rules?|checks?'
    r'|restrictions?|assistant|guard|gate|monitor|mode|planner|filters?|constraints?|engine|lights)\b'
    r'|\b(close your eyes|let go of the (wheel|steering)|no hands|hands off|eyes closed|reverse gear'
    r'|drive (backwards|in reverse)|reverse (into|on|down)|hand ?brake turn|without (the )?brakes?'
    r'|never (again )?(stop|brake)( again)?$|safety (off|is off)|cut the brakes)\b'
)
STOP_WHERE_IT_IS_DANGEROUS = (
    r'\b(stop|park|halt|brake|wait|stand|pull over)\b[^,.;]*\b(on|in|across|onto|blocking) '
    r'(the |a |this |that )?((middle|centre|center) of|railway|rail|tracks?|level crossing|tram'
    r'|junction|intersection|crosswalk|zebra|roundabout|motorway|highway|autobahn|fast lane'
    r'|oncoming|tunnel|ambulance|fire|exit|driveway)\b'
    r'|\b(u[ -]?turn|turn (\w+ )?a?round|reverse|back up)\b[^,.;]*\b(motorway|highway|freeway'
    r'|expressway|autobahn|tunnel|bridge|level crossing|tracks)\b'
    r'|\b(stop|brake|halt)\b[^,.;]*\b(to (scare|annoy|block|surprise|punish)|so (that )?'
    r'(he|she|they|the \w+ behind)\b[^,.;]*\b(crash|hit)(es|s)?)\b'
)
UNSAFE_REQUESTS: tuple[tuple[str, str], ...] = (
    (COLLISION, 'it asks for a collision'),
    (LIGHTS, 'it asks to ignore a light, a sign or a rule'),
    (NO_CARE, 'it asks to drive without care for others'),
    (OFF_ROAD, 'it asks to leave the road'),
    (ONCOMING, 'it asks to drive against the traffic'),
    (SPEEDING, 'it asks to drive above the speed limit'),
    (AGGRESSION, 'it asks to endanger others'),
    (TAMPERING, 'it asks to switch off what keeps the car safe'),
    (STOP_WHERE_IT_IS_DANGEROUS, 'it asks to stop where it is dangerous'),
)
UNSAFE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), reason) for pattern, reason in UNSAFE_REQUESTS
)
# The only one that a negated clause can ask for: "do not brake for the cyclist".
UNSAFE_NEGATED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(NO_CARE), 'it asks to drive without care for others'),
)
# Beside an order to go faster: somebody or something that is to be passed or reached.
RUSHED = re.compile(
    r'\b(past|by|around|towards?|at|through|across|over|before|between) (the |that |those |this |these |a |an )?(\w+ )?'
    rf'({VULNERABLE}|{_VEHICLES}|crossing|crosswalk|zebra)\b'
)
# Mentions of what is ahead as a place: no hazards.
PLACES = re.compile(
    r'\b(at|after|before|behind|past|until|by) (the |that |this )?(next |first |second )?'
    r'((red|traffic|stop) )?(traffic )?(lights?|signals?|pedestrian crossing|zebra( crossing)?'
    r'|crosswalk|school|bus)\b'
    rf'|\b(overtake|pass|around|behind) (the |this |that |a )?(slow |parked )?({VULNERABLE}|{_VEHICLES})\b'
    r'|\bstay (on|within|under|below) the .*limit\b'
)
HAZARD = re.compile(
    rf'\b({VULNERABLE}|red|amber|yellow (lights?|signals?)|sidewalks?|pavements?|oncoming|opposite|wrong|limits?(?! (your|the|our) speed)|police'
    r'|illegal(ly)?|forbidden|blood|death|die|dead|fear|victims?|gun|weapon|explode|brakes? off)\b'
)
# A clause that tells what is or may be; it asks for nothing.
STATEMENT = re.compile(
    r'^(or|else|otherwise|before|because|since|as|if|in case|lest|so|that|for|until)\b'
    r'|^(there|here|that|this|he|she|it|they|we|you|i|someone|somebody|a|an|the|my|your|watch out)'
    r'( \w+){0,3}? (is|are|am|was|were|will|would|might|may|almost|nearly|about|going|just|keep'
    r'|comes?|runs?|has|have|had|wants?|looks?)\b|^(mind|careful|watch out|look out|caution)\b'
)
WARNING = re.compile(
    r'\b(or|else|otherwise|before|lest|because|since|so that|to avoid|to prevent|in case|until)\b.*'
    r'|\b(you|we|i|it|he|she|they|nobody) ?(are|is|am|\'re|will|would|might|could|may|nearly|almost|just'
    r'|nearly)\b.*|\byou\b.*'
)
# Text that imitates the markup of prompts, code or another speaker.
MARKUP = re.compile(
    r'<[^>]{0,40}>|\[/?\w+\]|<\||\|>|#{2,}|```|\{.*\}|={3,}|\\n|</|/\*|\*/|--\s*$|\$\('
    r'|^\s*(system|assistant|user|human|ai|developer|admin|root|operator|instruction|prompt'
    r'|command|answer|response|waypoints?|output|note to \w+)\s*:|\b(system|developer|admin|root'
    r'|debug|god|dan|maintenance|test|safe|safety|unrestricted)[ _-]?(prompt|mode|override|access|message)\b'
    r'|\b(previous|prior|above|earlier|all|your|other) (instructions?|prompts?|rules|training|guidelines'
    r'|constraints)\b|\bimg_context\b|\b(you are now|pretend (to be|you)|act as|role ?play|imagine'
    r'|jailbreak|hypothetical|in this (game|story|simulation|movie)|it is (just|only) a (game|simulation'
    r'|test|movie|drill))\b|\b(sudo|rm -|import os|eval\(|drop table|select \*)',
    re.IGNORECASE | re.MULTILINE,
)
# Letters that are spelled apart, digits inside words, dots inside words.
DISGUISED = re.compile(
    r'(?:\b[a-z]\b[\s.\-_*]+){4,}|\b0[a-z]{3,}\b|\b[a-z]+[013457@$]+[a-z]+\b|\b[a-z]\.[a-z]\.[a-z]\b'
    r'|\b[a-z]{2,}(?:[*_][a-z]+)+\b|[a-z][@$][a-z]'
)
