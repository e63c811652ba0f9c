# SPDX-License-Identifier: Apache-2.0
"""Train a small BPE vocabulary on our own sentences."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tokenizers import trainers

from simlingo_core.errors import ConfigError
from simlingo_model.tokenizer import (
    BASE_SPECIALS,
    DRIVING_SPECIALS,
    TextTokenizer,
    build_byte_tokenizer,
    byte_alphabet,
)


def train_tokenizer(sentences: Iterable[str], size: int) -> TextTokenizer:
    """Return a tokenizer of exactly ``size`` ids: 256 bytes, merged words, special tokens last.

    Raises:
        ConfigError: the size is too small, or the sentences give too few pieces.
    """
    specials = (*BASE_SPECIALS, *DRIVING_SPECIALS)
    room = size - len(specials)
    if room < 256:
        raise ConfigError(
            f'a tokenizer of {size} ids has no room for 256 bytes and {len(specials)} special '
            f'tokens; expected at least {256 + len(specials)}'
        )
    tokenizer = build_byte_tokenizer()
    trainer = trainers.BpeTrainer(
        vocab_size=room,
        initial_alphabet=byte_alphabet(),
        show_progress=False,
        min_frequency=2,
    )
    tokenizer.train_from_iterator(sentences, trainer)
    model = json.loads(tokenizer.to_str())['model']
    vocabulary: dict[str, int] = model['vocab']
    if len(vocabulary) != room:
        raise ConfigError(
            f'the sentences give only {len(vocabulary)} of {room} pieces; give more of them or '
            f'ask for a size of {len(vocabulary) + len(specials)}'
        )
    merges = [
        tuple(pair) if isinstance(pair, list) else tuple(pair.split(' '))
        for pair in model['merges']
    ]
    return TextTokenizer(vocabulary, merges, {name: room + i for i, name in enumerate(specials)})
