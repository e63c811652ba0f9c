# SPDX-License-Identifier: Apache-2.0
"""What a recogniser writes for words of driving that sound like others."""

from __future__ import annotations

import re

_MEANT = tuple(
    (re.compile(pattern, re.IGNORECASE), meant)
    for pattern, meant in (
        (r'\b(emergency|full|hard|panic|not|the|to|never) breaks?\b', r'\1 brake'),
        (
            r'\bbreaks?(?= (hard|as hard|immediately|gently|for|until|now|a (little|bit)|when|if'
            r'|please)\b|[.!]?$)',
            'brake',
        ),
        (r'\bemergenc(ies|y is) top\b', 'emergency stop'),
        (r'^(?:\w )?(ride|write|rite|rides) (?=(at|here|lane|turn|now)\b)', 'right '),
        (r'\b(right|left) (line|lain|lame|plane)\b', r'\1 lane'),
        (r'\b(line|link) change\b', 'lane change'),
        (r'\ba[n]? (you|u|your|youth)[ -]?turn\b', 'a u-turn'),
        (r'\b(read|reed) (light|lights)\b', r'red \2'),
        (r'\bred (line|lights|lied|like)\b', 'red light'),
        (r'\b(k\.? ?m\.?|kms?)[ -]*(slash|per|an|in|for|/)?[ -]*(h|age|hour|our|each)\b', 'km/h'),
        (r'\bnext (ride|write)\b', 'next right'),
        (r'\b(take|make|turn|go|hang|a|to the|next|second|first) lift\b', r'\1 left'),
        (r'^(do|make|take) (a |an )?(you )?(earn|learn|yearn)\b', r'\1 a u-turn'),
        (r'^(right|left), lane\b', r'\1 lane'),
        (r'\badd (?=the (next|first|second|third|corner|lights?|crossing|junction)\b)', 'at '),
        (r'\b(?:a|8) to ([1-9])(?= ?(km|kilo|miles?\b|mph))', r'8\1'),
        (r'\bhalts?\b', 'halt'),
        (r'^(please,? )?deep (?=(straight|on|going|driving|moving|the|your|to)\b)', r'\1keep '),
        (r"^(please,? )?can'? ?t? ?(seal|sell|sill?|still)\b", r'\1cancel'),
        (r'\b(\w{1,4}-)celerat(e|ing)\b', r'accelerat\2'),
        (r'\bpull(ed)? (over|other)\b', 'pull over'),
    )
)  # fmt: skip


def as_meant(text: str) -> str:
    """Return what was recognised with the words of driving for those that sound alike."""
    for pattern, meant in _MEANT:
        text = pattern.sub(meant, text)
    return text.strip()
