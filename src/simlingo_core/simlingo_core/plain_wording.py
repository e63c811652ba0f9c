# SPDX-License-Identifier: Apache-2.0
"""One form for the many ways to write the same words."""

from __future__ import annotations

import re
import unicodedata

from simlingo_core.instruction_patterns import FALSE_FRIENDS, MISSPELT, POLITE, SHORT_FORMS
from simlingo_core.numbers_in_words import with_digits
from simlingo_core.spelling import corrected


def lower_case(text: str) -> str:
    """Return a text in lower case, without invisible characters and with plain apostrophes."""
    words = re.sub('[’‘´`′ʼ]', "'", text)  # before NFKC, which takes the acute accent apart
    words = ''.join(c for c in words if unicodedata.category(c) != 'Cf')
    return unicodedata.normalize('NFKC', words).lower().replace('_', ' ').replace('−', '-')


def normalised(words: str) -> str:
    """Return an English sentence (lower case) without slips, short forms and politeness."""
    for pattern, replacement in SHORT_FORMS:
        words = re.sub(pattern, replacement, words)
    words = with_digits(corrected(words))
    for pattern, replacement in MISSPELT:
        words = re.sub(pattern, replacement, words)
    for pattern in POLITE:
        words = re.sub(pattern, ' ', words)
    for pattern, replacement in FALSE_FRIENDS:
        words = re.sub(pattern, replacement, words)
    return ' '.join(words.split())
