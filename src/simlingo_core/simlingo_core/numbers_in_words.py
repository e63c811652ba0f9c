# SPDX-License-Identifier: Apache-2.0
"""Numbers that are spoken as words: "thirty five kilometers per hour", "walking pace"."""

from __future__ import annotations

import re

_ONES = (
    'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen '
    'fifteen sixteen seventeen eighteen nineteen'
)
_TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'
_VALUES = {word: value for value, word in enumerate(_ONES.split())} | {
    word: 10 * (value + 2) for value, word in enumerate(_TENS.split())
}
_ANY = '|'.join(sorted(_VALUES, key=len, reverse=True))
# Only before a unit: "one lane", "take the second" and "two cars" are no speeds.
_UNIT = r'(?=\s*(?:k(?:m|ilo)|kph|mph|miles?\b|m/s|met(?:er|re)s? per))'
_NUMBER = re.compile(
    rf'\b(?:(a|{_ANY}) hundred(?: and)?[ -]?)?((?:{_ANY})(?:[ -](?:{_ANY}))?)?{_UNIT}'
)
_AFTER_SPEED = re.compile(rf'(?<=\bat )({_ANY})([ -](?:{_ANY}))?$')


# As recognisers write "one hundred and thirty".
_APART = re.compile(r'\b([1-9]00) and (\d{1,2})\b')


def with_digits(sentence: str) -> str:
    """Return a sentence (lower case) with digits in place of number words that have a unit."""
    sentence = _NUMBER.sub(_digits, sentence)
    sentence = _APART.sub(lambda match: str(int(match[1]) + int(match[2])), sentence)
    return _AFTER_SPEED.sub(lambda match: str(_value(match[0])), sentence)


def _digits(match: re.Match[str]) -> str:
    if not match[0].strip():
        return match[0]
    hundreds = 0
    if match[1]:
        hundreds = 100 * (1 if match[1] == 'a' else _VALUES[match[1]])
    return str(hundreds + (_value(match[2]) if match[2] else 0)) + ' '


def _value(words: str) -> int:
    return sum(_VALUES[word] for word in re.split(r'[ -]', words.strip()))
