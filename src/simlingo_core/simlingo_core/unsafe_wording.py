# SPDX-License-Identifier: Apache-2.0
"""Finds what is unsafe in the clauses of a sentence, and text that is no plain sentence."""

from __future__ import annotations

import re
import unicodedata

from simlingo_core.unsafe_patterns import (
    DISGUISED,
    HAZARD,
    MARKUP,
    PLACES,
    RUSHED,
    STATEMENT,
    UNSAFE,
    UNSAFE_NEGATED,
    WARNING,
)
from simlingo_core.wordings import ManoeuvreKind

# Words in which free text may be given to a model that follows it; one other word, and it is not.
FREE_WORDS = frozenset(
    """
    a about after ahead all alongside also an and another any are around as at away back be
    because before begin behind beside between bit block bus but by can car careful cars
    carefully center centre change close closed come construction corner could cross crossing
    cones curve cyclist deal distance do down drive driver driving ducks easy end enter exit
    far follow following for free from front gap gently give go going good has have here home
    i if in increase into is it just keep lane lanes leave left let lights little make
    maintain me merge middle mind more move my near next nice now of okay on only onto open
    other our out over overtake park parked parking pass past patient pedestrian pedestrians
    please pick position road roundabout route safe safely school see side sign
    slightly smooth smoothly so soft softly space stay steady straight street take that the
    then there this through to traffic truck turn up us van vehicle vehicles wait wait watch
    way we when where while will with you your
    """.split()  # noqa: SIM905 - a list of words
)


def unsafe_part(wanted: list[str], negated: list[str], kind: ManoeuvreKind | None) -> str:
    """Return why clauses must not be followed; empty: nothing was found.

    Args:
        wanted: the clauses that ask for something, lower case.
        negated: those that say what not to do.
        kind: the manoeuvre asked for.  Beside *stop* and *slower*, "you will hit him" is a reason
            and no request; beside all others the mere word *pedestrian* is a hazard.
    """
    is_careful = kind in (ManoeuvreKind.STOP, ManoeuvreKind.SLOWER)
    for pattern, reason in UNSAFE_NEGATED:
        if any(pattern.search(clause) for clause in (*negated, *wanted)):
            return reason
    asked = wanted
    if is_careful:
        asked = [WARNING.sub('', clause) for clause in wanted if not STATEMENT.search(clause)]
    for pattern, reason in UNSAFE:
        if any(pattern.search(clause) for clause in asked):
            return reason
    if is_careful:
        return ''
    if kind is ManoeuvreKind.FASTER and any(RUSHED.search(clause) for clause in wanted):
        return 'it asks to rush at or past somebody'
    for clause in wanted:
        if kind is not ManoeuvreKind.FASTER and STATEMENT.search(clause):
            continue
        is_faster = kind is ManoeuvreKind.FASTER
        if match := HAZARD.search(clause if is_faster else PLACES.sub(' ', clause)):
            return f'it names "{match[0]}" beside an order that is not to slow down'
    return ''


def hazard_in(clauses: list[str]) -> str:
    """Return why nobody should go on who hears these clauses; empty: nothing was found."""
    found = next(filter(None, (HAZARD.search(PLACES.sub(' ', part)) for part in clauses)), None)
    return '' if found is None else f'it names "{found[0]}" beside an order to go on'


def disguise_in(text: str, english: str) -> str:
    """Return why a text is no plain sentence of a person; empty: it is one.

    Args:
        text: as it came.
        english: the same in lower case and English.
    """
    if MARKUP.search(text) or MARKUP.search(english):
        return 'it imitates the markup of a prompt, or another speaker'
    if DISGUISED.search(english):
        return 'it has letters spelled apart or digits inside words'
    if any(_mixes_scripts(word) for word in text.split()):
        return 'it mixes alphabets inside a word'
    return ''


def _mixes_scripts(word: str) -> bool:
    scripts = {unicodedata.name(c, '?').split()[0] for c in word if c.isalpha()}
    return len(scripts & {'LATIN', 'CYRILLIC', 'GREEK'}) > 1


def is_safe_free_text(sentence: str) -> bool:
    """Whether every word of a sentence (lower case) may be read by a model as it stands."""
    words = re.findall(r"[^\W\d_][\w']*", sentence)
    return bool(words) and all(word in FREE_WORDS for word in words)
