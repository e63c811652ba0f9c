# SPDX-License-Identifier: Apache-2.0
"""Fuzzy matching: words that are one slip away from a word of the driving vocabulary.

A slip is a missing, added, wrong or swapped letter.  Only words of five letters and more are
corrected, and none that is an English word of its own: "show the flow" must not slow the car.
"""

from __future__ import annotations

import re
from functools import lru_cache

VOCABULARY = frozenset(
    """
    accelerate accelerator ahead around brake brakes carefully change collide continue corner
    crash crossing cyclist decelerate drive driving emergency faster following halt highway
    hour ignore immediately instruction intersection junction kilometers kilometres lane
    lanes left light lights limit miles opposite oncoming overtake pavement pedestrian
    pedestrians people please possible quickly quicker reduce right roundabout second
    sidewalk signal slowly slower slow speed stop straight switch third traffic turn through
    wrong
    """.split()  # noqa: SIM905 - a list of words
)
# English words that are one letter away from a word above.
_OWN_WORDS = frozenset(
    """
    lower flower flowers glower slowed slows allow blower grower shower master easter fasten
    fasted caster taster later blaster plaster function functions night might sight fight
    tight eight bright fright wright rights rightly alight slight flight plight charge chance
    changed changes changer orange grange spend speedy speeds steed seed sped spied speech
    breaks break broke brave bake rake drake brace brakes braked beacon reckon seconds
    pleased pleas lease pleases release round rounds ground aground arounds driver drivers
    drives drove driven dive striving thriving diving crush trash crashed crashes cash brash
    clash flash incoming ignored ignores halts salt malt hall cornered corners corned coroner
    slowness slowing lighter eights limits limb limp smiles mile mines piles tiles
    files milds yours hours house four honor hover thorough though thought trough throughout
    wring wrongs twitch stitch switches people's peoples reduced reduces product deduce
    seduce miner minor wrought emergence leaflet plane planes lance lancet land lands lone
    line lines lake lanes turns burn torn tune stops step shop steps stoop slop top chop lift
    loft felt lent lets test theft heat head heads a-head bread signals single sandals single
    thirds birds bird possibly impossible overtaken overtakes overtook surround straights
    strait straighten continued continues traffics payment trafficked quickest quietly slyly
    highways collided collides light's opposites crossings grossing cyclists sidewalks
    pavements pedestrian's junctions roundabouts intersections instructions instructor
    corner's leaking speak speaks making baking taking waking
    """.split()  # noqa: SIM905 - a list of words
)
_SHORTEST, _LONG, _STEM = 5, 9, 4


def corrected(sentence: str) -> str:
    """Return a sentence (lower case) with slips of the driving vocabulary corrected."""
    return re.sub(r"[a-z']+", lambda match: _corrected_word(match[0]), sentence)


@lru_cache(maxsize=4096)
def _corrected_word(word: str) -> str:
    if len(word) < _SHORTEST or word in VOCABULARY or word in _OWN_WORDS:
        return word
    if any(word.startswith(known) for known in VOCABULARY if len(known) >= _SHORTEST):
        return word  # an inflected form
    most = 2 if len(word) >= _LONG else 1
    near = [
        known
        for known in VOCABULARY
        if len(known) >= _SHORTEST - 1
        and abs(len(known) - len(word)) <= most
        and known[0] == word[0]
        and slips_between(word, known) <= (most if len(known) >= _LONG - 1 else 1)
    ]
    if len(near) > 1 and len({known[:_STEM] for known in near}) == 1:
        return max(near, key=len)  # forms of one word, such as slow, slowly and slower
    return near[0] if len(near) == 1 else word


def slips_between(first: str, second: str) -> int:
    """Return the least number of letters to add, drop, exchange or swap (Damerau)."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, letter in enumerate(first):
        last, before, row = before, row, [i + 1]
        for j, other in enumerate(second):
            cost = min(before[j + 1] + 1, row[j] + 1, before[j] + (letter != other))
            if i and j and letter == second[j - 1] and first[i - 1] == other:
                cost = min(cost, last[j - 1] + 1)
            row.append(cost)
    return row[-1]
