# SPDX-License-Identifier: Apache-2.0
"""Words that may stand beside an order to go on, faster, elsewhere or into another lane.

No list of what is dangerous is ever complete, so beside such an order every word must be known
to be harmless; else the car asks whether the plain order is meant.  An order that calms, such as
*stop* or *slower*, is obeyed whatever stands beside it.
"""

from __future__ import annotations

import re

_FUNCTION = """
    a about above actually after again ahead all alright also although always am an and another any
    anyway are around as aside at away back be because been before behind being below beside
    best better between both but by can car cars come could course d day did different do does
    done down each early either else enough even ever every everything extra far few find fine
    first following for forth forward from front full further get gets getting give given go
    goes going gone good great had half hand has have having he hello help here hers hey hi his
    hold home hope how however i if in inside instead into is it its itself just kind later
    least left less let like likes little ll long longer look looks lot lots lovely m main make
    makes many may maybe me mean meant means mind mine moment more most much must my myself near
    nearby nearest nearly necessary need needed needs never new next nice no not now of off
    often oh ok okay on once one ones only onto opposite or other others ought our ours out
    outside over own past per perhaps place please plenty possible possibly prefer preferably
    pretty probably put quite rather re reach ready really right s said same say see seem seems
    set shall she should side since slightly so some somebody someone something somewhat
    somewhere soon still such sure t take takes taking tell than thank thanks that the their
    then there these they thing things think this those though through till time times tiny to
    today together tonight too touch toward towards truly try under unless until up upon us use
    using usual ve very via wait want wants was way we well were what whatever when where wherever
    whether which while who why will wish with within without wonder would yeah yes yet you your
    yours d'you
"""
_DRIVING = """
    accelerate accelerating accelerator adjust bear begin bit boost bring brake brakes braking
    build car carry change changing closer continue control corner crossing crossroads cross
    cruise decelerate direction distance drive drives driver driving drop drove ease exceed exit
    faster fast fastest flow follow fork fuller gain gas gear gently gradually hang head heading
    higher highway hop hour hurry increase indicate instant instruction intersection join journey
    junction keep keeping kilometer kilometers kilometre kilometres km kmh kph lane lanes
    leftmost leftward leftwards limit limits lower maintain maximum merge meter meters metre
    metres mile miles minimum minute minutes momentum mph ms motorway move moves moving normal
    normally notch opportunity order overtake pace park pass pedal pick power proceed progress
    pull quick quicker quickly quickest raise reduce rest resume return reverse ride rightmost
    rightward rightwards road roads roll round roundabout route rush second seconds shift
    signal slide slip slot slow slower slowing slowly smoothly smooth speed speeding speeds speedy
    spot start started starting stay staying steady steadily steer step stop stopping straight
    street streets sharp slight swap swing switch target throttle tight traffic travel travelling
    traveling trip turn turning turns u underway vehicle velocity veer watch wheel h left-hand
    right-hand off-ramp on-ramp ramp one-way turnoff u-turn turn-off position centre center
    middle free empty clear open busy closed blocked full way lights light nd st rd th green place
    far farther further point end block blocks side sign signs third fourth fifth number
"""
_REASONS = """
    believe chance short one two three four five six seven eight nine ten eleven twelve
    choose along almost walking yourself deal foot across upcoming possibility came arrive
    leave leaves leaving run running phone bag keys
    wallet glasses passport ticket backpack umbrella laptop jacket forgot lost
    afternoon airport already appointment asleep baby behind boss bored boring bus cold colleague
    concert crawl crawling daughter day deadline dentist dinner doctor evening exam family father
    film flight friend friends fun game girlfriend boyfriend happy hungry husband interview job
    kind kids late lesson lunch match meeting minute missed miss morning mother movie music night
    parents party people plane play playing quarter school scared show sick sister brother sleep
    sleepy son taste thirsty tired today tomorrow tram train trip twenty urgent weather wife
    work world worse wrong rain raining sun sunny snow ice foggy fog wet dry dark patience
    patient hate love enjoy feel feels feeling sorry afraid nervous relaxed relax calm kindly
    sir madam mister buddy mate dear darling man robot computer driver's lazy snail turtle
    we're you're i'm it's don't let's i'd we'd he's that's there's what's you'd i'll we'll you'll
    we've i've you've they're they've isn't aren't can't couldn't wouldn't doesn't won't
"""
_LANDMARKS = """
    apartment atm avenue bakery bank bar barn bend bookstore bookshop bridge building buildings
    cafe castle cathedral chapel church cinema city clinic club college cottage courthouse
    downtown dentist entrance factory farm field fields fire flat flats florist fountain garage
    gate grocery gym hall hairdresser harbour harbor hill hospital hostel hotel house houses inn
    kindergarten kiosk lake lamp letterbox library mailbox mall market marketplace memorial
    monument mosque museum office opera palace park pharmacy pizzeria playground police pool post
    pub restaurant river sawmill school shed shop shops shopping square stadium station statue
    store supermarket synagogue temple theater theatre tower town tree trees tunnel university
    village warehouse windmill yard zoo billboard mill drugstore red blue white yellow brown
    black grey gray big small old tall petrol truck van lorry
"""
_ROADS = frozenset(
    """
    avenue block center centre city corner crossing crossroads direction downtown driveway end
    exit fork highway intersection junction lane lanes left lights motorway place ramp right road
    roads roundabout route side square street streets town traffic tunnel turn village way
    """.split()  # noqa: SIM905 - a list of words
)
_LANDMARK_WORDS = frozenset(_LANDMARKS.split())
KNOWN_WORDS = frozenset((_FUNCTION + _DRIVING + _REASONS + _LANDMARKS).split())
_INSIDE = re.compile(
    r'\b(?:into|onto|through|against|straight at) (?:the|a|an|that|this|those|these|my|his|her'
    r'|their|our|some) ((?:\w+ ){0,3}\w+)'
)
_WORD = re.compile(r"[^\W\d_][^\W\d_'-]*(?:['-][^\W\d_]+)*")
_INTO = re.compile(
    r'\b(?:into|through|onto|over|against|down|off|across|straight at|towards?)'
    r' (?:(?:the|a|an|that|this|those|these|my|his|her|their|our|some) )?((?:\w+ ){0,2}?)(\w+)\b'
)


def strange_words(clauses: list[str]) -> tuple[str, ...]:
    """Return the words of clauses (lower case) that are not known to be harmless, in order.

    A landmark is harmless as a place to turn at, and strange where the car is to drive into it;
    what the car is to drive into or through has to be a part of the road.
    """
    found = []
    for clause in clauses:
        found += [word for word in _WORD.findall(clause) if not _is_known(word)]
        for match in _INTO.finditer(clause):
            words = f'{match[1]}{match[2]}'.split()
            if not _ROADS & {*words} and _LANDMARK_WORDS & {*words}:
                found.append(' '.join(words))
        for match in _INSIDE.finditer(clause):
            if not _ROADS & {*match[1].split()}:
                found.append(match[1])
    return tuple(dict.fromkeys(found))


def _is_known(word: str) -> bool:
    return word in KNOWN_WORDS or (word.endswith("'s") and word[:-2] in KNOWN_WORDS)
