# SPDX-License-Identifier: Apache-2.0
"""Groups of wordings that mean the same, and texts put together from them.

A text is a list of sentences, a sentence a list of group names: ``[['follow_route'],
['decelerate', 'red_light']]``.  Labels are written in the first wording of each group; training
draws another of the training wordings; the held-out ones are for tests alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simlingo_core.errors import ConfigError

_PLACEHOLDER = re.compile('(<[A-Z_]+>)')

Sentences = Sequence[Sequence[str]]
Picker = Callable[['WordingGroup'], str]


@dataclass(frozen=True)
class WordingGroup:
    """Wordings of one meaning; ``<NAMES>`` in angle brackets are filled in.

    Attributes:
        train: the first one is used for labels.
        held_out: never trained on.
    """

    train: tuple[str, ...]
    held_out: tuple[str, ...]


def group(train: str, held_out: str) -> WordingGroup:
    """Return a group of wordings that bars part."""
    return WordingGroup(tuple(train.split('|')), tuple(held_out.split('|')))


def canonical(group: WordingGroup) -> str:
    """Return the wording that labels are written in."""
    return group.train[0]


def drawn(rng: np.random.Generator, *, is_held_out: bool = False) -> Picker:
    """Return a picker that draws a wording, of those for training or of the held-out ones."""

    def pick(group: WordingGroup) -> str:
        wordings = group.held_out if is_held_out else group.train
        return wordings[int(rng.integers(len(wordings)))]

    return pick


def template(
    groups: Mapping[str, WordingGroup], sentences: Sentences, pick: Picker = canonical
) -> str:
    """Return a text with its placeholders.

    Raises:
        ConfigError: there is no such group.
    """
    return ' '.join(_sentence(groups, names, pick) for names in sentences)


def fill(text: str, values: Mapping[str, str]) -> str:
    """Fill placeholders in; those without a value stay."""
    if '<' not in text:
        return text
    return ''.join([values.get(piece, piece) for piece in _pieces(text)])


@lru_cache(maxsize=4096)
def _pieces(text: str) -> tuple[str, ...]:
    """Return a template cut at its placeholders: there are few, and they are filled often."""
    return tuple(_PLACEHOLDER.split(text))


def _sentence(groups: Mapping[str, WordingGroup], names: Sequence[str], pick: Picker) -> str:
    text = ''
    for name in names:
        if name not in groups:
            raise ConfigError(
                f'there is no group of wordings {name!r}; the label was made by a '
                'newer or older version: delete it and run simlingo label again'
            )
        words = pick(groups[name])
        if not text:
            text = words
        elif words[:1] in {',', ' '}:
            text += words
        else:
            text += f' {words[0].lower()}{words[1:]}'
    return text if text.endswith(('.', '?', '!')) else f'{text}.'
